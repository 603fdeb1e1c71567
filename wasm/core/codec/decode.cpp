#include "core/codec/decode.h"

#include <algorithm>
#include <climits>
#include <string>
#include <utility>

#include "core/codec/bmp_decode.h"
#include "core/codec/decode_errors.h"
#include "core/codec/gif_decode.h"
#include "core/codec/jpeg_decode.h"
#include "core/codec/png_chunks.h"
#include "core/codec/png_decode.h"

namespace masklens {
namespace {

Result<Image> decode_gif(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  Result<GifReader> gif = GifReader::open(bytes, limits);
  if (!gif) return gif.error();
  Result<GifFrame> first = gif->next();
  if (!first) return first.error();
  return std::move(first->image);
}

}  // namespace

Result<Image> decode(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const Format format = identify(bytes);
  if (format == Format::kEmpty) return empty_file();
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

Result<Animation> decode_animation(std::span<const std::uint8_t> bytes,
                                   const DecodeLimits& limits) {
  const Format format = identify(bytes);
  if (format == Format::kEmpty) return empty_file();
  if (format != Format::kGif) {
    return core_decodes(format) ? Error{ErrorCode::kUnsupportedFormat,
                                        "This is a " + std::string(format_name(format)) +
                                            " picture, not an animated GIF. Open it as a picture."}
                                : not_decoded(format);
  }
  if (bytes.size() > limits.max_bytes) return file_too_large(bytes.size(), limits.max_bytes);
  Result<GifReader> gif = GifReader::open(bytes, limits);
  if (!gif) return gif.error();
  const std::int64_t pixels = std::int64_t{gif->width()} * gif->height() * gif->frame_count();
  if (pixels > limits.max_pixels) return too_many_pixels(pixels, limits.max_pixels);
  Animation animation;
  animation.width = gif->width();
  animation.height = gif->height();
  while (!gif->done()) {
    Result<GifFrame> frame = gif->next();
    if (!frame && frame.error().code != ErrorCode::kBadImage) return frame.error();
    if (!frame) continue;
    animation.frames.push_back(std::move(frame->image));
    animation.delays_ms.push_back(frame->delay_ms);
  }
  if (animation.frames.empty()) return damaged(Format::kGif);
  return animation;
}

}  // namespace masklens
