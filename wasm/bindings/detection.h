// How options cross, for pictures and for frames alike.
#pragma once

#include <optional>
#include <string>

#include "bindings/values.h"
#include "core/pipeline/pipeline.h"

namespace masklens {

inline DetectOptions detect_options(const val& v) {
  DetectOptions options;
  read(v, "detector", options.detector);
  read(v, "quality", options.quality);
  read(v, "classifier", options.classifier);
  read(v, "live", options.live);
  read<Refine, int>(v, "refine", options.refine);
  read<Turn, int>(v, "turn", options.turn);
  read(v, "tiles", options.tiles);
  read<std::optional<float>, float>(v, "minScore", options.min_score);
  read<std::optional<float>, float>(v, "minFace", options.min_face);
  read<std::optional<int>, int>(v, "maxSide", options.max_side);
  read(v, "sideShare", options.side_share);
  if (const val region = v["region"]; !region.isUndefined() && !region.isNull()) {
    Box& box = options.region.emplace();
    read(region, "x", box.x);
    read(region, "y", box.y);
    read(region, "width", box.width);
    read(region, "height", box.height);
  }
  return options;
}

inline val detected(const Detection& detection) {
  val out = val::object();
  out.set("width", detection.width);
  out.set("height", detection.height);
  out.set("faces", copied(flatten(detection.faces)));
  out.set("detectMs", detection.timing.detect_ms);
  out.set("classifyMs", detection.timing.classify_ms);
  return out;
}

}  // namespace masklens
