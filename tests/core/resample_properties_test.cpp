// What holds of resampling for any picture and any geometry.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "core/network/resample.h"

namespace masklens {
namespace {

constexpr float kPad = 300;  // no pixel has it

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int whole(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(engine_);
  }
  float real(float least, float most) {
    return std::uniform_real_distribution<float>(least, most)(engine_);
  }
  Image image(int width, int height) {
    Image made = std::move(*Image::allocate(width, height));
    for (std::size_t i = 0; i < made.bytes(); ++i) {
      made.data()[i] = static_cast<std::uint8_t>(whole(40, 200));
    }
    return made;
  }
  // Often inside, often over the border, sometimes far away or of no size.
  Box region(int width, int height) {
    const float far = whole(0, 9) == 0 ? 1e7f : 1.0f;
    return {real(-2, 1) * static_cast<float>(width) * far, real(-2, 1) * static_cast<float>(height),
            real(0, 3) * static_cast<float>(width), real(0, 3) * static_cast<float>(height)};
  }

 private:
  std::mt19937 engine_;
};

TEST(ResampleProperties, EveryValueIsOneOfThePictureOrThePadding) {
  Random random(5);
  for (int round = 0; round < 300; ++round) {
    const Image image = random.image(random.whole(1, 40), random.whole(1, 40));
    const int size = random.whole(1, 24);
    std::vector<float> out(3 * static_cast<std::size_t>(size) * size);
    const Box region = random.region(image.width(), image.height());
    for (bool samples : {false, true}) {
      if (samples) {
        crop_and_resize_into(image.view(), region, size, {}, kPad, out);
      } else {
        crop_into(image.view(), region, size, {}, kPad, out);
      }
      for (float value : out) {
        EXPECT_GE(value, 40 - 1e-2f);
        EXPECT_LE(value, kPad + 1e-2f);
      }
    }
    const Letterbox box =
        letterbox_for(image.width(), image.height(), random.whole(1, 60), random.whole(1, 9));
    out.assign(3 * static_cast<std::size_t>(box.width) * box.height, -1);
    letterbox_into(image.view(), box, {}, kPad, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto column = static_cast<int>(i % box.width);
      const auto row = static_cast<int>(i / box.width) % box.height;
      if (column < box.content_width && row < box.content_height) {
        EXPECT_TRUE(out[i] > 40 - 1e-2f && out[i] < 200 + 1e-2f) << out[i];
      } else {
        EXPECT_EQ(out[i], kPad);
      }
    }
  }
}

TEST(ResampleProperties, APartInPlaceIsTheSameAsItsCopy) {
  Random random(6);
  for (int round = 0; round < 100; ++round) {
    const Image image = random.image(random.whole(2, 60), random.whole(2, 60));
    const int width = random.whole(1, image.width());
    const int height = random.whole(1, image.height());
    const int x = random.whole(0, image.width() - width);
    const int y = random.whole(0, image.height() - height);
    const ImageView part = image.view().part(x, y, width, height);
    Image copy = std::move(*Image::allocate(width, height));
    for (int row = 0; row < height; ++row) {
      std::memcpy(copy.data() + static_cast<std::size_t>(row) * width * kChannels, part.row(row),
                  static_cast<std::size_t>(width) * kChannels);
    }
    const Letterbox box = letterbox_for(width, height, random.whole(1, 64), 8);
    std::vector<float> in_place(3 * static_cast<std::size_t>(box.width) * box.height);
    std::vector<float> of_copy(in_place.size());
    letterbox_into(part, box, {}, 0, in_place);
    letterbox_into(copy.view(), box, {}, 0, of_copy);
    EXPECT_EQ(in_place, of_copy);
    in_place.resize(3 * 64);
    of_copy.resize(3 * 64);
    const Box region = random.region(width, height);
    crop_into(part, region, 8, {}, 127, in_place);
    crop_into(copy.view(), region, 8, {}, 127, of_copy);
    EXPECT_EQ(in_place, of_copy);
  }
}

TEST(ResampleProperties, ShrinkingByAWholeNumberKeepsTheMean) {
  Random random(7);
  for (int factor : {2, 3, 5, 16}) {
    const Image image = random.image(8 * factor, 6 * factor);
    std::vector<float> out(3 * 48);
    resize_area_into(image.view(), 8, 6, {}, out);
    double before = 0;
    for (std::size_t i = 0; i < image.bytes(); i += kChannels) before += image.data()[i];
    double after = 0;
    for (std::size_t i = 0; i < 48; ++i) after += out[i];
    EXPECT_NEAR(before / (static_cast<double>(image.bytes()) / kChannels), after / 48, 1e-2);
  }
}

TEST(ResampleProperties, PlacesThatAreNoNumbersArePadding) {
  Random random(8);
  const Image image = random.image(20, 20);
  constexpr float kInf = std::numeric_limits<float>::infinity();
  std::vector<float> out(3 * 16);
  for (float odd : {kInf, -kInf, 3e38f, -3e38f, std::numeric_limits<float>::quiet_NaN()}) {
    for (const Box& region : {Box{odd, 0, 10, 10}, Box{0, odd, 10, 10}}) {
      crop_and_resize_into(image.view(), region, 4, {}, kPad, out);
      EXPECT_EQ(std::count(out.begin(), out.end(), kPad), 48);
      if (std::isnan(odd)) continue;
      crop_into(image.view(), region, 4, {}, kPad, out);
      EXPECT_EQ(std::count(out.begin(), out.end(), kPad), 48);
    }
  }
}

}  // namespace
}  // namespace masklens
