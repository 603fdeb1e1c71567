// Tells a cut from a movement: a few hundred points of the picture, compared from frame to frame.
#pragma once

#include <array>

#include "core/base/image.h"

namespace masklens {

// Brightness at points spread over a picture, about its mean, 0..255.
class SceneGlance {
 public:
  explicit SceneGlance(ImageView image);

  // Mean absolute difference. A lamp that is switched on alone makes little.
  double difference(const SceneGlance& other) const;

  // Correlation, -1..1: near 0 for another picture, whatever the light. 1 for two empty ones.
  double likeness(const SceneGlance& other) const;

 private:
  static constexpr int kColumns = 32;
  static constexpr int kRows = 18;
  std::array<float, static_cast<std::size_t>(kColumns) * kRows> points_{};
};

}  // namespace masklens
