#include "core/codec/decode.h"

#include <algorithm>
#include <climits>
#include <optional>
#include <string>
#include <utility>

#include "core/base/byte_order.h"
#include "core/codec/bmp_decode.h"
#include "core/codec/decode_errors.h"
#include "core/codec/jpeg_decode.h"
#include "core/codec/png_chunks.h"
#include "core/codec/png_decode.h"

namespace masklens {
namespace {

Result<Image> decode_gif(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  Result<GifReader> gif = GifReader::open(bytes, limits);
  if (!gif) return gif.error();
  return gif->last();
}

// What a WebP, AVIF or HEIC file says, give or take a pixel: whoever decodes it looks at its size
// only afterwards. Of several pictures the largest sides; 0 x 0 where nothing is said.
Size announced_size(std::span<const std::uint8_t> bytes, bool webp) {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  if (!webp) {
    // The four letters alone also come up by chance, in the pixels of one photo in a thousand.
    constexpr std::uint32_t kLength = 20;
    constexpr std::uint32_t kBox = 0x69737065;  // "ispe"
    for (std::size_t at = 0; at + kLength <= bytes.size(); ++at) {
      if (big32(bytes, at) != kLength || big32(bytes, at + 4) != kBox) continue;
      width = std::max(width, big32(bytes, at + 12));
      height = std::max(height, big32(bytes, at + 16));
    }
  } else if (bytes.size() >= 30) {
    // The first chunk is "VP8X", "VP8L" or "VP8 ".
    if (bytes[15] == 'X') return {little32(bytes, 23) >> 8, little32(bytes, 26) >> 8};
    const bool lossless = bytes[15] == 'L';
    width = little32(bytes, lossless ? 21 : 26);
    height = width >> (lossless ? 14 : 16) & 0x3FFF;
    width &= 0x3FFF;
  }
  return {width, height};
}

// Why this cannot be opened as an animation of that format.
std::optional<Error> not_animated(std::span<const std::uint8_t> bytes, Format wanted,
                                  const DecodeLimits& limits) {
  const Format format = identify(bytes);
  if (format == Format::kEmpty) return empty_file();
  if (format != wanted) {
    if (!core_decodes(format)) return not_decoded(format);
    return Error{ErrorCode::kUnsupportedFormat,
                 "This is a " + std::string(format_name(format)) + " picture, not an animated " +
                     std::string(format_name(wanted)) + ". Open it as a picture."};
  }
  const std::size_t most = std::min<std::size_t>(limits.max_bytes, INT_MAX / 2);
  if (bytes.size() > most) return file_too_large(bytes.size(), most);
  return std::nullopt;
}

}  // namespace

Result<Image> decode(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const Format format = identify(bytes);
  if (format == Format::kEmpty) return empty_file();
  const bool webp = format == Format::kWebp;
  if (webp || format == Format::kAvif || format == Format::kHeic) {
    const Result<Size> size = within(announced_size(bytes, webp), limits);
    if (!size) return size.error();
  }
  if (!core_decodes(format)) return not_decoded(format);
  const std::size_t most = std::min<std::size_t>(limits.max_bytes, INT_MAX / 2);
  if (bytes.size() > most) return file_too_large(bytes.size(), most);
  switch (format) {
    case Format::kJpeg:
      return decode_jpeg(bytes, limits);
    case Format::kPng:
      return decode_png(bytes, limits);
    case Format::kBmp:
      return decode_bmp(bytes, limits);
    default:
      return decode_gif(bytes, limits);
  }
}

int frame_count(std::span<const std::uint8_t> bytes) {
  switch (identify(bytes)) {
    case Format::kGif:
      return scan_gif(bytes).frames;
    case Format::kPng:
      return scan_png(bytes).frames;
    default:
      return 1;
  }
}

Result<GifReader> open_gif(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  if (const auto error = not_animated(bytes, Format::kGif, limits)) return *error;
  return GifReader::open(bytes, limits);
}

Result<PngAnimation> open_png(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  if (const auto error = not_animated(bytes, Format::kPng, limits)) return *error;
  return PngAnimation::open(bytes, limits);
}

}  // namespace masklens
