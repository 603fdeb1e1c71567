// Non-maximum suppression, of boxes and of faces.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/face.h"
#include "core/base/geometry.h"

namespace masklens {

enum class Overlap { kUnion, kMinimum };  // intersection over union, or over the smaller area

// What may suppress a box: a better box that was kept (greedy, the usual), or any better box, kept
// or not, as the `mtcnn` Python package has it (drops more in chains of overlapping boxes).
enum class Suppressor { kKept, kAny };

// More candidates than these never reach a suppression: the best of them do. No picture has as many
// faces; a network that is wrong, or is asked for every score, may say so.
inline constexpr std::size_t kMostCandidates = 20'000;

// Indices of the boxes kept, best score first; ties keep the earlier box first. A box is dropped
// when its overlap with a suppressor is above `threshold`, 0..1. Boxes without a positive, finite
// area overlap nothing. Time grows with the number of boxes, not with its square.
std::vector<std::size_t> nms(std::span<const Box> boxes, std::span<const float> scores,
                             float threshold, Overlap overlap = Overlap::kUnion,
                             Suppressor suppressor = Suppressor::kKept);

// The faces that are kept, best first.
std::vector<Face> suppressed(const std::vector<Face>& faces, float threshold, Overlap overlap);

// Leaves the best kMostCandidates.
void keep_best(std::vector<Face>& faces);

}  // namespace masklens
