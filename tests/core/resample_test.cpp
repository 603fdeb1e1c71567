#include "core/network/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace masklens {
namespace {

const Normalisation kPlain;
constexpr Normalisation kCentred{{127.5f, 127.5f, 127.5f}, {0.0078125f, 0.0078125f, 0.0078125f}};

Image noise(int width, int height, unsigned seed = 1) {
  Image image = std::move(*Image::allocate(width, height));
  std::mt19937 random(seed);
  std::generate(image.data(), image.data() + image.bytes(),
                [&] { return static_cast<std::uint8_t>(random() >> 24); });
  return image;
}

double pixel(const Image& image, int x, int y, int channel) {
  return image.view().row(y)[x * kChannels + channel];
}

// The mean of the rectangle, by the definition, in double precision and pixel by pixel.
double area_mean(const Image& image, double x0, double y0, double x1, double y1, int channel,
                 double pad) {
  double sum = 0;
  double inside = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const double w = std::min(x1, x + 1.0) - std::max(x0, x + 0.0);
      const double h = std::min(y1, y + 1.0) - std::max(y0, y + 0.0);
      if (w <= 0 || h <= 0) continue;
      sum += w * h * pixel(image, x, y, channel);
      inside += w * h;
    }
  }
  const double area = (x1 - x0) * (y1 - y0);
  return (sum + (area - inside) * pad) / area;
}

TEST(ResizeArea, IsTheMeanOfWhatEachPixelCovers) {
  const Image image = noise(61, 47);
  for (auto [width, height] : {std::pair{36, 28}, {20, 7}, {5, 3}, {1, 1}, {61, 47}, {80, 50}}) {
    std::vector<float> out(static_cast<std::size_t>(3 * width * height));
    resize_area_into(image.view(), width, height, kPlain, out);
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const double sx = 61.0 / width;
          const double sy = 47.0 / height;
          const double expected =
              area_mean(image, x * sx, y * sy, (x + 1) * sx, (y + 1) * sy, c, 0);
          ASSERT_NEAR(out[static_cast<std::size_t>((c * height + y) * width + x)], expected, 1e-3)
              << width << "x" << height << " at " << x << "," << y;
        }
      }
    }
  }
}

// The same sums with one channel at a time: what the four-lane code computes must not depend on
// lanes, so that every machine gives the same floats.
TEST(ResizeArea, LanesEqualScalarBitForBit) {
  const Image image = noise(50, 40);
  const int width = 30;
  const int height = 24;
  std::vector<float> out(static_cast<std::size_t>(3 * width * height));
  resize_area_into(image.view(), width, height, kCentred, out);
  const auto taps = [](int outputs, int side, int i) {
    std::vector<std::pair<int, float>> list;
    const double step = static_cast<double>(side) / outputs;
    for (int s = static_cast<int>(i * step); s < side && s < (i + 1) * step; ++s) {
      const double cover = std::min((i + 1) * step, s + 1.0) - std::max(i * step, s + 0.0);
      if (cover > 0) list.emplace_back(s, static_cast<float>(cover / step));
    }
    return list;
  };
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        volatile float total = 0;  // volatile: every step rounded to float
        for (auto [column, wx] : taps(width, 50, x)) {
          volatile float sum = 0;
          for (auto [row, wy] : taps(height, 40, y)) {
            const volatile float term = static_cast<float>(pixel(image, column, row, c)) * wy;
            sum = sum + term;
          }
          const volatile float term = sum * wx;
          total = total + term;
        }
        const volatile float centred = total - 127.5f;
        ASSERT_EQ(out[static_cast<std::size_t>((c * height + y) * width + x)],
                  centred * 0.0078125f);
      }
    }
  }
}

TEST(Letterbox, KeepsTheAspectAndPadsToTheMultiple) {
  const Letterbox box = letterbox_for(400, 267, 640, 32);
  EXPECT_EQ(box.content_width, 640);
  EXPECT_EQ(box.content_height, 427);
  EXPECT_EQ(box.width, 640);
  EXPECT_EQ(box.height, 448);
  const Letterbox wide = letterbox_for(1280, 720, 416, 32);
  EXPECT_EQ(wide.width, 416);
  EXPECT_EQ(wide.height, 256);
}

