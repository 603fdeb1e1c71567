// Pairing against trying out every way.
#include "core/pipeline/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "dice.h"

namespace masklens {
namespace {

using test::Dice;

double total(const std::vector<int>& answer, std::span<const Pairing> pairs, double unpaired) {
  double sum = 0;
  for (std::size_t row = 0; row < answer.size(); ++row) {
    if (answer[row] < 0) {
      sum += unpaired;
      continue;
    }
    const auto pair = std::find_if(pairs.begin(), pairs.end(), [&](const Pairing& p) {
      return p.row == static_cast<int>(row) && p.column == answer[row];
    });
    if (pair == pairs.end()) return 1e9;
    sum += pair->cost;
  }
  return sum;
}

double least(int row, int rows, std::vector<bool>& taken, std::span<const Pairing> pairs,
             double unpaired) {
  if (row == rows) return 0;
  double best = unpaired + least(row + 1, rows, taken, pairs, unpaired);
  for (const Pairing& pair : pairs) {
    if (pair.row != row || taken[static_cast<std::size_t>(pair.column)]) continue;
    taken[static_cast<std::size_t>(pair.column)] = true;
    best = std::min(best, pair.cost + least(row + 1, rows, taken, pairs, unpaired));
    taken[static_cast<std::size_t>(pair.column)] = false;
  }
  return best;
}

TEST(Assignment, CostsAsLittleAsTheBestOfAllWays) {
  Dice dice(7);
  for (int round = 0; round < 300; ++round) {
    const int rows = 1 + static_cast<int>(dice.roll() * 5);
    const int columns = 1 + static_cast<int>(dice.roll() * 5);
    const double share = dice.roll();
    std::vector<Pairing> pairs;
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        if (dice.roll() < share) pairs.push_back({row, column, dice.roll()});
      }
    }
    const std::vector<int> answer = assign(rows, columns, pairs, 0.8);
    std::vector<int> used;
    for (int column : answer) {
      if (column >= 0) used.push_back(column);
    }
    std::sort(used.begin(), used.end());
    EXPECT_EQ(std::adjacent_find(used.begin(), used.end()), used.end());
    std::vector<bool> taken(static_cast<std::size_t>(columns), false);
    EXPECT_NEAR(total(answer, pairs, 0.8), least(0, rows, taken, pairs, 0.8), 1e-9);
  }
}

TEST(Assignment, NothingToPairIsAnAnswer) {
  EXPECT_TRUE(assign(0, 3, {}, 1).empty());
  EXPECT_EQ(assign(2, 0, {}, 1), (std::vector<int>{-1, -1}));
}

TEST(Assignment, ThousandsInSmallGroupsAreQuick) {
  std::vector<Pairing> pairs;
  for (int row = 0; row < 3000; ++row) {
    for (int step = -1; step <= 1; ++step) {
      const int column = row + step;
      if (column >= 0 && column < 3000 && row / 6 == column / 6) {
        pairs.push_back({row, column, 0.1 * std::abs(step)});
      }
    }
  }
  std::vector<int> straight(3000);
  std::iota(straight.begin(), straight.end(), 0);
  EXPECT_EQ(assign(3000, 3000, pairs, 1), straight);
}

}  // namespace
}  // namespace masklens
