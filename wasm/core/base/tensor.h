// Dense float tensors: what networks are fed and what they answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace masklens {

// Owned, row-major. Image tensors are NCHW.
struct Tensor {
  std::vector<int> shape;
  std::vector<float> data;

  std::size_t size() const { return data.size(); }
};

// The number of elements of a shape; 0 when a side is not positive.
inline std::size_t element_count(std::span<const int> shape) {
  std::size_t count = 1;
  for (int side : shape) count *= side > 0 ? static_cast<std::size_t>(side) : 0;
  return count;
}

}  // namespace masklens
