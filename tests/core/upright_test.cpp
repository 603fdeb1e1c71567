#include "core/codec/upright.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace masklens {
namespace {

// Turned row by row, and pixel by pixel, which must come to the same.
Result<Image> upright(const Image& stored, int orientation) {
  const int width = stored.width();
  const int height = stored.height();
  Result<UprightRows> rows = UprightRows::open(width, height, orientation);
  Result<UprightPixels> pixels = UprightPixels::open(width, height, orientation);
  if (!rows || !pixels) return rows ? pixels.error() : rows.error();
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* const from = stored.view().row(y);
    std::memcpy(rows->row(), from, static_cast<std::size_t>(width) * kChannels);
    rows->next();
    for (int x = 0; x < width; ++x)
      std::memcpy(pixels->image().data() + pixels->place(x, y), from + x * kChannels, kChannels);
  }
  Image image = rows->finish();
  const Image& other = pixels->image();
  EXPECT_EQ(image.width(), other.width());
  EXPECT_TRUE(std::equal(image.data(), image.data() + image.bytes(), other.data()));
  return image;
}

// Pixels of 3 x 2 numbered 1 ... 6 row by row; what each orientation makes of them (Exif 2.32,
// 4.6.4: which stored row and column are the picture's top and left).
TEST(Upright, TurnsAllEightWays) {
  struct Case {
    int orientation;
    int width;
    std::array<int, 6> pixels;
  };
  const Case cases[] = {
      {1, 3, {1, 2, 3, 4, 5, 6}}, {2, 3, {3, 2, 1, 6, 5, 4}}, {3, 3, {6, 5, 4, 3, 2, 1}},
      {4, 3, {4, 5, 6, 1, 2, 3}}, {5, 2, {1, 4, 2, 5, 3, 6}}, {6, 2, {4, 1, 5, 2, 6, 3}},
      {7, 2, {6, 3, 5, 2, 4, 1}}, {8, 2, {3, 6, 2, 5, 1, 4}}, {0, 3, {1, 2, 3, 4, 5, 6}},
      {9, 3, {1, 2, 3, 4, 5, 6}},
  };
  for (const Case& c : cases) {
    Result<Image> image = Image::allocate(3, 2);
    ASSERT_TRUE(image);
    for (int i = 0; i < 6 * kChannels; ++i) {
      image->data()[i] = static_cast<std::uint8_t>(10 * (i / kChannels + 1) + i % kChannels);
    }
    const Result<Image> turned = upright(*image, c.orientation);
    ASSERT_TRUE(turned);
    EXPECT_EQ(turned->width(), c.width);
    EXPECT_EQ(turned->height(), 6 / c.width);
    for (int i = 0; i < 6 * kChannels; ++i) {
      EXPECT_EQ(turned->data()[i],
                10 * c.pixels[static_cast<std::size_t>(i / kChannels)] + i % kChannels)
          << "orientation " << c.orientation << ", byte " << i;
    }
  }
}

TEST(Upright, BlocksJoinWithoutSeams) {
  Result<Image> image = Image::allocate(101, 67);
  ASSERT_TRUE(image);
  for (std::size_t i = 0; i < image->bytes(); ++i) {
    image->data()[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
  }
  Result<Image> copy = image->clone();
  ASSERT_TRUE(copy);
  // Six and eight undo each other, so do five with itself and seven with itself.
  for (const auto& [first, second] : {std::pair{6, 8}, {8, 6}, {5, 5}, {7, 7}}) {
    Result<Image> there = upright(*copy, first);
    ASSERT_TRUE(there);
    EXPECT_EQ(there->width(), 67);
    Result<Image> back = upright(*there, second);
    ASSERT_TRUE(back);
    EXPECT_TRUE(std::equal(image->data(), image->data() + image->bytes(), back->data()));
    copy = std::move(back);
  }
}

}  // namespace
}  // namespace masklens
