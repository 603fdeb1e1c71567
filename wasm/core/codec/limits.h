// What a picture may be at most, checked against its header before any pixel is allocated.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/result.h"

namespace masklens {

struct DecodeLimits {
  std::size_t max_bytes = std::size_t{256} << 20;  // of the file
  int max_side = 16384;                            // pixels
  std::int64_t max_pixels = 100'000'000;           // width x height of one picture
};

struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

// The size, when the limits allow it; image-too-large otherwise.
Result<Size> within(Size size, const DecodeLimits& limits);

}  // namespace masklens
