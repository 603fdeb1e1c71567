// Which comes first by a number: one order for boxes, plates and whatever else is ranked.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace masklens {

// Indices by falling value; ties keep the earlier one first, NaN comes last.
std::vector<std::size_t> best_first(std::span<const float> values);

// Indices of the `most` best, in their own order; ties keep the earlier one.
std::vector<std::size_t> best_of(std::span<const float> values, std::size_t most);

}  // namespace masklens
