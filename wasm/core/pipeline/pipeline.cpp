#include "core/pipeline/pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "core/network/nms.h"
#include "core/network/working_picture.h"

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

Error not_named(const char* what, const std::string& name) {
  return {ErrorCode::kModelMismatch, std::string("The manifest has no ") + what + " '" + name +
                                         "'. Choose another, or add it to the manifest."};
}

Box clamped(const Box& box, float width, float height) {
  const float left = std::clamp(box.x, 0.0f, width);
  const float top = std::clamp(box.y, 0.0f, height);
  const float right = std::clamp(box.right(), left, width);
  const float bottom = std::clamp(box.bottom(), top, height);
  return {left, top, right - left, bottom - top};
}

Box clamped(const Box& box, ImageView image) {
  return clamped(box, static_cast<float>(image.width), static_cast<float>(image.height));
}

// A part of the picture: the whole pixels that a box covers.
struct Part {
  ImageView image;
  float x = 0;
  float y = 0;
};

Part part_of(ImageView image, const std::optional<Box>& region) {
  if (!region) return {image, 0, 0};
  const Box box = clamped(*region, image);
  if (!(box.width >= 0 && box.height >= 0)) return {};  // no numbers
  const int x = static_cast<int>(std::floor(box.x));
  const int y = static_cast<int>(std::floor(box.y));
  const int width = static_cast<int>(std::ceil(box.right())) - x;
  const int height = static_cast<int>(std::ceil(box.bottom())) - y;
  if (width <= 0 || height <= 0) return {};
  return {image.part(x, y, width, height), static_cast<float>(x), static_cast<float>(y)};
}

// What the options mean with these models.
struct Chosen {
  const SizedDetector* sized = nullptr;
  const Detector* detector = nullptr;
  const ClassifierConfig* classifier = nullptr;
  Refinement rule;  // which faces the classifier looks at, and what its word weighs there
  std::optional<int> max_side;
  std::optional<NearLook> near;
  std::optional<float> turned_min_score;  // absent: only upright
};

Refinement refinement_for(const Labelling* labelling, const ClassifierConfig& classifier,
                          Refine refine) {
  constexpr Refinement kEveryFace{0, 1};
  constexpr Refinement kNoFace{std::numeric_limits<float>::infinity(), 0};
  if (!labelling) return kEveryFace;
  if (refine == Refine::kNever) return kNoFace;
  // One that knows fewer labels was chosen on purpose, and a mean would rule the others out.
  if (classifier.classes.size() < kLabelCount) return kEveryFace;
  if (refine == Refine::kAuto) return labelling->refinement.value_or(kNoFace);
  return {0, labelling->refinement ? labelling->refinement->classifier_weight : 1};
}

// Whole steps, as the networks' working pictures are padded to.
int smaller_side(int side, float share) {
  constexpr float kStep = 32;
  constexpr float kLeast = 128;
  const float smaller =
      std::round(static_cast<float>(side) * std::max(share, 0.0f) / kStep) * kStep;
  return std::min(side, static_cast<int>(std::max(kLeast, smaller)));
}

Result<Chosen> choose_models(const Models& models, const DetectOptions& options) {
  const NamedDetector* const named = models.detector(options.detector);
  if (!named) return not_named("detector", options.detector);
  const ClassifierConfig* const classifier = models.classifier(options.classifier);
  if (!classifier) return not_named("classifier", options.classifier);
  const std::string& usual = options.live ? named->live : named->still;
  const auto asked = named->sizes.find(options.quality);
  const bool is_usual = asked == named->sizes.end() || asked->first == usual;
  const SizedDetector& sized = is_usual ? named->sizes.at(usual) : asked->second;
  Chosen chosen{&sized, sized.detector.get(), classifier, {}, options.max_side, {}, {}};
  chosen.rule = refinement_for(chosen.detector->labelling(), *classifier, options.refine);
  if (options.live && is_usual && !options.max_side) chosen.max_side = named->live_max_side;
  if (!chosen.max_side) chosen.max_side = chosen.detector->max_side();
  if (chosen.max_side && options.side_share < 1) {
    chosen.max_side = smaller_side(*chosen.max_side, options.side_share);
  }
  if (!options.live) chosen.near = named->near;
  if (options.turn == Turn::kAuto) chosen.turned_min_score = named->turned_min_score;
  return chosen;
}

Sight sight_of(const Face& face, float gain) {
  const int turns = face.roll == 0 ? 0 : face.roll < 0 ? 1 : face.roll > 90 ? 2 : 3;
  return {turns, gain};
}

float sum_of_scores(const std::vector<Face>& faces) {
  float sum = 0;
  for (const Face& face : faces) sum += face.score;
  return sum;
}

// Fainter faces, if they were asked for, do not say that the picture shows any.
bool any_sure(const Found& found, const Look& look, const Detector& detector) {
  const float sure = std::max(look.min_score.value_or(0), detector.min_score());
  return std::any_of(found.faces.begin(), found.faces.end(),
                     [&](const Face& face) { return face.score >= sure; });
}

// Faces so near that they fill the picture: a smaller working picture shows them, and no others.
Task<Result<std::vector<Face>>> find_near(ImageView image, const Detector& detector, Look look,
                                          WorkerPool& pool) {
  Result<Found> found = co_await detector.find(image, look, pool);
  if (!found) co_return found.error();
  // Smaller ones the first look sees better.
  constexpr float kNear = 0.3f;  // of the picture's longer side
  const float least = kNear * static_cast<float>(std::max(image.width, image.height));
  std::erase_if(found->faces, [&](const Face& face) {
    return std::max(face.box.width, face.box.height) < least;
  });
  co_return std::move(found->faces);
}

