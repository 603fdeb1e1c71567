#include "core/annotate/coverage.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace masklens {
namespace {

// The integral of clamp(x, 0, 1).
float ramp(float x) {
  const float inside = std::clamp(x, 0.0f, 1.0f);
  return inside * inside / 2 + std::max(x - 1, 0.0f);
}

// How much of the pixel that ends at x = end lies right of an edge from x = left to x = right.
float share_right_of(float left, float right, float end) {
  constexpr float kUpright = 1e-3f;
  if (right - left < kUpright) return std::clamp(end - left, 0.0f, 1.0f);
  return (ramp(end - left) - ramp(end - right)) / (right - left);
}

Point between(Point a, Point b, float t) { return {a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t}; }

}  // namespace

CoverageMap::CoverageMap(int width, int height)
    : width_(width),
      height_(height),
      stride_(static_cast<std::size_t>(width) + 1),
      steps_(stride_ * static_cast<std::size_t>(height)) {}

void CoverageMap::add_edge(Point from, Point to) {
  const float direction = from.y < to.y ? 1.0f : -1.0f;
  if (direction < 0) std::swap(from, to);
  const float slope = (to.x - from.x) / (to.y - from.y);
  const float last = std::min(to.y, static_cast<float>(height_));
  for (float top = std::max(from.y, 0.0f); top < last;) {
    const float y = std::floor(top);
    const float bottom = std::min(last, y + 1);
    const auto x_at = [&](float at) {
      return std::clamp(from.x + (at - from.y) * slope, 0.0f, static_cast<float>(width_));
    };
    const auto [left, right] = std::minmax({x_at(top), x_at(bottom)});
    float* const steps = row(static_cast<int>(y));
    float before = 0;
    for (int x = static_cast<int>(left); x <= width_; ++x) {
      const float share = share_right_of(left, right, static_cast<float>(x + 1));
      steps[x] += direction * (bottom - top) * (share - before);
      if (static_cast<float>(x) >= right) break;  // from here on it is whole
      before = share;
    }
    top = bottom;
  }
}

void CoverageMap::add_curve(Point from, Point control, Point to) {
  // A chord of one of n parts is bend / (4 n^2) away at most.
  const float bend =
      std::abs(from.x - 2 * control.x + to.x) + std::abs(from.y - 2 * control.y + to.y);
  const int parts = 1 + static_cast<int>(std::sqrt(8 * bend));
  Point last = from;
  for (int i = 1; i <= parts; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(parts);
    const Point next = between(between(from, control, t), between(control, to, t), t);
    add_edge(last, next);
    last = next;
  }
}

std::span<const float> CoverageMap::finish_row(int y) {
  float* const steps = row(y);
  float sum = 0;
  for (int x = 0; x < width_; ++x) {
    sum += steps[x];
    steps[x] = std::min(std::abs(sum), 1.0f);
  }
  return {steps, static_cast<std::size_t>(width_)};
}

}  // namespace masklens
