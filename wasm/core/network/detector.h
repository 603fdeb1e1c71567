// What finds faces: a picture in, faces out, with questions to networks in between. A kind of
// detector is one file beside this one, and one line in detector_kinds.cpp.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/coroutine.h"
#include "core/base/face.h"
#include "core/base/image.h"
#include "core/base/parallel.h"
#include "core/base/result.h"
#include "core/network/labels.h"
#include "core/network/manifest.h"

namespace masklens {

// How the crop classifier refines the labels: the geometric mean of both verdicts.
struct Refinement {
  float min_face = 0;           // pixels of the source; smaller faces keep the detector's label
  float classifier_weight = 1;  // 0..1, exponent of the classifier's probabilities
  float max_margin = 1;         // between the two best; a surer label of the detector stands
};

// Reads uncertainMargin and minFace.
Certainty read_certainty(EntryReader& reader);

// In the order of Label.
std::vector<std::string> label_names();

// Of a detector that says of its faces how a mask is worn.
struct Labelling {
  Certainty certainty;
  std::optional<Refinement> refinement;  // absent: the classifier has no say unless asked for
};

// What is asked of a picture. What is absent is the detector's own.
struct Look {
  std::optional<float> min_score;  // 0..1
  std::optional<float> min_face;   // short side, source pixels
  std::optional<int> max_side;     // of the working picture
  bool tiles = false;              // overlapping parts of a very large picture as well
  int turns = 0;   // quarter turns clockwise that the picture is looked at with, 0..3
  float gain = 0;  // of the light, as an earlier look found it; 0: to be found
};

struct Found {
  // Box, score, landmarks and, from a detector that labels, probabilities; best first, in pixels of
  // the picture as it was looked at, turned.
  std::vector<Face> faces;
  float gain = 1;  // by which the light was raised (light.h); the classifier's crops want the same
};

class Detector {
 public:
  Detector() = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;
  virtual ~Detector() = default;

  // `image`, `pool` and the detector outlive the task. Errors: model-mismatch, image-too-large.
  virtual Task<Result<Found>> find(ImageView image, Look look, WorkerPool& pool) const = 0;

  // The score from which on it says that something is a face.
  virtual float min_score() const = 0;

  // nullptr: it finds faces only, and the classifier labels them all.
  virtual const Labelling* labelling() const { return nullptr; }

  // Longer side of its working picture; nothing: it has none that could be chosen.
  virtual std::optional<int> max_side() const { return std::nullopt; }

  // Whether it heeds Look::turns.
  virtual bool can_turn() const { return false; }
};

// A way to find faces, of which the manifest's detectors are instances with networks and numbers.
struct DetectorKind {
  std::string_view name;
  std::size_t networks = 1;  // how many it needs, in its own order
  // Reads everything that the networks' entries say. What is wrong with them the readers know.
  std::unique_ptr<Detector> (*make)(std::span<EntryReader> networks);
};

std::span<const DetectorKind> detector_kinds();

}  // namespace masklens
