// EXIF orientation of JPEG (APP1) and PNG (eXIf).
#pragma once

#include <cstdint>
#include <span>

namespace masklens {

// The orientation tag 0x0112 (1..8, Exif 2.32 section 4.6.4); 1 when absent or damaged.
int exif_orientation(std::span<const std::uint8_t> bytes);

// The same of a TIFF structure, which is what both formats embed.
int tiff_orientation(std::span<const std::uint8_t> tiff);

}  // namespace masklens
