// Non-maximum suppression: greedy by score.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/geometry.h"

namespace masklens {

enum class Overlap { kUnion, kMinimum };  // intersection over union, or over the smaller area

// Indices of the boxes kept, best score first; ties keep the earlier box. A box is dropped when its
// overlap with a kept one is above `threshold`.
std::vector<std::size_t> nms(std::span<const Box> boxes, std::span<const float> scores,
                             float threshold, Overlap overlap = Overlap::kUnion);

}  // namespace masklens
