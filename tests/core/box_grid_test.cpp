// The grid finds every box that overlaps, and looks at few others.
#include "core/base/box_grid.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace masklens {
namespace {

using Indices = std::vector<std::size_t>;

// Sizes from a tenth of a pixel to thousands, shapes from slivers to squares, some in heaps.
std::vector<Box> random_boxes(std::size_t count, std::mt19937& random) {
  std::uniform_real_distribution<float> place(-200, 1200);
  std::uniform_real_distribution<float> power(-3, 11);
  std::vector<Box> boxes;
  while (boxes.size() < count) {
    Box box{place(random), place(random), std::exp2(power(random)), std::exp2(power(random))};
    if (random() % 3 == 0) box.height = box.width;
    if (random() % 3 == 0) box.x = box.y = 100;
    boxes.push_back(box);
  }
  return boxes;
}

TEST(BoxGrid, FindsWhateverOverlaps) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const std::vector<Box> boxes = random_boxes(300, random);
    BoxGrid grid;
    for (const Box& box : boxes) grid.add(box);
    Indices found;
    for (const Box& box : random_boxes(100, random)) {
      for (float threshold : {0.0f, 0.4f, 0.9f}) {
        grid.collect(box, threshold, boxes.size(), found);
        EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
        for (std::uint32_t i = 0; i < boxes.size(); ++i) {
          if (!(iou(box, boxes[i]) > threshold)) continue;
          EXPECT_TRUE(std::binary_search(found.begin(), found.end(), i));
        }
      }
    }
  }
}

TEST(BoxGrid, BoxesWithoutAFiniteAreaAreNeverFoundAndFindNothing) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  BoxGrid grid;
  const std::vector<Box> odd = {{0, 0, 0, 5},    {0, 0, -1, 5},   {kNan, 0, 5, 5}, {0, 0, kNan, 5},
                                {0, 0, kInf, 5}, {kInf, 0, 5, 5}, {0, -kInf, 5, 5}};
  for (const Box& box : odd) grid.add(box);
  grid.add({1, 1, 2, 2});
  Indices found;
  grid.collect({0, 0, 5, 5}, 0, 9, found);
  EXPECT_EQ(found, (Indices{odd.size()}));
  for (const Box& box : odd) {
    grid.collect(box, 0, 9, found);
    EXPECT_TRUE(found.empty());
  }
}

TEST(BoxGrid, SizesAndPlacesBeyondAnyPictureAreNoHarm) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const std::vector<Box> boxes = {
      {-kMost, 0, kMost, 1}, {3e38f, 3e38f, 1e-38f, 1e-38f}, {0, 0, 1e-44f, 1e-44f}, {0, 0, 1, 1}};
  BoxGrid grid;
  for (const Box& box : boxes) grid.add(box);
  Indices found;
  grid.collect({0, 0, 1, 1}, 0, 9, found);
  EXPECT_TRUE(std::binary_search(found.begin(), found.end(), 3U));
}

// The size of a face is spread over the octaves of a picture; the number of boxes that are looked
// at must not grow with the number that there are.
TEST(BoxGrid, LooksAtFewBoxesHoweverManyThereAre) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> power(3, 6);
  for (std::size_t count : {5'000U, 50'000U}) {
    // As dense in the large picture as in the small one.
    std::uniform_real_distribution<float> place(0, 10 * std::sqrt(static_cast<float>(count)));
    BoxGrid grid;
    std::size_t visits = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const float side = std::exp2(power(random));
      const Box box{place(random), place(random), side, side};
      grid.any(box, 0.4f, [&](std::uint32_t, const Box&) { return ++visits == 0; });
      grid.add(box);
    }
    EXPECT_LT(visits, 60 * count);
  }
}

}  // namespace
}  // namespace masklens
