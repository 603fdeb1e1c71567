// Bytes of a file -> upright RGBA pixels. JPEG, PNG and BMP through stb_image, GIF through
// gif_decode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/format.h"

namespace masklens {

// Checked against the header before any pixel is allocated.
struct DecodeLimits {
  std::size_t max_bytes = std::size_t{256} << 20;  // of the file
  int max_side = 16384;                            // pixels
  std::int64_t max_pixels = 100'000'000;           // width x height (of all frames: animations)
};

// The first frame, upright (EXIF orientation applied), alpha composed over white. CMYK becomes RGB
// the way browsers do it without a colour profile: R = (1 - C)(1 - K).
// Errors: bad-image (empty, damaged, cut short), unsupported-format (names the format found),
// image-too-large, out-of-memory.
Result<Image> decode(std::span<const std::uint8_t> bytes, const DecodeLimits& limits = {});

// Every frame of an animated GIF as a whole picture (disposal applied), with delays.
struct Animation {
  int width = 0;
  int height = 0;
  std::vector<Image> frames;
  std::vector<int> delays_ms;  // one per frame, as stored in the file; 0 stays 0
};

// Frames that lie whole in the file: of a file that is cut short, those before the cut.
// Errors: as decode; unsupported-format for anything but a GIF; bad-image when no frame is whole.
Result<Animation> decode_animation(std::span<const std::uint8_t> bytes,
                                   const DecodeLimits& limits = {});

}  // namespace masklens
