// A small manifest for tests, with numbers of its own.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/network/manifest.h"
#include "core/pipeline/models.h"
#include "core/pipeline/pipeline.h"

namespace masklens::test {

inline constexpr double kOpen = std::numeric_limits<double>::quiet_NaN();

inline ManifestEntry network_entry(std::vector<double> shape) {
  ManifestEntry entry;
  entry.texts["file"] = {"network.onnx"};
  entry.texts["input.name"] = {"input"};
  entry.texts["input.layout"] = {"NCHW"};
  entry.texts["input.channels"] = {"RGB"};
  entry.numbers["input.shape"] = std::move(shape);
  entry.numbers["input.mean"] = {0, 0, 0};
  entry.numbers["input.scale"] = {1, 1, 1};
  return entry;
}

inline ManifestEntry one_stage_entry() {
  ManifestEntry entry = network_entry({1, 3, kOpen, kOpen});
  entry.texts["classes"] = {"correct", "incorrect", "unmasked"};
  entry.numbers["input.pad"] = {0};
  entry.numbers["input.multiple"] = {32};
  entry.numbers["outputs.stride"] = {8, 16, 32};
  entry.numbers["maxSide"] = {64};
  entry.numbers["minScore"] = {0.5};
  entry.numbers["nmsIou"] = {0.4};
  entry.numbers["temperature"] = {1};
  entry.numbers["uncertainMargin"] = {0.2};
  entry.numbers["minFace"] = {0};
  return entry;
}

inline void set_refinement(ManifestEntry& entry, double min_face, double weight, double margin) {
  entry.numbers["refine.minFace"] = {min_face};
  entry.numbers["refine.classifierWeight"] = {weight};
  entry.numbers["refine.maxMargin"] = {margin};
}

inline ManifestEntry crop_entry(double side) {
  ManifestEntry entry = network_entry({kOpen, 3, side, side});
  entry.texts["classes"] = {"correct", "incorrect", "unmasked"};
  entry.numbers["input.pad"] = {0};
  entry.numbers["margin"] = {0.2};
  entry.numbers["temperature"] = {1};
  entry.numbers["uncertainMargin"] = {0};
  entry.numbers["minFace"] = {0};
  return entry;
}

// The numbers of MTCNN's authors.
inline void add_mtcnn(Manifest& manifest) {
  manifest.detectors["cascade"].texts["kind"] = {"mtcnn"};
  manifest.detectors["cascade"].texts["networks.only"] = {"pnet", "rnet", "onet"};
  for (auto [name, side] : {std::pair{"pnet", kOpen}, {"rnet", 24.0}, {"onet", 48.0}}) {
    ManifestEntry& entry = manifest.networks[name];
    entry = network_entry({kOpen, 3, side, side});
    entry.numbers["input.mean"] = {127.5, 127.5, 127.5};
    entry.numbers["input.scale"] = {0.0078125, 0.0078125, 0.0078125};
    entry.numbers["threshold"] = {0.7};
    if (side == side) entry.numbers["nms"] = {0.7};
  }
  ManifestEntry& pnet = manifest.networks["pnet"];
  pnet.numbers["threshold"] = {0.6};
  pnet.numbers["factor"] = {0.709};
  pnet.numbers["minFace"] = {20};
  pnet.numbers["nmsPerScale"] = {0.5};
  pnet.numbers["nmsAcrossScales"] = {0.7};
}

// Detectors `plain` (one-stage, the default) and `cascade`, classifier `crops` of 16 pixels.
inline Manifest manifest() {
  Manifest manifest;
  manifest.defaults.texts["detector"] = {"plain"};
  manifest.defaults.texts["classifier"] = {"crops"};
  manifest.detectors["plain"].texts["kind"] = {"one-stage"};
  manifest.detectors["plain"].texts["networks.only"] = {"faces"};
  manifest.networks["faces"] = one_stage_entry();
  manifest.classifiers["crops"].texts["network"] = {"crops"};
  manifest.networks["crops"] = crop_entry(16);
  add_mtcnn(manifest);
  return manifest;
}

inline Models models(const Manifest& manifest = test::manifest()) {
  Result<Models> built = Models::build(manifest);
  if (!built) {
    std::fprintf(stderr, "%s\n", built.error().message.c_str());
    std::abort();
  }
  return std::move(*built);
}

}  // namespace masklens::test
