// The pixels of a PNG, row by row.
#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

#include "core/base/byte_block.h"
#include "core/codec/inflate.h"
#include "core/codec/png_chunks.h"
#include "core/codec/png_rows.h"

namespace masklens {

// The rows of the picture that is shown, or of one of its passes, one after the other: two rows at
// a time are all that is in memory, whatever a sample takes.
class PngReader {
 public:
  PngReader(ByteSpan bytes, const PngLayout& layout, const PngSamples& samples)
      : samples_(samples), data_(bytes, layout), inflater_(data_) {}

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

  // The next row, straight RGBA. False when it is not there.
  bool read(std::uint8_t* pixels) {
    std::uint8_t filter = 0;
    if (!inflater_.read(&filter, 1) || !inflater_.read(row_.get(), size_)) return false;
    if (!unfilter(filter, row_.get(), above_.get(), samples_, size_)) return false;
    expand(row_.get(), samples_, width_, pixels);
    std::swap(row_, above_);
    return true;
  }

 private:
  const PngSamples& samples_;
  PngData data_;
  Inflater inflater_;
  ByteBlock row_;
  ByteBlock above_;
  int width_ = 0;
  std::size_t size_ = 0;
};

// Calls put(x, y, pixels, count, step) for every row of the picture that is shown, in the order in
// which they are stored: `count` pixels from (x, y) on, `step` apart. False where one is missing.
// row: room for the widest one.
template <class Put>
bool for_each_row(PngReader& reader, const PngLayout& layout, std::uint8_t* row, Put put) {
  constexpr PngPass kWhole = {0, 0, 1, 1};
  const PixelRect& shown = layout.shown;
  for (std::size_t i = 0; i < (layout.interlaced ? kPngPasses.size() : 1); ++i) {
    const PngPass& pass = layout.interlaced ? kPngPasses[i] : kWhole;
    const int columns = pass.columns(shown.width);
    const int rows = columns > 0 ? pass.rows(shown.height) : 0;
    if (rows > 0) reader.begin(columns);
    for (int y = 0; y < rows; ++y) {
      if (!reader.read(row)) return false;
      put(shown.x + pass.x, shown.y + pass.y + y * pass.step_y, row, columns, pass.step_x);
    }
  }
  return true;
}

}  // namespace masklens
