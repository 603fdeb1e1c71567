// What networks might answer.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/base/tensor.h"

namespace masklens::test {

struct Seen {
  float x;  // centre, working pixels
  float y;
  float logit;  // of the score
  std::array<float, 3> labels;
  float side = 20;
};

// Answers of the one-stage network: faces in cells of stride 16.
inline std::vector<Tensor> one_stage_answer(const Tensor& input, const std::vector<Seen>& faces) {
  std::vector<Tensor> outputs;
  for (const int stride : {8, 16, 32}) {
    const int rows = input.shape[2] / stride;
    const int columns = input.shape[3] / stride;
    Tensor t{{1, 18, rows, columns}, {}};
    t.data.assign(element_count(t.shape), 0);
    const std::size_t plane = static_cast<std::size_t>(rows) * columns;
    std::fill(t.data.begin(), t.data.begin() + static_cast<long>(plane), -20.0f);
    for (const Seen& face : faces) {
      if (stride != 16) continue;
      const int column = static_cast<int>(face.x / 16);
      const int row = static_cast<int>(face.y / 16);
      const std::size_t at = static_cast<std::size_t>(row) * columns + column;
      t.data[at] = face.logit;
      t.data[plane + at] = face.x / 16 - static_cast<float>(column);
      t.data[2 * plane + at] = face.y / 16 - static_cast<float>(row);
      t.data[3 * plane + at] = t.data[4 * plane + at] = std::log(face.side / 16);
      for (std::size_t k = 0; k < 3; ++k) t.data[(5 + k) * plane + at] = face.labels[k];
    }
    outputs.push_back(std::move(t));
  }
  return outputs;
}

}  // namespace masklens::test
