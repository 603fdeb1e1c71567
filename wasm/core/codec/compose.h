// What is transparent is judged and shown over white.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/image.h"

namespace masklens {

// Straight pixels over white, in place.
[[gnu::noinline]] inline void compose_over_white(std::uint8_t* pixels, std::size_t count) {
  std::uint8_t* const end = pixels + count * kChannels;
  for (std::uint8_t* pixel = pixels; pixel != end; pixel += kChannels) {
    const int alpha = pixel[3];
    if (alpha == 255) continue;
    for (int c = 0; c < 3; ++c) {
      const int sum = pixel[c] * alpha + 255 * (255 - alpha);
      pixel[c] = static_cast<std::uint8_t>((sum + 127) / 255);
    }
    pixel[3] = 255;
  }
}

inline void compose_over_white(Image& image) {
  compose_over_white(image.data(), image.bytes() / kChannels);
}

}  // namespace masklens
