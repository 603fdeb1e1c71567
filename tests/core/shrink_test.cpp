#include "core/codec/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fixtures.h"

namespace masklens {
namespace {

using test::decode_fixture;
using test::difference;

TEST(Shrink, APictureThatIsSmallEnoughIsCopiedExactly) {
  const Image image = decode_fixture("reference.png");
  for (const int side : {160, 161, 100'000}) {
    const Result<Image> copy = shrink(image.view(), side);
    ASSERT_TRUE(copy);
    EXPECT_EQ(difference(copy->view(), image.view()).largest, 0) << side;
  }
}

TEST(Shrink, TheLongerSideIsTheOneAskedForAndTheShorterAtLeastOne) {
  const Image image = decode_fixture("reference.png");  // 160 x 112
  for (const auto& [side, width, height] :
       {std::array{80, 80, 56}, std::array{37, 37, 26}, std::array{1, 1, 1}}) {
    const Result<Image> small = shrink(image.view(), side);
    ASSERT_TRUE(small);
    EXPECT_EQ(small->width(), width);
    EXPECT_EQ(small->height(), height);
  }
  Result<Image> line = Image::allocate(3000, 1);
  ASSERT_TRUE(line);
  std::fill(line->data(), line->data() + line->bytes(), std::uint8_t{255});
  const Result<Image> small = shrink(line->view(), 10);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->height(), 1);
  EXPECT_EQ(*std::min_element(small->data(), small->data() + small->bytes()), 255);
}

// Against the mean of every covered rectangle, worked out in floats.
TEST(Shrink, EveryPixelIsTheMeanOfWhatItCovers) {
  const Image image = decode_fixture("reference.png");
  for (const int side : {80, 63, 37, 7}) {
    const Result<Image> small = shrink(image.view(), side);
    ASSERT_TRUE(small);
    const double step_x = 160.0 / small->width();
    const double step_y = 112.0 / small->height();
    for (int y = 0; y < small->height(); ++y) {
      for (int x = 0; x < small->width(); ++x) {
        for (int c = 0; c < 3; ++c) {
          double sum = 0;
          for (int v = 0; v < 112; ++v) {
            const double high =
                std::min<double>(v + 1, (y + 1) * step_y) - std::max<double>(v, y * step_y);
            if (high <= 0) continue;
            for (int u = 0; u < 160; ++u) {
              const double wide =
                  std::min<double>(u + 1, (x + 1) * step_x) - std::max<double>(u, x * step_x);
              if (wide > 0) sum += wide * high * image.view().row(v)[u * kChannels + c];
            }
          }
          const int found = small->view().row(y)[x * kChannels + c];
          ASSERT_NEAR(found, sum / (step_x * step_y), 0.6) << side << ": " << x << "," << y;
        }
      }
    }
  }
}

}  // namespace
}  // namespace masklens
