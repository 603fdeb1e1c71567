#include "core/annotate/paint.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace masklens {
namespace {

// Of an edge at this distance from a pixel's centre, positive outside.
// No number, the distance from a line without end, covers nothing.
float coverage_at(float distance) {
  const float covered = 0.5f - distance;
  return covered > 0 ? std::min(covered, 1.0f) : 0.0f;
}

// std::hypot guards against overflow, which pixels do not need, and takes several times as long.
float length_of(float x, float y) { return std::sqrt(x * x + y * y); }

struct PixelRange {
  int begin = 0;
  int end = 0;  // one behind the last
};

PixelRange pixels_between(float low, float high, int limit) {
  const auto bounded = [limit](float v) {  // in this order of arguments NaN becomes 0
    return static_cast<int>(std::min(std::max(0.0f, v), static_cast<float>(limit)));
  };
  return {bounded(std::floor(low)), bounded(std::ceil(high))};
}

// How much of a dash covers a point of the border: a side holds a whole number of periods, which
// begin and end in the middle of a dash, so that dashes meet at the corners.
float dash_coverage(const Box& box, float x, float y, float period) {
  constexpr float kDash = 0.6f;  // of the period
  const float left = std::abs(x - box.x);
  const float right = std::abs(x - box.right());
  const float top = std::abs(y - box.y);
  const float bottom = std::abs(y - box.bottom());
  const bool along_x = std::min(top, bottom) < std::min(left, right);
  const float side = along_x ? box.width : box.height;
  const float at = along_x ? x - box.x : y - box.y;
  const float length = side / std::max(1.0f, std::round(side / period));
  const float phase = at / length - std::floor(at / length);
  const float from_middle = std::min(phase, 1 - phase) * length;
  return coverage_at(from_middle - kDash / 2 * length);
}

}  // namespace

float luminance(const Color& color) {
  const auto linear = [](std::uint8_t value) {
    const float v = static_cast<float>(value) / 255;
    return v <= 0.04045f ? v / 12.92f : std::pow((v + 0.055f) / 1.055f, 2.4f);
  };
  return 0.2126f * linear(color.red) + 0.7152f * linear(color.green) + 0.0722f * linear(color.blue);
}

void blend(Image& image, int x, int y, const Color& color, float coverage) {
  constexpr int kOne = 256;  // whole numbers: the same result everywhere, and quick
  const int part = static_cast<int>(coverage * color.opacity * kOne);
  if (part <= 0) return;
  std::uint8_t* pixel =
      image.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) +
                      static_cast<std::size_t>(x)) *
                         kChannels;
  const std::array<int, kChannels> target = {color.red, color.green, color.blue, 255};
  for (std::size_t c = 0; c < target.size(); ++c) {
    pixel[c] =
        static_cast<std::uint8_t>((pixel[c] * (kOne - part) + target[c] * part + kOne / 2) / kOne);
  }
}

float rounded_distance(const Box& box, float radius, float x, float y) {
  const Point centre = box.centre();
  const float dx = std::abs(x - centre.x) - box.width / 2 + radius;
  const float dy = std::abs(y - centre.y) - box.height / 2 + radius;
  const float outside = length_of(std::max(dx, 0.0f), std::max(dy, 0.0f));
  return outside + std::min(std::max(dx, dy), 0.0f) - radius;
}

void fill_rounded(Image& image, const Box& box, float radius, const Color& color) {
  radius = std::min(radius, box.short_side() / 2);
  const PixelRange rows = pixels_between(box.y - 1, box.bottom() + 1, image.height());
  const PixelRange columns = pixels_between(box.x - 1, box.right() + 1, image.width());
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) {
      const float distance =
          rounded_distance(box, radius, static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f);
      blend(image, x, y, color, coverage_at(distance));
    }
  }
}

void stroke_rounded(Image& image, const Box& box, float radius, float thickness, const Color& color,
                    float period) {
  radius = std::min(radius, box.short_side() / 2);
  const float half = thickness / 2;
  const float reach = half + 1;
  const float inner = std::max(radius, half) + 1;  // farther inside there is no line
  const PixelRange rows = pixels_between(box.y - reach, box.bottom() + reach, image.height());
  const PixelRange columns = pixels_between(box.x - reach, box.right() + reach, image.width());
  const PixelRange empty_rows = pixels_between(box.y + inner, box.bottom() - inner, image.height());
  const PixelRange empty = pixels_between(box.x + inner, box.right() - inner, image.width());
  for (int y = rows.begin; y < rows.end; ++y) {
    const bool skips = y > empty_rows.begin && y + 1 < empty_rows.end && empty.end > empty.begin;
    for (int x = columns.begin; x < columns.end; ++x) {
      if (skips && x == empty.begin + 1) x = std::max(x, empty.end - 1);
      if (x >= columns.end) break;
      const float px = static_cast<float>(x) + 0.5f;
      const float py = static_cast<float>(y) + 0.5f;
      float coverage = coverage_at(std::abs(rounded_distance(box, radius, px, py)) - half);
      if (coverage > 0 && period > 0) coverage *= dash_coverage(box, px, py, period);
      blend(image, x, y, color, coverage);
    }
  }
}

void stroke_line(Image& image, Point from, Point to, float thickness, const Color& color) {
  const float reach = thickness / 2 + 1;
  const PixelRange rows = pixels_between(std::min(from.y, to.y) - reach,
                                         std::max(from.y, to.y) + reach, image.height());
  const PixelRange columns =
      pixels_between(std::min(from.x, to.x) - reach, std::max(from.x, to.x) + reach, image.width());
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float squared_length = std::max(dx * dx + dy * dy, 1e-6f);
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) {
      const float px = static_cast<float>(x) + 0.5f - from.x;
      const float py = static_cast<float>(y) + 0.5f - from.y;
      const float along = std::clamp((px * dx + py * dy) / squared_length, 0.0f, 1.0f);
      const float distance = length_of(px - along * dx, py - along * dy);
      blend(image, x, y, color, coverage_at(distance - thickness / 2));
    }
  }
}

}  // namespace masklens
