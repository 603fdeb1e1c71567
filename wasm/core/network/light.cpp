#include "core/network/light.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace masklens {
namespace {

// The gain whose curve takes a level of the luma to `wanted`.
float lift(int level, float wanted) {
  const float v = std::max(1.0f, static_cast<float>(level));
  return wanted * (255 - v) / (v * (255 - wanted));
}

}  // namespace

LightRule read_light(EntryReader& reader) {
  constexpr double kMostGain = 255;
  return {reader.number("light.middle", 1, 254), reader.number("light.high", 1, 254),
          reader.number("light.backlit", 1, kMostGain), reader.number("light.most", 1, kMostGain)};
}

float light_gain(std::span<const float> planes, std::size_t pixels, std::size_t plane,
                 const LightRule& rule) {
  std::array<std::uint32_t, 256> histogram{};
  const auto whole = [&](std::size_t i) { return static_cast<int>(planes[i] + 0.5f); };
  // A piece at a time: without the counting, levels are worked out several at once.
  std::array<std::uint8_t, 256> levels;
  for (std::size_t begin = 0; begin < pixels; begin += levels.size()) {
    const std::size_t count = std::min(levels.size(), pixels - begin);
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t i = begin + n;
      const int luma =
          (77 * whole(i) + 150 * whole(plane + i) + 29 * whole(2 * plane + i) + 128) >> 8;
      levels[n] = static_cast<std::uint8_t>(std::clamp(luma, 0, 255));
    }
    for (std::size_t n = 0; n < count; ++n) ++histogram[levels[n]];
  }
  // The least level at or below which lie `part` in `whole_part` of the pixels.
  const auto level = [&](std::uint64_t part, std::uint64_t whole_part) {
    std::uint64_t count = 0;
    int v = 0;
    for (; v < 255; ++v) {
      count += histogram[static_cast<std::size_t>(v)];
      if (whole_part * count >= part * pixels) break;
    }
    return v;
  };
  const float gain = std::min(lift(level(1, 2), rule.middle),
                              std::max(lift(level(19, 20), rule.high), rule.backlit));
  return std::clamp(gain, 1.0f, std::max(1.0f, rule.most));
}

}  // namespace masklens
