// PNG files, and the first picture of those that move (APNG).
#pragma once

#include <cstdint>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/limits.h"

namespace masklens {

// Upright, over white. Fails with bad-image, image-too-large, out-of-memory.
Result<Image> decode_png(std::span<const std::uint8_t> bytes, const DecodeLimits& limits);

}  // namespace masklens
