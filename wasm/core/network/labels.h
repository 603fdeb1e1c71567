// From logits to probabilities, and from probabilities to a verdict.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "core/base/face.h"

namespace masklens {

using Probabilities = std::array<float, kLabelCount>;

// Softmax of logits / temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks",
// section 4.2). -infinity stands for a label that a network does not know, and stays 0.
inline Probabilities softmax(Probabilities logits, float temperature) {
  const float top = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (float& value : logits) sum += value = std::exp((value - top) / temperature);
  for (float& value : logits) value /= sum;
  return logits;
}

// a^(1 - weight) * b^weight, normalised: the geometric mean of two verdicts. weight 0..1.
inline Probabilities geometric_mean(const Probabilities& a, const Probabilities& b, float weight) {
  constexpr float kLeast = 1e-6f;  // no verdict forbids a label outright
  Probabilities logits{};
  for (std::size_t i = 0; i < kLabelCount; ++i) {
    logits[i] =
        (1 - weight) * std::log(std::max(a[i], kLeast)) + weight * std::log(std::max(b[i], kLeast));
  }
  return softmax(logits, 1);
}

// By how much the best probability is ahead of the second, 0..1.
inline float margin_of(const Probabilities& probabilities) {
  float best = 0;
  float second = 0;
  for (const float probability : probabilities) {
    second = std::max(second, std::min(best, probability));
    best = std::max(best, probability);
  }
  return best - second;
}

// What makes a verdict one to rely on.
struct Certainty {
  float margin = 0;    // between the two best probabilities, 0..1
  float min_face = 0;  // short side of the box, source pixels
};

// Sets label and uncertain from the probabilities.
inline void judge(Face& face, const Certainty& certainty) {
  const auto best = std::max_element(face.probabilities.begin(), face.probabilities.end());
  face.label = static_cast<Label>(best - face.probabilities.begin());
  face.uncertain = !(margin_of(face.probabilities) >= certainty.margin) ||
                   face.box.short_side() < certainty.min_face;
}

}  // namespace masklens
