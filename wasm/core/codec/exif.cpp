#include "core/codec/exif.h"

#include <algorithm>

#include "core/base/byte_order.h"
#include "core/codec/format.h"
#include "core/codec/jpeg_markers.h"
#include "core/codec/png_chunks.h"

namespace masklens {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3;

}  // namespace

int tiff_orientation(std::span<const std::uint8_t> tiff) {
  if (tiff.size() < 8) return 1;
  const bool big = tiff[0] == 'M' && tiff[1] == 'M';
  const bool little = tiff[0] == 'I' && tiff[1] == 'I';
  if (!big && !little) return 1;
  const auto read16 = [&](std::size_t at) { return big ? big16(tiff, at) : little16(tiff, at); };
  const auto read32 = [&](std::size_t at) { return big ? big32(tiff, at) : little32(tiff, at); };
  if (read16(2) != 42) return 1;
  // The first directory (TIFF 6.0, section 2).
  const std::size_t directory = read32(4);
  if (directory > tiff.size() - 2) return 1;
  const std::size_t announced = read16(directory);
  const std::size_t present = (tiff.size() - directory - 2) / 12;
  for (std::size_t i = 0; i < std::min(announced, present); ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (read16(entry) != kOrientationTag) continue;
    // Some programs write a long one, which browsers do not obey; a sound one may follow.
    if (read16(entry + 2) != kShort || read32(entry + 4) != 1) continue;
    const std::uint32_t value = read16(entry + 8);
    if (value >= 1 && value <= 8) return static_cast<int>(value);
  }
  return 1;
}

int exif_orientation(std::span<const std::uint8_t> bytes) {
  switch (identify(bytes)) {
    case Format::kJpeg:
      return tiff_orientation(scan_jpeg(bytes).exif);
    case Format::kPng:
      return tiff_orientation(scan_png(bytes).exif);
    default:
      return 1;
  }
}

}  // namespace masklens
