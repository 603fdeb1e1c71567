// Multi-task cascaded networks (Zhang, Zhang, Li, Qiao 2016, "Joint Face Detection and Alignment
// Using Multitask Cascaded Convolutional Networks"): P-Net proposes over an image pyramid, R-Net
// refines, O-Net refines again and gives five landmarks.
//
// Where the paper is silent, the `mtcnn` Python package 1.0.0 is followed, so that both find the
// same faces with the same weights: area-averaged pyramid, the number of its levels, the +1 of box
// sides in R-Net's and O-Net's regression, suppression by any better box.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/network/detector.h"
#include "core/network/resample.h"

namespace masklens {

struct MtcnnConfig {
  Normalisation pnet_norm;
  Normalisation rnet_norm;
  Normalisation onet_norm;
  float pnet_threshold = 0;  // face probability, 0..1; likewise below
  float rnet_threshold = 0;
  float onet_threshold = 0;
  float factor = 0;             // from one pyramid level to the next, 0..1
  float min_face = 0;           // pixels of the source; the smallest face looked for
  float nms_per_scale = 0;      // IoU, within a pyramid level
  float nms_across_scales = 0;  // IoU, over all levels
  float rnet_nms = 0;           // IoU
  float onet_nms = 0;           // intersection over the smaller box
};

// The scales of the pyramid, largest first, each relative to the source picture. Empty when the
// picture is smaller than P-Net's 12 pixels.
std::vector<float> pyramid_scales(int width, int height, const MtcnnConfig& config);

// networks: P-Net, R-Net, O-Net.
std::unique_ptr<Detector> make_mtcnn(std::span<EntryReader> networks);

}  // namespace masklens
