// EXIF orientation of JPEG (APP1) and PNG (eXIf), and turning pixels upright.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"

namespace masklens {

// The orientation tag 0x0112 (1..8, Exif 2.32 section 4.6.4); 1 when absent or damaged.
int exif_orientation(std::span<const std::uint8_t> bytes);

// The same of a TIFF structure, which is what both formats embed.
int tiff_orientation(std::span<const std::uint8_t> tiff);

// Whether rows become columns: orientations 5 to 8.
constexpr bool swaps_sides(int orientation) { return orientation >= 5 && orientation <= 8; }

// Rows of a picture, from `first` on, to their place in the upright one, which has `height` columns
// where that picture has rows. Precondition: swaps_sides(orientation).
void put_turned(ImageView rows, int first, int height, int orientation, Image& upright);

// The picture turned so that orientation becomes 1. orientation outside 2..8: returned as it is.
Result<Image> upright(Image image, int orientation);

}  // namespace masklens
