#include "core/base/order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace masklens {
namespace {

using Indices = std::vector<std::size_t>;

TEST(Order, TheBestComesFirstTiesAndWhatIsNoNumberAsTheyStood) {
  EXPECT_EQ(best_first(std::vector<float>{NAN, 0.1f, 0.9f, NAN, 0.5f, 0.9f, 0.5f}),
            (Indices{2, 5, 4, 6, 1, 0, 3}));
  EXPECT_EQ(best_first(std::vector<float>{}), Indices{});
}

TEST(Order, TiesOfManyKeepTheirOrder) {
  const std::vector<float> alike(5000, 0.5f);
  const Indices order = best_first(alike);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

TEST(Order, TheBestOfManyStayInTheirOrder) {
  EXPECT_EQ(best_of(std::vector<float>{0.1f, 0.9f, 0.5f, 0.5f, 0.5f}, 3), (Indices{1, 2, 3}));
  EXPECT_EQ(best_of(std::vector<float>{0.1f, 0.9f}, 3), (Indices{0, 1}));
  EXPECT_EQ(best_of(std::vector<float>{NAN, 0.9f, NAN}, 1), (Indices{1}));
}

}  // namespace
}  // namespace masklens
