#include "core/pipeline/pipeline.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

namespace masklens {
namespace {

class Stopwatch {
 public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Error not_configured(const char* what) {
  return {ErrorCode::kModelMismatch, std::string("The manifest has no ") + what +
                                         ". Choose another, or fetch the models again."};
}

Box clamped(const Box& box, ImageView image) {
  const float left = std::clamp(box.x, 0.0f, static_cast<float>(image.width));
  const float top = std::clamp(box.y, 0.0f, static_cast<float>(image.height));
  const float right = std::clamp(box.right(), left, static_cast<float>(image.width));
  const float bottom = std::clamp(box.bottom(), top, static_cast<float>(image.height));
  return {left, top, right - left, bottom - top};
}

const std::optional<OneStageConfig>& one_stage_of(const PipelineConfig& config, Quality quality) {
  return quality == Quality::kAccurate ? config.one_stage_accurate : config.one_stage_fast;
}

Task<Result<std::vector<Face>>> find_faces(ImageView image, const PipelineConfig& config,
                                           const DetectOptions& options, WorkerPool& pool) {
  if (options.detector == DetectorKind::kMtcnn) {
    if (!config.mtcnn) co_return not_configured("MTCNN networks");
    MtcnnConfig mtcnn = *config.mtcnn;
    if (options.min_score) mtcnn.onet_threshold = *options.min_score;
    if (options.min_face) mtcnn.min_face = std::max(1.0f, *options.min_face);
    co_return co_await detect_mtcnn(image, mtcnn, pool);
  }
  const std::optional<OneStageConfig>& chosen = one_stage_of(config, options.quality);
  if (!chosen) co_return not_configured("one-stage network of this quality");
  OneStageConfig one_stage = *chosen;
  if (options.min_score) one_stage.min_score = *options.min_score;
  if (options.max_side) one_stage.max_side = *options.max_side;
  co_return co_await detect_one_stage(
      image,
      options.quality == Quality::kAccurate ? Network::kOneStageAccurate : Network::kOneStageFast,
      one_stage, options.tiles);
}

float min_score_of(const PipelineConfig& config, const DetectOptions& options) {
  if (options.min_score) return *options.min_score;
  if (options.detector == DetectorKind::kMtcnn) {
    return config.mtcnn ? config.mtcnn->onet_threshold : 0;
  }
  const std::optional<OneStageConfig>& chosen = one_stage_of(config, options.quality);
  return chosen ? chosen->min_score : 0;
}

// Which faces the classifier looks at, and what its word weighs there.
Refinement refinement_for(const PipelineConfig& config, const DetectOptions& options) {
  constexpr Refinement kEveryFace{0, 1};
  constexpr Refinement kNoFace{std::numeric_limits<float>::infinity(), 0};
  if (options.detector == DetectorKind::kMtcnn) return kEveryFace;
  if (options.refine == Refine::kNever || !config.classifier) return kNoFace;
  // One that knows fewer labels was chosen on purpose, and a mean would rule the others out.
  if (config.classifier->classes.size() < kLabelCount) return kEveryFace;
  const std::optional<Refinement>& rule = one_stage_of(config, options.quality)->refinement;
  if (options.refine == Refine::kAuto) return rule.value_or(kNoFace);
  return {0, rule ? rule->classifier_weight : 1};
}

}  // namespace

Pipeline::Pipeline(PipelineConfig config) : config_(std::move(config)), pool_(config_.threads) {}

void Pipeline::start(ImageView image, const DetectOptions& options, ChooseFaces choose) {
  detection_.reset();
  task_ = run(image, options, std::move(choose));
  steps_ = std::make_unique<Steps>();
  task_.start(*steps_);
}

const Request* Pipeline::next() {
  if (!steps_) return nullptr;
  const Request* const request = steps_->next();
  if (!request && task_.done()) {
    detection_.emplace(std::move(task_.value()));
    task_ = {};
    steps_.reset();
  }
  return request;
}

void Pipeline::feed(std::vector<Tensor> outputs) {
  if (steps_) steps_->feed(std::move(outputs));
}

Task<Result<Detection>> Pipeline::run(ImageView image, DetectOptions options, ChooseFaces choose) {
  Detection detection{image.width, image.height, {}, {}, min_score_of(config_, options), {}};
  if (options.faint_score) options.min_score = std::min(detection.min_score, *options.faint_score);
  const Stopwatch finding;
  Result<std::vector<Face>> found = co_await find_faces(image, config_, options, pool_);
  if (!found) co_return found.error();
  for (Face& face : *found) {
    face.box = clamped(face.box, image);
    if (face.box.area() <= 0) continue;
    if (options.min_face && face.box.short_side() < *options.min_face &&
        options.detector == DetectorKind::kOneStage) {
      continue;
    }
    detection.faces.push_back(face);
  }
  detection.timing.detect_ms = finding.milliseconds();

  const Stopwatch labelling;
  const Refinement rule = refinement_for(config_, options);
  if (rule.classifier_weight > 0 && !config_.classifier) co_return not_configured("classifier");
  const std::vector<bool> chosen = choose ? choose(detection) : std::vector<bool>();
  std::vector<std::size_t> looked_at;
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < detection.faces.size(); ++i) {
    const Face& face = detection.faces[i];
    if (choose && !(i < chosen.size() && chosen[i])) continue;
    if (face.box.short_side() < rule.min_face) continue;
    if (rule.max_margin < 1 && margin_of(face.probabilities) > rule.max_margin) continue;
    looked_at.push_back(i);
    boxes.push_back(detection.faces[i].box);
  }
  if (!boxes.empty()) {
    Result<std::vector<Probabilities>> verdicts =
        co_await classify(image, std::move(boxes), *config_.classifier, pool_);
    if (!verdicts) co_return verdicts.error();
    for (std::size_t k = 0; k < looked_at.size(); ++k) {
      Probabilities& mine = detection.faces[looked_at[k]].probabilities;
      mine = rule.classifier_weight >= 1
                 ? (*verdicts)[k]
                 : geometric_mean(mine, (*verdicts)[k], rule.classifier_weight);
    }
  }
  detection.certainty = rule.classifier_weight >= 1
                            ? config_.classifier->certainty
                            : one_stage_of(config_, options.quality)->certainty;
  for (Face& face : detection.faces) judge(face, detection.certainty);
  detection.timing.classify_ms = labelling.milliseconds();
  co_return detection;
}

}  // namespace masklens