TEST(Letterbox, CornersMapBackToTheSource) {
  const Letterbox box = letterbox_for(1000, 333, 416, 32);
  const Point p = box.to_source(
      {static_cast<float>(box.content_width), static_cast<float>(box.content_height)});
  EXPECT_FLOAT_EQ(p.x, 1000);
  EXPECT_FLOAT_EQ(p.y, 333);
}

TEST(Letterbox, AThinPictureKeepsAtLeastOnePixel) {
  const Letterbox box = letterbox_for(10000, 3, 320, 32);
  EXPECT_EQ(box.content_height, 1);
  EXPECT_EQ(box.height, 32);
}

TEST(Letterbox, PadsToTheRightAndBelowWithThePadValue) {
  const Image image = noise(30, 10);
  const Letterbox box = letterbox_for(30, 10, 30, 32);
  std::vector<float> out(static_cast<std::size_t>(3 * box.width * box.height), -1);
  letterbox_into(image.view(), box, kCentred, 127.5f, out);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      const float value = out[static_cast<std::size_t>(y * 32 + x)];
      if (x >= 30 || y >= 10) {
        EXPECT_EQ(value, 0);
      } else {
        EXPECT_FLOAT_EQ(value, static_cast<float>((pixel(image, x, y, 0) - 127.5) / 128));
      }
    }
  }
}

TEST(Letterbox, EnlargesBilinearlyAtHalfPixelCentres) {
  Image image = std::move(*Image::allocate(2, 1));
  const std::uint8_t pixels[] = {0, 0, 0, 255, 100, 100, 100, 255};
  std::copy(std::begin(pixels), std::end(pixels), image.data());
  const Letterbox box = letterbox_for(2, 1, 4, 1);
  std::vector<float> out(static_cast<std::size_t>(3 * box.width * box.height));
  letterbox_into(image.view(), box, kPlain, 0, out);
  EXPECT_FLOAT_EQ(out[0], 0);
  EXPECT_FLOAT_EQ(out[1], 25);
  EXPECT_FLOAT_EQ(out[2], 75);
  EXPECT_FLOAT_EQ(out[3], 100);
}

TEST(Crop, AveragesTheRegionAndPadsBeyondThePicture) {
  const Image image = noise(40, 30);
  const Box region{-7.3f, 12.6f, 31.7f, 31.7f};
  const int size = 9;
  const float pad = 114;
  std::vector<float> out(3 * size * size);
  crop_into(image.view(), region, size, kPlain, pad, out);
  const double step = static_cast<double>(region.width) / size;
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        const double x0 = region.x + x * step;
        const double y0 = region.y + y * step;
        const double expected = area_mean(image, x0, y0, x0 + step, y0 + step, c, pad);
        ASSERT_NEAR(out[static_cast<std::size_t>((c * size + y) * size + x)], expected, 1e-2);
      }
    }
  }
}

TEST(Crop, WhollyOutsideIsPadding) {
  const Image image = noise(8, 8);
  std::vector<float> out(3 * 4 * 4, -1);
  crop_into(image.view(), {100, 100, 20, 20}, 4, kPlain, 7, out);
  for (float value : out) EXPECT_EQ(value, 7);
  crop_into(image.view(), {-100, 2, 2, 2}, 4, kPlain, 7, out);
  for (float value : out) EXPECT_EQ(value, 7);
}

// tf.image.crop_and_resize samples first and last pixel at the box's ends, in units of (side - 1).
TEST(CropAndResize, SamplesFromCornerToCorner) {
  const Image image = noise(21, 11);
  std::vector<float> out(3 * 5 * 5);
  crop_and_resize_into(image.view(), {0, 0, 21, 11}, 5, kPlain, 0, out);
  EXPECT_FLOAT_EQ(out[0], static_cast<float>(pixel(image, 0, 0, 0)));
  EXPECT_NEAR(out[4], pixel(image, 20, 0, 0), 1e-2);
  EXPECT_NEAR(out[12], pixel(image, 10, 5, 0), 1e-2);
  EXPECT_NEAR(out[24], pixel(image, 20, 10, 0), 1e-2);
}

TEST(CropAndResize, OutsideIsThePadValue) {
  const Image image = noise(20, 20);
  std::vector<float> out(3 * 4 * 4);
  crop_and_resize_into(image.view(), {-20, 0, 30, 20}, 4, kCentred, 127.5f, out);
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 0);
  EXPECT_NE(out[3], 0);
}

}  // namespace
}  // namespace masklens
