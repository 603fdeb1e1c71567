// BMP files of every age: OS/2's short headers, Windows' long ones, palettes, bit masks, run
// lengths.
//
// Not through stb_image: it reads no run lengths, shows what its stack held where a palette is
// short, and takes a fourth byte for alpha that means nothing.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/limits.h"

namespace masklens {

// Over white. Fails with bad-image, unsupported-format, image-too-large, out-of-memory.
Result<Image> decode_bmp(std::span<const std::uint8_t> bytes, const DecodeLimits& limits);

}  // namespace masklens
