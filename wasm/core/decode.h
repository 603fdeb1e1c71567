// Bytes of a file -> upright RGBA pixels. JPEG, PNG, BMP and GIF through stb_image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/image.h"
#include "core/result.h"

namespace masklens {

// Checked against the header before any pixel is allocated.
struct DecodeLimits {
  std::size_t max_bytes = std::size_t{256} << 20;   // of the file
  int max_side = 16384;                             // pixels
  std::int64_t max_pixels = 100'000'000;            // width x height (of all frames: animations)
};

// Formats told apart by their first bytes, whether the core decodes them or not.
enum class Format { kUnknown, kEmpty, kJpeg, kPng, kBmp, kGif, kWebp, kAvif, kHeic, kTiff, kJxl, kSvg, kPdf, kVideo, kText };

Format identify(std::span<const std::uint8_t> bytes);
std::string_view format_name(Format format);  // for people: "JPEG", "WebP", "plain text", ...
bool core_decodes(Format format);             // JPEG, PNG, BMP, GIF

// The first frame, upright (EXIF orientation applied), alpha composed over white.
// Errors: bad-image, unsupported-format (names the format found), image-too-large, out-of-memory.
Result<Image> decode(std::span<const std::uint8_t> bytes, const DecodeLimits& limits = {});

// Every frame of an animated GIF as a whole picture (disposal applied), with delays.
struct Animation {
  int width = 0;
  int height = 0;
  std::vector<Image> frames;
  std::vector<int> delays_ms;  // one per frame, as stored in the file; 0 stays 0
};
Result<Animation> decode_animation(std::span<const std::uint8_t> bytes,
                                   const DecodeLimits& limits = {});

}  // namespace masklens
