// PNG files, and the first picture of those that move (APNG); all of them: png_animation.h.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/limits.h"
#include "core/codec/png_chunks.h"

namespace masklens {

// The size, where there is a picture to be read within the limits. Fails as decode_png.
Result<Size> check_png(std::span<const std::uint8_t> bytes, const PngLayout& layout,
                       const DecodeLimits& limits);

// Upright, over white. Fails with bad-image, image-too-large, out-of-memory.
Result<Image> decode_png(std::span<const std::uint8_t> bytes, const DecodeLimits& limits);

}  // namespace masklens
