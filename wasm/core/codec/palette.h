// The 256 colours or fewer that stand for those of a picture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/byte_block.h"
#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

using Rgb = std::array<std::uint8_t, 3>;

struct IndexedPixels {
  std::vector<Rgb> palette;
  // Row by row, rect.width x rect.height; null when there was no memory for them.
  ByteBlock indices;
  std::size_t count = 0;

  std::span<std::uint8_t> view() { return {indices.get(), count}; }
};

// Alpha is not looked at. max_colours: 2..256. With no more colours than that in the part, every
// pixel keeps its own; otherwise the palette is chosen by splitting boxes of colours at their mean,
// the one with the largest squared error first, and then moved to the means of what it serves
// (k-means, Lloyd 1982). Pixels take the nearest colour; nothing is dithered, since the noise of
// dithering flickers from frame to frame and does not compress.
IndexedPixels index_colours(ImageView image, const PixelRect& rect, std::size_t max_colours);

}  // namespace masklens
