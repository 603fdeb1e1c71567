// The one-stage detector: one look at the letterboxed picture gives, per cell of each stride, a
// face score, a box, the three labels and five landmarks.
//
// Channels of the output of stride s, at (row, column):
//   0      score logit; score = sigmoid
//   1..4   dx, dy, log w, log h: centre = (column + dx, row + dy) * s, size = exp(.) * s
//   5..7   label logits: correct, incorrect, unmasked; softmax after division by the temperature
//   8..17  five landmarks (x, y): (column + x, row + y) * s
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/face.h"
#include "core/base/tensor.h"
#include "core/network/detector.h"
#include "core/network/working_picture.h"

namespace masklens {

struct OneStageConfig {
  WorkingInput input;
  std::vector<int> strides;  // of the outputs, in order
  float min_score = 0;
  float nms_iou = 0;
  float temperature = 1;  // of the label logits
  Labelling labelling;
};

OneStageConfig read_one_stage(EntryReader& reader);

// The faces in one answer, in source pixels, after suppression, best first. Cells at the right and
// below that lie outside the working picture in part are cells all the same.
Result<std::vector<Face>> decode_one_stage(const std::vector<Tensor>& outputs,
                                           const Letterbox& letterbox,
                                           const OneStageConfig& config);

// The parts of a large picture that are looked at one by one. A single part, the whole picture,
// when the picture is not larger than 1.5 times max_side.
std::vector<Box> tiles_for(int width, int height, int max_side);

std::unique_ptr<Detector> make_one_stage(std::span<EntryReader> networks);

}  // namespace masklens
