// YuNet (Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector") as OpenCV's model zoo
// has it: for each stride s an answer of class and object scores 0..1, boxes and five landmarks.
// At (row, column): centre = (column + dx, row + dy) * s, size = exp(.) * s, landmark = (column +
// x, row + y) * s; the score is the geometric mean of both.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/base/face.h"
#include "core/base/tensor.h"
#include "core/network/detector.h"
#include "core/network/working_picture.h"

namespace masklens {

struct YunetConfig {
  WorkingInput input;
  std::vector<int> strides;
  float min_score = 0;
  float nms_iou = 0;
};

// outputs: for each stride class scores, object scores, boxes, landmarks. Faces in source pixels,
// after suppression, best first.
Result<std::vector<Face>> decode_yunet(const std::vector<Tensor>& outputs,
                                       const Letterbox& letterbox, const YunetConfig& config);

std::unique_ptr<Detector> make_yunet(std::span<EntryReader> networks);

}  // namespace masklens
