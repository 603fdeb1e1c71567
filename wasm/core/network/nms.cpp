#include "core/network/nms.h"

#include <algorithm>
#include <numeric>

namespace masklens {

std::vector<std::size_t> nms(std::span<const Box> boxes, std::span<const float> scores,
                             float threshold, Overlap overlap, Suppressor suppressor) {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<std::size_t> kept;
  std::vector<std::size_t> suppressors;  // for kKept the same as kept
  for (std::size_t candidate : order) {
    const auto covers = [&](std::size_t better) {
      const Box& a = boxes[better];
      const Box& b = boxes[candidate];
      return (overlap == Overlap::kUnion ? iou(a, b) : intersection_over_minimum(a, b)) > threshold;
    };
    const bool dropped = std::any_of(suppressors.begin(), suppressors.end(), covers);
    if (!dropped) kept.push_back(candidate);
    if (!dropped || suppressor == Suppressor::kAny) suppressors.push_back(candidate);
  }
  return kept;
}

}  // namespace masklens
