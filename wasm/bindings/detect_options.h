// How options cross, for pictures and for frames alike.
#pragma once

#include <optional>

#include "bindings/values.h"
#include "core/pipeline/pipeline.h"

namespace masklens {

inline DetectOptions detect_options(const val& v) {
  DetectOptions options;
  read<DetectorKind, int>(v, "detector", options.detector);
  read<Quality, int>(v, "quality", options.quality);
  read<Refine, int>(v, "refine", options.refine);
  read(v, "tiles", options.tiles);
  read<std::optional<float>, float>(v, "minScore", options.min_score);
  read<std::optional<float>, float>(v, "minFace", options.min_face);
  read<std::optional<int>, int>(v, "maxSide", options.max_side);
  return options;
}

}  // namespace masklens
