// The cheapest way to pair rows with columns, each at most once.
#pragma once

#include <span>
#include <vector>

namespace masklens {

// A pair that may be made, and what it costs; finite. Pairs that are not listed are never made.
struct Pairing {
  int row = 0;
  int column = 0;
  double cost = 0;
};

// The column of each row, -1 for none, with the least sum of costs, where a row without a column
// costs `unpaired`: dearer pairs are not made. Optimal: shortest augmenting paths (Jonker and
// Volgenant 1987, "A shortest augmenting path algorithm for dense and sparse linear assignment
// problems"). Rows and columns that no chain of pairs connects are solved apart, so that a crowd
// costs little more than its groups.
std::vector<int> assign(int rows, int columns, std::span<const Pairing> pairs, double unpaired);

}  // namespace masklens
