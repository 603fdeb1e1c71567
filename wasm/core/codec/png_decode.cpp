#include "core/codec/png_decode.h"

#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/byte_block.h"
#include "core/codec/compose.h"
#include "core/codec/decode_errors.h"
#include "core/codec/exif.h"
#include "core/codec/inflate.h"
#include "core/codec/png_chunks.h"
#include "core/codec/png_rows.h"
#include "core/codec/upright.h"

namespace masklens {
namespace {

Error failed(const PngLayout& layout) {
  return layout.cut_short ? cut_short(Format::kPng) : damaged(Format::kPng);
}

// The rows of the picture that is shown, or of one of its passes, one after the other: two rows at
// a time are all that is in memory, whatever a sample takes.
class PngReader {
 public:
  PngReader(ByteSpan bytes, const PngLayout& layout, const PngSamples& samples)
      : samples_(samples),
        inflater_([data = PngData(bytes, layout)]() mutable { return data.next(); }) {}

  // False without memory. width: of the widest row.
  bool open(int width) {
    row_ = allocate_bytes(samples_.row_bytes(width));
    above_ = allocate_bytes(samples_.row_bytes(width));
    return row_ && above_ && inflater_.open();
  }

  // Rows of another width follow, and nothing is above them.
  void begin(int width) {
    width_ = width;
    size_ = samples_.row_bytes(width);
    std::memset(above_.get(), 0, size_);
  }

  // The next row, over white. False when it is not there.
  bool read(std::uint8_t* pixels) {
    std::uint8_t filter = 0;
    if (!inflater_.read(&filter, 1) || !inflater_.read(row_.get(), size_)) return false;
    if (!unfilter(filter, row_.get(), above_.get(), samples_, size_)) return false;
    expand(row_.get(), samples_, width_, pixels);
    if (samples_.has_alpha()) compose_over_white(pixels, static_cast<std::size_t>(width_));
    std::swap(row_, above_);
    return true;
  }

 private:
  const PngSamples& samples_;
  Inflater inflater_;
  ByteBlock row_;
  ByteBlock above_;
  int width_ = 0;
  std::size_t size_ = 0;
};

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
    if (inside && !reader.read(row + static_cast<std::size_t>(shown.x) * kChannels)) {
      return failed(layout);
    }
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
  for (const PngPass& pass : kPngPasses) {
    const int columns = pass.columns(shown.width);
    const int rows = columns > 0 ? pass.rows(shown.height) : 0;
    if (rows > 0) reader.begin(columns);
    for (int y = 0; y < rows; ++y) {
      if (!reader.read(row.get())) return failed(layout);
      for (int x = 0; x < columns; ++x) {
        std::memcpy(
            pixels->at(shown.x + pass.x + x * pass.step_x, shown.y + pass.y + y * pass.step_y),
            row.get() + static_cast<std::size_t>(x) * kChannels, kChannels);
      }
    }
  }
  return std::move(pixels->image());
}

}  // namespace

Result<Image> decode_png(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const PngLayout layout = scan_png(bytes);
  if (layout.header.empty()) {
    return bytes.size() < 33 ? cut_short(Format::kPng) : damaged(Format::kPng);
  }
  if (layout.size.width == 0) return damaged(Format::kPng);
  const Result<Size> size = within(layout.size, limits);
  if (!size) return size.error();
  if (layout.data_bytes == 0) return cut_short(Format::kPng);
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
