// The kinds of detectors that there are: each is a file of its own, and a line here.

#include <array>
#include <string>
#include <vector>

#include "core/network/detector.h"
#include "core/network/mtcnn.h"
#include "core/network/one_stage.h"
#include "core/network/yunet.h"

namespace masklens {

Certainty read_certainty(EntryReader& reader) {
  constexpr double kMostSide = 65'535;
  return {reader.number("uncertainMargin", 0, 1), reader.number("minFace", 0, kMostSide)};
}

std::vector<std::string> label_names() {
  std::vector<std::string> names;
  names.reserve(kLabelCount);
  for (int i = 0; i < kLabelCount; ++i) names.emplace_back(label_name(static_cast<Label>(i)));
  return names;
}

std::span<const DetectorKind> detector_kinds() {
  static constexpr std::array<DetectorKind, 3> kKinds = {{
      {"one-stage", 1, &make_one_stage},
      {"mtcnn", 3, &make_mtcnn},
      {"yunet", 1, &make_yunet},
  }};
  return kKinds;
}

}  // namespace masklens
