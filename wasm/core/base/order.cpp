#include "core/base/order.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace masklens {
namespace {

// A whole order, so that sorting need not be stable: merging in place takes twice the code.
struct Before {
  std::span<const float> values;

  // NaN, which no order knows, comes last.
  float rank(std::size_t i) const {
    return values[i] == values[i] ? values[i] : -std::numeric_limits<float>::infinity();
  }
  bool operator()(std::size_t a, std::size_t b) const {
    const float ra = rank(a);
    const float rb = rank(b);
    return ra > rb || (ra == rb && a < b);
  }
};

std::vector<std::size_t> indices(std::size_t count) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

std::vector<std::size_t> best_first(std::span<const float> values) {
  std::vector<std::size_t> order = indices(values.size());
  std::sort(order.begin(), order.end(), Before{values});
  return order;
}

std::vector<std::size_t> best_of(std::span<const float> values, std::size_t most) {
  if (values.size() <= most) return indices(values.size());
  std::vector<std::size_t> best =
      best_first(values);  // nth_element would be quicker, and more code
  best.resize(most);
  std::sort(best.begin(), best.end());
  return best;
}

}  // namespace masklens
