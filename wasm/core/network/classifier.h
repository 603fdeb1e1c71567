// The crop classifier: a square around each face, one batch for all faces of a picture.
#pragma once

#include <vector>

#include "core/base/coroutine.h"
#include "core/base/face.h"
#include "core/base/image.h"
#include "core/base/parallel.h"
#include "core/network/labels.h"
#include "core/network/resample.h"

namespace masklens {

struct ClassifierConfig {
  Normalisation norm;
  int size = 64;        // side of a crop in the network's input, pixels
  float margin = 0.2f;  // on each side of the box, as a share of its longer side
  float pad = 0;        // pixel value outside the picture
  float temperature = 1;
  Certainty certainty;
  std::vector<Label> classes{Label::kCorrect, Label::kIncorrect,
                             Label::kUnmasked};  // of the logits
};

// The square of the picture that the classifier looks at for a face.
Box classifier_region(const Box& face, float margin);

// The probabilities of each box, in order. A label that the network does not know has 0.
// `image`, `config` and `pool` outlive the task.
Task<Result<std::vector<Probabilities>>> classify(ImageView image, std::vector<Box> boxes,
                                                  const ClassifierConfig& config, WorkerPool& pool);

}  // namespace masklens
