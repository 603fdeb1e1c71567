// The chunks of a PNG file (PNG 3rd edition, section 5) that make up the picture that browsers
// show: the default one, or the first of an animation that leaves the default one out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/byte_order.h"
#include "core/base/geometry.h"
#include "core/codec/limits.h"

namespace masklens {

struct PngLayout {
  Size size;            // of the canvas; 0 x 0 where the header is missing
  int bits = 0;         // a sample
  int colour_type = 0;  // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  bool interlaced = false;
  ByteSpan header;         // the content of IHDR
  ByteSpan palette;        // of PLTE
  ByteSpan transparency;   // of tRNS
  ByteSpan exif;           // the TIFF structure; browsers take none from behind the pixels
  int frames = 1;          // of the animation; 1 for a still
  bool cut_short = false;  // a chunk reaches over the end of the file, or pixels have none

  // The picture that is shown, within the canvas. Its compressed data lie in `data_chunks` chunks,
  // which begin at `data_at`; each brings a number first where it is an animation's (fdAT).
  PixelRect shown;
  std::size_t data_at = 0;
  std::size_t data_bytes = 0;
  bool numbered = false;
};

PngLayout scan_png(std::span<const std::uint8_t> bytes);

// Calls visit(ByteSpan) for each piece of the compressed data of the picture that is shown.
template <class Visit>
void for_each_data(ByteSpan bytes, const PngLayout& layout, Visit visit) {
  std::size_t left = layout.data_bytes;
  for (std::size_t at = layout.data_at; left > 0;) {
    const std::size_t length = big32(bytes, at);
    const std::size_t skipped = layout.numbered ? 4 : 0;
    visit(bytes.subspan(at + 8 + skipped, length - skipped));
    left -= length - skipped;
    at += 8 + length + 4;
  }
}

}  // namespace masklens
