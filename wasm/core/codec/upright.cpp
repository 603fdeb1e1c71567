#include "core/codec/upright.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "core/codec/decode_errors.h"

namespace masklens {
namespace {

constexpr int kStrip = 32;  // rows

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

void mirror_row(std::uint8_t* row, int width) {
  std::uint8_t* left = row;
  std::uint8_t* right = row + offset(width - 1, 0, width);
  for (; left < right; left += kChannels, right -= kChannels) {
    const Pixel kept = load(left);
    store(left, load(right));
    store(right, kept);
  }
}

// Rows of a picture, from `first` on, to their place in the upright one, which has `height` columns
// where that picture has rows.
void put_turned(ImageView rows, int first, int height, int orientation, Image& upright) {
  const bool flip_x = orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 6 || orientation == 7;
  // Squares of 32 pixels (4 KiB each side) keep both the rows read and the rows written in cache.
  constexpr int kBlock = 32;
  for (int block_x = 0; block_x < rows.width; block_x += kBlock) {
    const int end_x = std::min(block_x + kBlock, rows.width);
    for (int x = block_x; x < end_x; ++x) {
      const int row = flip_x ? rows.width - 1 - x : x;
      for (int y = 0; y < rows.height; ++y) {
        const int column = flip_y ? height - 1 - first - y : first + y;
        store(upright.data() + offset(column, row, height), load(rows.row(y) + offset(x, 0, 0)));
      }
    }
  }
}

}  // namespace

Result<UprightRows> UprightRows::open(int width, int height, int orientation) {
  UprightRows rows;
  rows.width_ = width;
  rows.height_ = height;
  rows.orientation_ = orientation;
  const bool swap = swaps_sides(orientation);
  Result<Image> image = Image::allocate(swap ? height : width, swap ? width : height);
  if (!image) return image.error();
  rows.image_ = std::move(*image);
  if (swap) {
    rows.strip_ = allocate_bytes(kStrip * offset(width, 0, width));
    if (!rows.strip_) return no_room();
  }
  return rows;
}

std::uint8_t* UprightRows::row() {
  if (strip_) return strip_.get() + offset(0, y_ % kStrip, width_);
  const bool from_below = orientation_ == 3 || orientation_ == 4;
  return image_.data() + offset(0, from_below ? height_ - 1 - y_ : y_, width_);
}

void UprightRows::next() {
  if (orientation_ == 2 || orientation_ == 3) mirror_row(row(), width_);
  const int in_strip = y_ % kStrip;
  if (strip_ && (in_strip == kStrip - 1 || y_ == height_ - 1)) {
    put_turned({strip_.get(), width_, in_strip + 1}, y_ - in_strip, height_, orientation_, image_);
  }
  ++y_;
}

Image UprightRows::finish() {
  strip_.reset();
  return std::move(image_);
}

Result<UprightPixels> UprightPixels::open(int width, int height, int orientation) {
  UprightPixels pixels;
  pixels.width_ = width;
  pixels.height_ = height;
  pixels.swap_ = swaps_sides(orientation);
  const auto is = [orientation](int a, int b, int c, int d) {
    return orientation == a || orientation == b || orientation == c || orientation == d;
  };
  pixels.flip_x_ = is(2, 3, 7, 8);
  pixels.flip_y_ = is(3, 4, 6, 7);
  Result<Image> image =
      Image::allocate(pixels.swap_ ? height : width, pixels.swap_ ? width : height);
  if (!image) return image.error();
  pixels.image_ = std::move(*image);
  return pixels;
}

}  // namespace masklens