// The faces of both looks. Those that overlap are one, the surer one, and its label is what both
// say.
std::vector<Face> together(const std::vector<Face>& far, const std::vector<Face>& near) {
  constexpr float kSame = 0.4f;  // IoU
  constexpr float kSay = 0.3f;   // a fainter face has no say
  std::vector<Face> all = far;
  all.insert(all.end(), near.begin(), near.end());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::vector<Face>& others = i < far.size() ? near : far;
    const Face* same = nullptr;
    float most = kSame;
    for (const Face& other : others) {
      const float overlap = other.score < kSay ? 0 : iou(all[i].box, other.box);
      if (overlap < most) continue;
      same = &other;
      most = overlap;
    }
    if (!same) continue;
    all[i].probabilities = geometric_mean(all[i].probabilities, same->probabilities, 0.5f);
  }
  return suppressed(all, kSame, Overlap::kUnion);
}

// The faces as the picture is, near and far; where it shows none, those on that side of the picture
// which shows most.
Task<Result<Found>> find_anyhow(ImageView image, const Chosen chosen, Look look, WorkerPool& pool) {
  const Detector& detector = *chosen.detector;
  Result<Found> upright = co_await detector.find(image, look, pool);
  if (!upright) co_return std::move(upright);
  look.gain = upright->gain;
  look.tiles = false;
  const auto nothing_sure = [&] { return !any_sure(*upright, look, detector); };
  if (chosen.near && chosen.near->max_side < look.max_side &&
      (look.max_side >= chosen.near->always_from || nothing_sure())) {
    Look near = look;
    near.max_side = chosen.near->max_side;
    Result<std::vector<Face>> found = co_await find_near(image, detector, near, pool);
    if (!found) co_return found.error();
    upright->faces = together(upright->faces, *found);
  }
  if (!nothing_sure()) co_return std::move(upright);
  Found best = std::move(*upright);
  if (!chosen.turned_min_score) co_return best;
  look.min_score = std::max(look.min_score.value_or(0), *chosen.turned_min_score);
  float most = 0;
  for (int turns : {1, 2, 3}) {
    look.turns = turns;
    Result<Found> found = co_await detector.find(image, look, pool);
    if (!found) co_return std::move(found);
    if (!(sum_of_scores(found->faces) > most)) continue;
    most = sum_of_scores(found->faces);
    for (Face& face : found->faces) face = turned_back(face, turns, image.width, image.height);
    best.faces = std::move(found->faces);
  }
  co_return best;
}

}  // namespace

Pipeline::Pipeline(Models models, int threads) : models_(std::move(models)), pool_(threads) {}

Result<std::vector<std::string>> Pipeline::networks_for(const DetectOptions& options) const {
  const Result<Chosen> chosen = choose_models(models_, options);
  if (!chosen) return chosen.error();
  std::vector<std::string> names = chosen->sized->networks;
  if (chosen->rule.classifier_weight > 0) names.push_back(chosen->classifier->network);
  return names;
}

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
  const Result<Chosen> chosen = choose_models(models_, options);
  if (!chosen) co_return chosen.error();
  const Detector* const detector = chosen->detector;
  const ClassifierConfig* const classifier = chosen->classifier;
  const Refinement& rule = chosen->rule;
  Detection detection{
      image.width, image.height, {}, {}, options.min_score.value_or(detector->min_score()), {}};
  Look look{options.min_score, options.min_face, chosen->max_side, options.tiles};
  if (options.faint_score) look.min_score = std::min(detection.min_score, *options.faint_score);

  const Stopwatch finding;
  const Part part = part_of(image, options.region);
  Found found;
  if (part.image.width > 0) {
    Result<Found> all = co_await find_anyhow(part.image, *chosen, look, pool_);
    if (!all) co_return all.error();
    found = std::move(*all);
  }
  for (Face& face : found.faces) {
    face.box.x += part.x;
    face.box.y += part.y;
    for (Point& p : face.landmarks) p = {p.x + part.x, p.y + part.y};
    face.box = clamped(face.box, image);
    if (!(face.box.area() > 0)) continue;
    if (options.min_face && face.box.short_side() < *options.min_face) continue;
    detection.faces.push_back(face);
  }
  detection.timing.detect_ms = finding.milliseconds();

  const Stopwatch labelling;
  const std::vector<bool> wanted = choose ? choose(detection) : std::vector<bool>();
  std::vector<std::size_t> looked_at;
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < detection.faces.size(); ++i) {
    const Face& face = detection.faces[i];
    if (choose && !(i < wanted.size() && wanted[i])) continue;
    if (face.box.short_side() < rule.min_face) continue;
    if (rule.max_margin < 1 && margin_of(face.probabilities) > rule.max_margin) continue;
    looked_at.push_back(i);
    boxes.push_back(detection.faces[i].box);
  }
  if (!boxes.empty()) {
    // All of a picture were seen in the same way.
    const Sight sight = sight_of(detection.faces[looked_at.front()], found.gain);
    Result<std::vector<Probabilities>> verdicts =
        co_await classify(image, std::move(boxes), sight, *classifier, pool_);
    if (!verdicts) co_return verdicts.error();
    for (std::size_t k = 0; k < looked_at.size(); ++k) {
      Probabilities& mine = detection.faces[looked_at[k]].probabilities;
      mine = rule.classifier_weight >= 1
                 ? (*verdicts)[k]
                 : geometric_mean(mine, (*verdicts)[k], rule.classifier_weight);
    }
  }
  detection.certainty =
      rule.classifier_weight >= 1 ? classifier->certainty : detector->labelling()->certainty;
  for (Face& face : detection.faces) judge(face, detection.certainty);
  detection.timing.classify_ms = labelling.milliseconds();
  co_return detection;
}

}  // namespace masklens
