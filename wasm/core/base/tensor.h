// Dense float tensors: what networks are fed and what they answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace masklens {

// Owned, row-major. Image tensors are NCHW.
struct Tensor {
  std::vector<int> shape;
  std::vector<float> data;

  std::size_t size() const { return data.size(); }
};

// The number of elements of a shape; 0 when a side is not positive, the largest number there is
// when it would be more. 64 bits wherever this runs: a shape may ask for more than memory holds.
inline std::uint64_t element_count(std::span<const int> shape) {
  std::uint64_t count = 1;
  for (int side : shape) {
    if (side <= 0) return 0;
    const auto factor = static_cast<std::uint64_t>(side);
    const bool fits = count <= std::numeric_limits<std::uint64_t>::max() / factor;
    count = fits ? count * factor : std::numeric_limits<std::uint64_t>::max();
  }
  return count;
}

// What a network is fed at most in one go, 4096 x 4096 pixels: 200 MB, and several times that
// inside of the runtime.
inline constexpr std::uint64_t kMostWorkingPixels = std::uint64_t{1} << 24;

// Zeros of the shape {batch, 3, height, width}. Fails with image-too-large.
inline Result<Tensor> image_batch(int batch, double width, double height) {
  // In this form what is not a number is too large.
  if (!(batch * width * height <= static_cast<double>(kMostWorkingPixels))) {
    return Error{ErrorCode::kImageTooLarge,
                 "The network would work on more than " + std::to_string(kMostWorkingPixels) +
                     " pixels at once. Look for larger faces only (minFace), ask for a smaller "
                     "working picture (maxSide), or make the picture smaller."};
  }
  Tensor tensor{{batch, 3, static_cast<int>(height), static_cast<int>(width)}, {}};
  tensor.data.resize(static_cast<std::size_t>(element_count(tensor.shape)));
  return tensor;
}

}  // namespace masklens
