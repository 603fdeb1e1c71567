// The rows of a PNG: what the filters took away is put back, and samples of any kind become RGBA
// (PNG 3rd edition, sections 7 to 9 and 13). In place where that can be: a picture takes the memory
// of its pixels and no more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/byte_block.h"
#include "core/codec/png_chunks.h"

namespace masklens {

// What the samples are.
struct PngSamples {
  int bits = 8;          // a sample: 1, 2, 4, 8 or 16
  int channels = 1;      // 1 grey or palette, 2 grey and alpha, 3 RGB, 4 RGBA
  bool indexed = false;  // the sample is a number of the palette
  std::array<std::array<std::uint8_t, 4>, 256> palette{};   // black where the file has no more
  std::optional<std::array<std::uint16_t, 3>> transparent;  // the colour that is, grey in the first

  bool has_alpha() const { return channels % 2 == 0 || transparent.has_value() || indexed; }
  std::size_t row_bytes(int width) const {
    return (static_cast<std::size_t>(width) * static_cast<std::size_t>(bits * channels) + 7) / 8;
  }
};

// Nothing where header, palette and transparency do not go together.
std::optional<PngSamples> png_samples(const PngLayout& layout);

// Bytes of width x height pixels with a filter's number before each row.
std::size_t filtered_bytes(const PngSamples& samples, int width, int height);

// Filtered rows to rows without gaps and numbers, at the same place. False for an unknown filter.
bool unfilter(std::uint8_t* rows, const PngSamples& samples, int width, int height);

// Those to RGBA, at the same place, where both have room.
void expand(std::uint8_t* rows, const PngSamples& samples, int width, int height);

// Seven small pictures, one after the other in `rows`, filtered, to the picture that they are parts
// of (Adam7). `pixels`: RGBA, width x height. False for an unknown filter.
bool expand_interlaced(std::uint8_t* rows, const PngSamples& samples, int width, int height,
                       std::uint8_t* pixels);
std::size_t interlaced_bytes(const PngSamples& samples, int width, int height);

}  // namespace masklens
