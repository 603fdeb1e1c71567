// Bytes of a file -> upright RGBA pixels, by what the file is, whatever its name says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/format.h"
#include "core/codec/gif_decode.h"
#include "core/codec/limits.h"
#include "core/codec/png_animation.h"

namespace masklens {

// The first frame, upright (EXIF orientation applied), alpha composed over white. CMYK becomes RGB
// the way browsers do it without a colour profile: R = (1 - C)(1 - K).
// Errors: bad-image (empty, damaged, cut short), unsupported-format (names the format found),
// image-too-large, out-of-memory.
Result<Image> decode(std::span<const std::uint8_t> bytes, const DecodeLimits& limits = {});

// Frames in the file: 1 for a still and for what is not decoded, 0 for a GIF without one.
int frame_count(std::span<const std::uint8_t> bytes);

// The frames of a GIF, one after the other. The bytes must outlive the reader.
// Errors: as decode; unsupported-format for anything but a GIF.
Result<GifReader> open_gif(std::span<const std::uint8_t> bytes, const DecodeLimits& limits = {});

// The frames of an animated PNG, likewise.
Result<PngAnimation> open_png(std::span<const std::uint8_t> bytes, const DecodeLimits& limits = {});

}  // namespace masklens
