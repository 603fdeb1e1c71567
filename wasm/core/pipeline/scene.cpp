#include "core/pipeline/scene.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace masklens {

SceneGlance::SceneGlance(ImageView image) {
  float sum = 0;
  auto point = points_.begin();
  for (int row = 0; row < kRows; ++row) {
    const int y = (2 * row + 1) * image.height / (2 * kRows);
    for (int column = 0; column < kColumns; ++column) {
      const int x = (2 * column + 1) * image.width / (2 * kColumns);
      const std::uint8_t* const pixel = image.row(y) + std::ptrdiff_t{x} * kChannels;
      const float luma = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
      *point++ = luma;
      sum += luma;
    }
  }
  const float mean = sum / static_cast<float>(points_.size());
  for (float& value : points_) value -= mean;
}

double SceneGlance::difference(const SceneGlance& other) const {
  double sum = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) sum += std::abs(points_[i] - other.points_[i]);
  return sum / static_cast<double>(points_.size());
}

double SceneGlance::likeness(const SceneGlance& other) const {
  double both = 0, mine = 0, others = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    both += static_cast<double>(points_[i]) * other.points_[i];
    mine += static_cast<double>(points_[i]) * points_[i];
    others += static_cast<double>(other.points_[i]) * other.points_[i];
  }
  if (mine == 0 && others == 0) return 1;
  return both / std::sqrt(std::max(mine * others, 1e-9));
}

}  // namespace masklens
