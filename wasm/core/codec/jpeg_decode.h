// JPEG files, as browsers show them: also those that lack what every decoder knows (the standard
// Huffman tables, MJPEG) or carry bytes that nobody needs.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/limits.h"

namespace masklens {

// Turned upright. CMYK becomes RGB the way browsers do it without a colour profile:
// R = (1 - C)(1 - K). Fails with bad-image, unsupported-format, image-too-large, out-of-memory.
Result<Image> decode_jpeg(std::span<const std::uint8_t> bytes, const DecodeLimits& limits);

}  // namespace masklens
