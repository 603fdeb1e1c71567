// The way through: picture -> faces -> labels, one request to a network at a time.
//
//   pipeline.start(image, options);
//   while (const Request* request = pipeline.next()) pipeline.feed(run(*request));
//   use(pipeline.detection());
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/coroutine.h"
#include "core/base/parallel.h"
#include "core/pipeline/models.h"

namespace masklens {

enum class Refine { kAuto, kAlways, kNever };
enum class Turn { kAuto, kNever };

// Names are the manifest's; empty ones stand for its defaults.
struct DetectOptions {
  std::string detector;
  std::string quality;  // size of the detector; one that has a single size has it for all
  std::string classifier;
  bool live = false;  // the defaults are those of the manifest for live video
  Refine refine = Refine::kAuto;
  // Where no face is found upright, the picture is looked at on its sides and on its head.
  Turn turn = Turn::kAuto;
  bool tiles = false;
  std::optional<float> min_score;  // 0..1; the detector's own when absent
  std::optional<float> min_face;   // short side, source pixels
  std::optional<int> max_side;     // of the detector's working picture
  float side_share = 1;            // of that side, 0..1: less where the machine is slow
  std::optional<Box> region;       // only this part of the picture is looked at; pixels
  // Fainter faces than min_score are kept down to this score, for those who follow faces over time.
  std::optional<float> faint_score;
};

struct Timing {
  double detect_ms = 0;    // finding, the networks' time included
  double classify_ms = 0;  // likewise
};

struct Detection {
  int width = 0;
  int height = 0;
  std::vector<Face> faces;  // best score first; boxes lie within the picture
  Timing timing;
  float min_score = 0;  // in force: the one asked for, or the detector's own
  Certainty certainty;  // by which the faces were judged
};

// Asked between finding and labelling. `found` has the faces with the detector's own probabilities
// (all 0 where it has none), in the order of the result, and the min_score in force; the answer
// says of each face whether the classifier may look at it.
using ChooseFaces = std::function<std::vector<bool>(const Detection& found)>;

class Pipeline {
 public:
  Pipeline(Models models, int threads);

  // The networks that a picture with these options may ask for. Errors: model-mismatch for a name
  // that the manifest does not have.
  Result<std::vector<std::string>> networks_for(const DetectOptions& options) const;

  // Begins with a picture, which must stay until the end; a run under way is given up. Without
  // `choose`, the rules alone say which faces the classifier looks at.
  void start(ImageView image, const DetectOptions& options, ChooseFaces choose = {});

  // The network to run next; nullptr when finished.
  const Request* next();

  // The outputs for the last request, in the manifest's order.
  void feed(std::vector<Tensor> outputs);

  // After next() gave nullptr. Errors: model-mismatch, image-too-large.
  const Result<Detection>& detection() const { return *detection_; }

 private:
  Task<Result<Detection>> run(ImageView image, DetectOptions options, ChooseFaces choose);

  Models models_;
  WorkerPool pool_;
  std::unique_ptr<Steps> steps_;
  Task<Result<Detection>> task_;
  std::optional<Result<Detection>> detection_;
};

}  // namespace masklens
