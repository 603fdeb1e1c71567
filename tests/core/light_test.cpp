// The gain of dark pictures: the numbers of models/training/detector/light.py.
#include "core/network/light.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/network/working_picture.h"

namespace masklens {
namespace {

constexpr LightRule kRule{64, 224, 2, 24};

struct Pixel {
  float r = 0;
  float g = 0;
  float b = 0;
};

// 1000 pixels, of which `share` in a thousand are the first.
float gain(const Pixel& first, const Pixel& second = {}, std::size_t share = 1000) {
  std::vector<float> planes(3000);
  for (std::size_t i = 0; i < 1000; ++i) {
    const Pixel& pixel = i < share ? first : second;
    planes[i] = pixel.r;
    planes[1000 + i] = pixel.g;
    planes[2000 + i] = pixel.b;
  }
  return light_gain(planes, 1000, 1000, kRule);
}

float grey(float level, float other = 0, std::size_t share = 1000) {
  return gain({level, level, level}, {other, other, other}, share);
}

TEST(Light, TheGainIsThatOfTraining) {
  EXPECT_EQ(grey(100), 1);
  EXPECT_NEAR(grey(16, 40, 600), 5.0052, 1e-4);
  EXPECT_NEAR(grey(5), 16.7539, 1e-4);
  EXPECT_EQ(grey(20, 255, 600), 2);
  EXPECT_NEAR(grey(10, 180, 600), 3.0108, 1e-4);
  EXPECT_EQ(grey(0), 24);
  EXPECT_NEAR(gain({30, 20, 60}), 2.71653, 1e-4);
}

TEST(Light, TheCurveKeepsBlackAndWhiteAndNeverFalls) {
  EXPECT_NEAR(brightened(5.0f, 5.0052f), 23.204, 1e-3);
  EXPECT_NEAR(brightened(100.5f, 5.0052f), 195.082, 1e-3);
  EXPECT_NEAR(brightened(180.0f, 3.0108f), 224.0, 1e-2);
  for (float g : {1.0f, 2.0f, 24.0f}) {
    EXPECT_EQ(brightened(0.0f, g), 0);
    EXPECT_NEAR(brightened(255.0f, g), 255, 1e-3);
    for (int v = 0; v < 255; ++v) {
      const auto at = static_cast<float>(v);
      EXPECT_LT(brightened(at, g), brightened(at + 1, g));
      EXPECT_GE(brightened(at, g), at - 1e-3f);
    }
  }
}

// The picture is 5 everywhere; what is padded stays as it is and has no say in the gain.
TEST(Light, ADarkPictureIsBrightenedWithoutItsPadding) {
  Image image = std::move(*Image::allocate(50, 40));
  std::fill(image.data(), image.data() + image.bytes(), std::uint8_t{5});
  WorkingInput input;
  input.multiple = 32;
  input.max_side = 50;
  input.light = kRule;
  for (int turns : {0, 1, 2, 3}) {
    const Result<WorkingPicture> picture = working_picture(image.view(), input, turns);
    ASSERT_TRUE(picture);
    EXPECT_NEAR(picture->gain, 16.7539, 1e-4);
    const int width = picture->letterbox.width;
    EXPECT_NEAR(picture->tensor.data[0], 64, 1e-3);
    EXPECT_EQ(picture->tensor.data[static_cast<std::size_t>(width) - 1], 0);
    EXPECT_EQ(picture->tensor.data.back(), 0);
  }
  const Result<WorkingPicture> given = working_picture(image.view(), input, 0, 2);
  EXPECT_NEAR(given->tensor.data[0], 9.808, 1e-3);
  input.light.reset();
  EXPECT_EQ(working_picture(image.view(), input)->tensor.data[0], 5);
}

TEST(Light, CropsAreBrightenedInsideThePictureAlone) {
  Image image = std::move(*Image::allocate(16, 16));
  std::fill(image.data(), image.data() + image.bytes(), std::uint8_t{5});
  std::vector<float> crop(3 * 64);
  crop_into(image.view(), {8, 0, 16, 16}, 8, {}, 127, crop, 16.7539f);
  EXPECT_NEAR(crop[0], 64, 1e-3);
  EXPECT_EQ(crop[7], 127);
}

TEST(WorkingPicture, BgrNetworksGetTheirPlanesInTheirOrder) {
  Image image = std::move(*Image::allocate(32, 32));
  for (std::size_t i = 0; i < image.bytes(); ++i)
    image.data()[i] = static_cast<std::uint8_t>(10 * (i % 4));
  WorkingInput input;
  input.multiple = 32;
  input.max_side = 32;
  input.norm = {{1, 2, 3}, {1, 1, 1}, true};
  const Result<WorkingPicture> picture = working_picture(image.view(), input);
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->tensor.data[0], 20 - 1);
  EXPECT_EQ(picture->tensor.data[1024], 10 - 2);
  EXPECT_EQ(picture->tensor.data[2048], 0 - 3);
  std::vector<float> crop(3 * 16);
  crop_into(image.view(), {0, 0, 32, 32}, 4, input.norm, 0, crop);
  EXPECT_EQ(crop[0], 20 - 1);
  EXPECT_EQ(crop[32], 0 - 3);
}

TEST(WorkingPicture, TurnedBackFourTimesIsWhereItWas) {
  Face face;
  face.box = {10, 20, 30, 5};
  face.landmarks[2] = {11, 22};
  for (int turns : {1, 2, 3}) {
    // Where it lies in the picture turned the other way around.
    const bool odd = turns % 2 != 0;
    const Face there = turned_back(face, 4 - turns, odd ? 80 : 100, odd ? 100 : 80);
    const Face back = turned_back(there, turns, 100, 80);
    EXPECT_NEAR(back.box.x, 10, 1e-4);
    EXPECT_NEAR(back.box.y, 20, 1e-4);
    EXPECT_NEAR(back.box.width, 30, 1e-4);
    EXPECT_NEAR(back.landmarks[2].y, 22, 1e-4);
  }
}

TEST(ImageView, APartIsSeenInPlace) {
  Image image = std::move(*Image::allocate(8, 6));
  for (std::size_t i = 0; i < image.bytes(); ++i) image.data()[i] = static_cast<std::uint8_t>(i);
  const ImageView part = image.view().part(2, 1, 4, 3);
  const ImageView inner = part.part(1, 1, 2, 2);
  EXPECT_EQ(part.row(0)[0], image.data()[4 * (8 + 2)]);
  EXPECT_EQ(inner.row(1)[4], image.data()[4 * (3 * 8 + 4)]);
}

}  // namespace
}  // namespace masklens
