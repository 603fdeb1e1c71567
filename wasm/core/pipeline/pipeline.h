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
#include <string_view>
#include <vector>

#include "core/base/coroutine.h"
#include "core/base/parallel.h"
#include "core/network/classifier.h"
#include "core/network/mtcnn.h"
#include "core/network/one_stage.h"

namespace masklens {

enum class DetectorKind { kOneStage, kMtcnn };
enum class Quality { kAccurate, kFast };
enum class Refine { kAuto, kAlways, kNever };

// What is known of the networks; a part that is absent cannot be asked for.
struct PipelineConfig {
  std::optional<MtcnnConfig> mtcnn;
  std::optional<OneStageConfig> one_stage_accurate;
  std::optional<OneStageConfig> one_stage_fast;
  std::optional<ClassifierConfig> classifier;
  int threads = 1;

  // Takes a number, or a list of them, from the manifest's entry of a network: the key is the path
  // of names joined by dots ("input.mean", "nmsIou"), labels are their indices. The network's part
  // of the configuration begins to exist. False when nothing here is called so, which is no fault:
  // the manifest tells people more than the core needs.
  bool set(std::string_view network, std::string_view key, std::span<const float> values);
};

struct DetectOptions {
  DetectorKind detector = DetectorKind::kOneStage;
  Quality quality = Quality::kAccurate;
  Refine refine = Refine::kAuto;
  bool tiles = false;
  std::optional<float> min_score;  // 0..1; the detector's own when absent
  std::optional<float> min_face;   // short side, source pixels
  std::optional<int> max_side;     // of the one-stage network's working picture
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
  explicit Pipeline(PipelineConfig config);

  // Begins with a picture, which must stay until the end; a run under way is given up. Without
  // `choose`, the rules alone say which faces the classifier looks at.
  void start(ImageView image, const DetectOptions& options, ChooseFaces choose = {});

  // The network to run next; nullptr when finished.
  const Request* next();

  // The outputs for the last request, in the manifest's order.
  void feed(std::vector<Tensor> outputs);

  // After next() gave nullptr. Errors: model-mismatch (also when a part that was asked for is not
  // in the configuration).
  const Result<Detection>& detection() const { return *detection_; }

 private:
  Task<Result<Detection>> run(ImageView image, DetectOptions options, ChooseFaces choose);

  PipelineConfig config_;
  WorkerPool pool_;
  std::unique_ptr<Steps> steps_;
  Task<Result<Detection>> task_;
  std::optional<Result<Detection>> detection_;
};

}  // namespace masklens
