// Multi-task cascaded networks (Zhang, Zhang, Li, Qiao 2016, "Joint Face Detection and Alignment
// Using Multitask Cascaded Convolutional Networks"): P-Net proposes over an image pyramid, R-Net
// refines, O-Net refines again and gives five landmarks.
//
// Where the paper is silent, the `mtcnn` Python package 1.0.0 is followed, so that both find the
// same faces with the same weights: area-averaged pyramid, the number of its levels, the +1 of box
// sides in R-Net's and O-Net's regression, suppression by any better box.
#pragma once

#include <vector>

#include "core/base/coroutine.h"
#include "core/base/face.h"
#include "core/base/image.h"
#include "core/base/parallel.h"
#include "core/network/resample.h"

namespace masklens {

struct MtcnnConfig {
  Normalisation norm{{127.5f, 127.5f, 127.5f}, {0.0078125f, 0.0078125f, 0.0078125f}};
  float pnet_threshold = 0.6f;  // face probability, 0..1; likewise below
  float rnet_threshold = 0.7f;
  float onet_threshold = 0.7f;
  float factor = 0.709f;           // from one pyramid level to the next, 0..1
  float min_face = 20;             // pixels of the source; the smallest face looked for
  float nms_per_scale = 0.5f;      // IoU, within a pyramid level
  float nms_across_scales = 0.7f;  // IoU, over all levels
  float rnet_nms = 0.7f;           // IoU
  float onet_nms = 0.7f;           // intersection over the smaller box
};

// The scales of the pyramid, largest first, each relative to the source picture. Empty when the
// picture is smaller than P-Net's 12 pixels.
std::vector<float> pyramid_scales(int width, int height, const MtcnnConfig& config);

// Faces with box, score and landmarks, best first. `image` and `pool` outlive the task.
Task<Result<std::vector<Face>>> detect_mtcnn(ImageView image, MtcnnConfig config, WorkerPool& pool);

}  // namespace masklens
