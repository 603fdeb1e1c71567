// Upright 8-bit RGBA pictures: an owner that cannot be copied by accident, and views of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/byte_block.h"
#include "core/base/result.h"

namespace masklens {

inline constexpr int kChannels = 4;  // RGBA, 8 bits each, not premultiplied

// Borrowed pixels: pixel (x, y) starts at row(y)[x * 4].
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::size_t stride = 0;  // bytes from one row to the next; 0: rows without gaps

  const std::uint8_t* row(int y) const {
    const std::size_t step = stride ? stride : static_cast<std::size_t>(width) * kChannels;
    return data + static_cast<std::size_t>(y) * step;
  }

  // A part of the picture, in place. Precondition: it lies inside.
  ImageView part(int x, int y, int part_width, int part_height) const {
    const std::size_t step = stride ? stride : static_cast<std::size_t>(width) * kChannels;
    return {row(y) + static_cast<std::size_t>(x) * kChannels, part_width, part_height, step};
  }
};

// Owns width x height RGBA pixels. Move-only; clone() copies on purpose.
class Image {
 public:
  Image() = default;

  // Uninitialised pixels. width, height >= 1. Fails with out-of-memory.
  static Result<Image> allocate(int width, int height) {
    Image image;
    image.width_ = width;
    image.height_ = height;
    // In 64 bits: four bytes a pixel may be more than this platform can count.
    const std::uint64_t bytes = std::uint64_t{static_cast<std::uint32_t>(width)} *
                                static_cast<std::uint32_t>(height) * kChannels;
    if (bytes <= PTRDIFF_MAX) image.pixels_ = allocate_bytes(static_cast<std::size_t>(bytes));
    if (!image.pixels_) {
      return Error{ErrorCode::kOutOfMemory,
                   "There is not enough memory for this picture. Make it smaller and try again."};
    }
    return image;
  }

  // Takes pixels over that already exist: width x height x 4 bytes.
  static Image adopt(ByteBlock pixels, int width, int height) {
    Image image;
    image.width_ = width;
    image.height_ = height;
    image.pixels_ = std::move(pixels);
    return image;
  }

  Result<Image> clone() const;

  int width() const { return width_; }
  int height() const { return height_; }
  std::size_t bytes() const {
    return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * kChannels;
  }
  std::uint8_t* data() { return pixels_.get(); }
  const std::uint8_t* data() const { return pixels_.get(); }
  ImageView view() const { return {pixels_.get(), width_, height_}; }

 private:
  int width_ = 0;
  int height_ = 0;
  ByteBlock pixels_;
};

inline Result<Image> Image::clone() const {
  Result<Image> copy = allocate(width_, height_);
  if (copy) std::copy(pixels_.get(), pixels_.get() + bytes(), copy->data());
  return copy;
}

}  // namespace masklens
