#include "core/annotate/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/annotate/text.h"
#include "dice.h"

namespace masklens {
namespace {

void add_outline(CoverageMap& map, const std::vector<Point>& corners) {
  for (std::size_t i = 0; i < corners.size(); ++i) {
    map.add_edge(corners[i], corners[(i + 1) % corners.size()]);
  }
}

std::vector<std::vector<float>> finished(CoverageMap& map, int height) {
  std::vector<std::vector<float>> rows;
  for (int y = 0; y < height; ++y) {
    const auto row = map.finish_row(y);
    rows.emplace_back(row.begin(), row.end());
  }
  return rows;
}

float sum(const std::vector<std::vector<float>>& rows) {
  float sum = 0;
  for (const auto& row : rows) {
    for (const float value : row) sum += value;
  }
  return sum;
}

TEST(Coverage, OfEachPixelIsTheShareOfItsAreaThatLiesInside) {
  CoverageMap map(4, 3);
  add_outline(map, {{0.5f, 0.25f}, {3.25f, 0.25f}, {3.25f, 2}, {0.5f, 2}});
  const auto rows = finished(map, 3);
  const std::vector<float> first = {0.375f, 0.75f, 0.75f, 0.1875f};
  const std::vector<float> second = {0.5f, 1, 1, 0.25f};
  for (std::size_t x = 0; x < 4; ++x) {
    EXPECT_FLOAT_EQ(rows[0][x], first[x]) << x;
    EXPECT_FLOAT_EQ(rows[1][x], second[x]) << x;
    EXPECT_EQ(rows[2][x], 0) << x;
  }
}

TEST(Coverage, OfASlantedEdgeIsTheTriangleBelowIt) {
  CoverageMap map(2, 1);
  add_outline(map, {{0, 0}, {2, 1}, {0, 1}});
  const auto rows = finished(map, 1);
  EXPECT_FLOAT_EQ(rows[0][0], 0.75f);
  EXPECT_FLOAT_EQ(rows[0][1], 0.25f);
}

TEST(Coverage, OfAContourThatTurnsTheOtherWayIsAHoleAndOfOneTwiceIsWhole) {
  CoverageMap map(6, 6);
  add_outline(map, {{0, 0}, {6, 0}, {6, 6}, {0, 6}});
  add_outline(map, {{2, 2}, {2, 4}, {4, 4}, {4, 2}});
  add_outline(map, {{0, 5}, {6, 5}, {6, 6}, {0, 6}});
  const auto rows = finished(map, 6);
  EXPECT_EQ(rows[3][3], 0);
  EXPECT_EQ(rows[3][1], 1);
  EXPECT_EQ(rows[5][3], 1);
  EXPECT_FLOAT_EQ(sum(rows), 32);
}

TEST(Coverage, AddsUpToTheAreaOfAnyTriangle) {
  test::Dice dice(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Point> corners(3);
    for (Point& corner : corners) corner = {16 * dice.roll(), 12 * dice.roll()};
    const float area = std::abs((corners[1].x - corners[0].x) * (corners[2].y - corners[0].y) -
                                (corners[2].x - corners[0].x) * (corners[1].y - corners[0].y)) /
                       2;
    CoverageMap map(16, 12);
    add_outline(map, corners);
    EXPECT_NEAR(sum(finished(map, 12)), area, 0.01f + area * 1e-3f) << round;
  }
}

TEST(Coverage, OfCurvesIsThatOfTheirParabola) {
  CoverageMap map(20, 20);
  map.add_curve({0, 20}, {10, 0}, {20, 20});
  map.add_edge({20, 20}, {0, 20});
  EXPECT_NEAR(sum(finished(map, 20)), 20.0f * 10 * 2 / 3, 0.5f);
}

TEST(Coverage, IsZeroToOneWhateverReachesOut) {
  CoverageMap map(5, 5);
  add_outline(map, {{-100, -50}, {300, 2}, {4, 900}, {-7, 3}});
  for (const auto& row : finished(map, 5)) {
    for (const float value : row) {
      EXPECT_GE(value, 0);
      EXPECT_LE(value, 1);
    }
  }
}

Image black(int width, int height) {
  Result<Image> image = Image::allocate(width, height);
  EXPECT_TRUE(image);
  std::fill_n(image->data(), image->bytes(), std::uint8_t{0});
  return std::move(*image);
}

TEST(LabelFont, DrawsALetterAtItsPlaceAndAsDarkAsItsStrokesAreWide) {
  const LabelFont font;
  Image image = black(200, 120);
  const Color white = {255, 255, 255, 1};
  font.draw(image, "I", 100, {50.25f, 100}, white);
  // Roboto's I: 0.279 em wide, its stem 0.123 em wide and 0.711 em high.
  EXPECT_NEAR(font.width("I", 100), 28, 0.6f);
  double light = 0;
  int left = 200;
  int right = -1;
  int top = 120;
  int bottom = -1;
  for (int y = 0; y < 120; ++y) {
    for (int x = 0; x < 200; ++x) {
      const int value = image.view().row(y)[x * kChannels];
      light += value / 255.0;
      if (value < 128) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  }
  EXPECT_NEAR(light, 12.3 * 71.1, 15);
  EXPECT_NEAR(left, 58, 1);
  EXPECT_NEAR(right, 70, 1);
  EXPECT_NEAR(top, 29, 1);
  EXPECT_EQ(bottom, 99);
}

TEST(LabelFont, LeavesAHoleInAnO) {
  const LabelFont font;
  Image image = black(100, 120);
  font.draw(image, "O", 100, {10, 100}, {255, 255, 255, 1});
  const int middle = 10 + static_cast<int>(font.width("O", 100) / 2);
  EXPECT_EQ(image.view().row(65)[middle * kChannels], 0);
  EXPECT_EQ(image.view().row(65)[(middle - 24) * kChannels], 255);
  EXPECT_EQ(image.view().row(65)[(middle + 24) * kChannels], 255);
}

}  // namespace
}  // namespace masklens
