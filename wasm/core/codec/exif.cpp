#include "core/codec/exif.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/byte_order.h"
#include "core/codec/format.h"
#include "core/codec/jpeg_markers.h"
#include "core/codec/png_chunks.h"

namespace masklens {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3;

using Pixel = std::array<std::uint8_t, kChannels>;

Pixel load(const std::uint8_t* at) {
  Pixel pixel;
  std::memcpy(pixel.data(), at, pixel.size());
  return pixel;
}

void store(std::uint8_t* at, const Pixel& pixel) { std::memcpy(at, pixel.data(), pixel.size()); }

std::size_t offset(int x, int y, int width) {
  return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
          static_cast<std::size_t>(x)) *
         kChannels;
}

void mirror_rows(Image& image) {
  const int width = image.width();
  for (int y = 0; y < image.height(); ++y) {
    std::uint8_t* left = image.data() + offset(0, y, width);
    std::uint8_t* right = left + offset(width - 1, 0, width);
    for (; left < right; left += kChannels, right -= kChannels) {
      const Pixel kept = load(left);
      store(left, load(right));
      store(right, kept);
    }
  }
}

void swap_rows_top_to_bottom(Image& image) {
  const std::size_t row = offset(image.width(), 0, image.width());
  for (int y = 0; y < image.height() / 2; ++y) {
    std::uint8_t* upper = image.data() + row * static_cast<std::size_t>(y);
    std::uint8_t* lower = image.data() + row * static_cast<std::size_t>(image.height() - 1 - y);
    std::swap_ranges(upper, upper + row, lower);
  }
}

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
    const std::uint32_t type = read16(entry + 2);
    // Some programs write a long one, which browsers do not obey.
    if (type != kShort || read32(entry + 4) != 1) return 1;
    const std::uint32_t value = read16(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
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

void put_turned(ImageView rows, int first, int height, int orientation, Image& upright) {
  const bool flip_x = orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 6 || orientation == 7;
  // Squares of 32 pixels (4 KiB each side) keep both the rows read and the rows written in cache.
  constexpr int kBlock = 32;
  for (int block_y = 0; block_y < rows.height; block_y += kBlock) {
    for (int block_x = 0; block_x < rows.width; block_x += kBlock) {
      const int end_y = std::min(block_y + kBlock, rows.height);
      const int end_x = std::min(block_x + kBlock, rows.width);
      for (int x = block_x; x < end_x; ++x) {
        const int row = flip_x ? rows.width - 1 - x : x;
        for (int y = block_y; y < end_y; ++y) {
          const int column = flip_y ? height - 1 - first - y : first + y;
          store(upright.data() + offset(column, row, height), load(rows.row(y) + offset(x, 0, 0)));
        }
      }
    }
  }
}

Result<Image> upright(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  if (orientation <= 4) {  // in place
    if (orientation == 2 || orientation == 3) mirror_rows(image);
    if (orientation == 3 || orientation == 4) swap_rows_top_to_bottom(image);
    return image;
  }
  Result<Image> turned = Image::allocate(image.height(), image.width());
  if (!turned) return turned;
  put_turned(image.view(), 0, image.height(), orientation, *turned);
  return turned;
}

}  // namespace masklens
