// Non-maximum suppression.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/geometry.h"

namespace masklens {

enum class Overlap { kUnion, kMinimum };  // intersection over union, or over the smaller area

// What may suppress a box: a better box that was kept (greedy, the usual), or any better box, kept
// or not, as the `mtcnn` Python package has it (drops more in chains of overlapping boxes).
enum class Suppressor { kKept, kAny };

// Indices of the boxes kept, best score first; ties keep the earlier box first. A box is dropped
// when its overlap with a suppressor is above `threshold`.
std::vector<std::size_t> nms(std::span<const Box> boxes, std::span<const float> scores,
                             float threshold, Overlap overlap = Overlap::kUnion,
                             Suppressor suppressor = Suppressor::kKept);

}  // namespace masklens
