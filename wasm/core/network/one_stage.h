// The one-stage detector: one look at the letterboxed picture gives, per cell of each stride, a
// face score, a box, the three labels and five landmarks.
//
// Channels of the output of stride s, at (row, column):
//   0      score logit; score = sigmoid
//   1..4   dx, dy, log w, log h: centre = (column + dx, row + dy) * s, size = exp(.) * s
//   5..7   label logits: correct, incorrect, unmasked; softmax after division by the temperature
//   8..17  five landmarks (x, y): (column + x, row + y) * s
#pragma once

#include <optional>
#include <vector>

#include "core/base/coroutine.h"
#include "core/base/face.h"
#include "core/base/image.h"
#include "core/network/labels.h"
#include "core/network/resample.h"

namespace masklens {

// How the crop classifier refines the labels: the geometric mean of both verdicts.
struct Refinement {
  float min_face = 0;           // pixels of the source; smaller faces keep the one-stage label
  float classifier_weight = 1;  // 0..1, exponent of the classifier's probabilities
  float max_margin = 1;         // between the two best; a surer one-stage label stands as it is
};

struct OneStageConfig {
  Normalisation norm;
  float pad = 0;  // pixel value
  int multiple = 32;
  std::vector<int> strides{8, 16, 32};  // of the outputs, in order
  int max_side = 640;                   // of the working picture
  float min_score = 0.5f;
  float nms_iou = 0.4f;
  float temperature = 1;  // of the label logits
  Certainty certainty;
  std::optional<Refinement> refinement;
};

// The faces in one answer, in source pixels, after suppression, best first.
Result<std::vector<Face>> decode_one_stage(const std::vector<Tensor>& outputs,
                                           const Letterbox& letterbox,
                                           const OneStageConfig& config);

// The parts of a large picture that are looked at one by one. A single part, the whole picture,
// when the picture is not larger than 1.5 times max_side.
std::vector<Box> tiles_for(int width, int height, int max_side);

// Faces with box, score, landmarks and probabilities, best first. With `tiles`, the whole picture
// and overlapping tiles of max_side pixels. `image` outlives the task.
Task<Result<std::vector<Face>>> detect_one_stage(ImageView image, Network network_id,
                                                 OneStageConfig config, bool tiles);

}  // namespace masklens
