// The crop classifier: a square around each face, one batch for all faces of a picture.
#pragma once

#include <string>
#include <vector>

#include "core/base/coroutine.h"
#include "core/base/face.h"
#include "core/base/image.h"
#include "core/base/parallel.h"
#include "core/network/labels.h"
#include "core/network/manifest.h"
#include "core/network/resample.h"

namespace masklens {

struct ClassifierConfig {
  std::string network;
  Normalisation norm;
  int size = 0;      // side of a crop in the network's input, pixels
  float margin = 0;  // on each side of the box, as a share of its longer side
  float pad = 0;     // pixel value outside the picture
  float temperature = 1;
  Certainty certainty;
  std::vector<Label> classes;  // of the logits
};

ClassifierConfig read_classifier(EntryReader& reader);

// How the faces of a picture were seen: their crops are seen likewise.
struct Sight {
  int turns = 0;   // quarter turns clockwise
  float gain = 1;  // of the light
};

// The square of the picture that the classifier looks at for a face.
Box classifier_region(const Box& face, float margin);

// The probabilities of each box, in order. A label that the network does not know has 0.
// `image`, `config` and `pool` outlive the task.
Task<Result<std::vector<Probabilities>>> classify(ImageView image, std::vector<Box> boxes,
                                                  Sight sight, const ClassifierConfig& config,
                                                  WorkerPool& pool);

}  // namespace masklens
