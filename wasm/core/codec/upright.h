// Pixels that EXIF says are turned, put upright on their way from the decoder: no second picture's
// memory is taken.
#pragma once

#include <cstdint>

#include "core/base/byte_block.h"
#include "core/base/image.h"
#include "core/base/result.h"

namespace masklens {

// Whether rows become columns: orientations 5 to 8.
constexpr bool swaps_sides(int orientation) { return orientation >= 5 && orientation <= 8; }

// A picture whose stored rows arrive one after the other.
class UprightRows {
 public:
  // width, height: as stored. orientation: the tag's value; outside 2..8 nothing is turned. Fails
  // with out-of-memory.
  static Result<UprightRows> open(int width, int height, int orientation);

  // Where the next row goes: width pixels.
  std::uint8_t* row();
  // That row is written.
  void next();
  // After the last one.
  Image finish();

 private:
  UprightRows() = default;

  int width_ = 0;
  int height_ = 0;
  int orientation_ = 1;
  int y_ = 0;
  ByteBlock strip_;  // rows that become columns, gathered: one column at a time would be slow
  Image image_;
};

// For pixels that arrive in any order: an uninitialised picture, and where the stored pixel (x, y)
// belongs in it, in bytes. Of one that is not there the number means nothing but how far it is from
// others, modulo the size of memory.
class UprightPixels {
 public:
  static Result<UprightPixels> open(int width, int height, int orientation);

  std::size_t place(int x, int y) const {
    const int column = flip_x_ ? width_ - 1 - x : x;
    const int row = flip_y_ ? height_ - 1 - y : y;
    const auto first = static_cast<std::size_t>(swap_ ? column : row);
    const auto second = static_cast<std::size_t>(swap_ ? row : column);
    return (first * static_cast<std::size_t>(image_.width()) + second) * kChannels;
  }
  Image& image() { return image_; }

 private:
  UprightPixels() = default;

  int width_ = 0;
  int height_ = 0;
  bool swap_ = false;
  bool flip_x_ = false;
  bool flip_y_ = false;
  Image image_;
};

}  // namespace masklens
