#include "core/codec/png_decode.h"

#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/byte_block.h"
#include "core/codec/compose.h"
#include "core/codec/decode_errors.h"
#include "core/codec/exif.h"
#include "core/codec/png_chunks.h"
#include "core/codec/png_reader.h"
#include "core/codec/upright.h"

namespace masklens {
namespace {

Error failed(const PngLayout& layout) {
  return layout.cut_short ? cut_short(Format::kPng) : damaged(Format::kPng);
}

struct Canvas {
  int width, height;
  int orientation;
};

// The picture at its place on the canvas, white around it.
Result<Image> decode_rows(PngReader& reader, const PngLayout& layout, const Canvas& canvas) {
  const PixelRect& shown = layout.shown;
  Result<UprightRows> image = UprightRows::open(canvas.width, canvas.height, canvas.orientation);
  if (!image) return image.error();
  reader.begin(shown.width);
  for (int y = 0; y < canvas.height; ++y) {
    std::uint8_t* const row = image->row();
    if (shown.width < canvas.width || shown.height < canvas.height) {
      std::memset(row, 255, static_cast<std::size_t>(canvas.width) * kChannels);
    }
    const bool inside = y >= shown.y && y < shown.y + shown.height;
    std::uint8_t* const pixels = row + static_cast<std::size_t>(shown.x) * kChannels;
    if (inside && !reader.read(pixels)) return failed(layout);
    if (inside) compose_over_white(pixels, static_cast<std::size_t>(shown.width));
    image->next();
  }
  return image->finish();
}

Result<Image> decode_passes(PngReader& reader, const PngLayout& layout, const Canvas& canvas) {
  const PixelRect& shown = layout.shown;
  Result<UprightPixels> pixels =
      UprightPixels::open(canvas.width, canvas.height, canvas.orientation);
  if (!pixels) return pixels.error();
  if (shown.width < canvas.width || shown.height < canvas.height) {
    std::memset(pixels->image().data(), 255, pixels->image().bytes());
  }
  const ByteBlock row = allocate_bytes(static_cast<std::size_t>(shown.width) * kChannels);
  if (!row) return no_room();
  const auto put = [&](int x, int y, std::uint8_t* from, int count, int step) {
    compose_over_white(from, static_cast<std::size_t>(count));
    std::uint8_t* const data = pixels->image().data();
    std::size_t to = pixels->place(x, y);
    const std::size_t apart = pixels->place(x + step, y) - to;
    for (int i = 0; i < count; ++i, from += kChannels, to += apart) {
      std::memcpy(data + to, from, kChannels);
    }
  };
  if (!for_each_row(reader, layout, row.get(), put)) return failed(layout);
  return std::move(pixels->image());
}

}  // namespace

[[gnu::cold]] Result<Size> check_png(std::span<const std::uint8_t> bytes, const PngLayout& layout,
                                     const DecodeLimits& limits) {
  if (layout.header.empty()) {
    return bytes.size() < 33 ? cut_short(Format::kPng) : damaged(Format::kPng);
  }
  if (layout.size.width == 0) return damaged(Format::kPng);
  Result<Size> size = within(layout.size, limits);
  if (size && layout.data_bytes == 0) return cut_short(Format::kPng);
  return size;
}

Result<Image> decode_png(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const PngLayout layout = scan_png(bytes, true);
  const Result<Size> size = check_png(bytes, layout, limits);
  if (!size) return size.error();
  const std::optional<PngSamples> samples = png_samples(layout);
  if (!samples) return damaged(Format::kPng);
  PngReader reader(bytes, layout, *samples);
  if (!reader.open(layout.shown.width)) return no_room();
  const Canvas canvas{static_cast<int>(layout.size.width), static_cast<int>(layout.size.height),
                      tiff_orientation(layout.exif)};
  return layout.interlaced ? decode_passes(reader, layout, canvas)
                           : decode_rows(reader, layout, canvas);
}

}  // namespace masklens
