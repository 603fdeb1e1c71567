#include "core/network/nms.h"

#include <cstdint>
#include <utility>

#include "core/base/box_grid.h"
#include "core/base/order.h"

namespace masklens {

std::vector<std::size_t> nms(std::span<const Box> boxes, std::span<const float> scores,
                             float threshold, Overlap overlap, Suppressor suppressor) {
  std::vector<std::size_t> kept;
  BoxGrid suppressors;
  const float least_iou = overlap == Overlap::kUnion ? threshold : 0;
  for (std::size_t candidate : best_first(scores)) {
    const Box& b = boxes[candidate];
    const bool dropped = suppressors.any(b, least_iou, [&](std::uint32_t, const Box& a) {
      return (overlap == Overlap::kUnion ? iou(a, b) : intersection_over_minimum(a, b)) > threshold;
    });
    if (!dropped) kept.push_back(candidate);
    if (!dropped || suppressor == Suppressor::kAny) suppressors.add(b);
  }
  return kept;
}

std::vector<Face> suppressed(const std::vector<Face>& faces, float threshold, Overlap overlap) {
  std::vector<Box> boxes;
  std::vector<float> scores;
  for (const Face& face : faces) {
    boxes.push_back(face.box);
    scores.push_back(face.score);
  }
  std::vector<Face> kept;
  for (std::size_t i : nms(boxes, scores, threshold, overlap)) kept.push_back(faces[i]);
  return kept;
}

void keep_best(std::vector<Face>& faces) {
  if (faces.size() <= kMostCandidates) return;
  std::vector<float> scores;
  scores.reserve(faces.size());
  for (const Face& face : faces) scores.push_back(face.score);
  std::vector<Face> best;
  for (std::size_t i : best_of(scores, kMostCandidates)) best.push_back(faces[i]);
  faces = std::move(best);
}

}  // namespace masklens
