#include "core/network/one_stage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "core/base/box_grid.h"
#include "core/network/labels.h"
#include "core/network/nms.h"

namespace masklens {
namespace {

constexpr int kBoxAt = 1;
constexpr int kLabelAt = 5;
constexpr int kLandmarkAt = 8;
constexpr int kOutputChannels = 18;
// Fainter faces have no vote on others, so that no face depends on the min_score it is asked with.
constexpr float kVoterScore = 0.1f;

float sigmoid(float logit) { return 1 / (1 + std::exp(-logit)); }

// Calls combine(a's number, b's number) for every number that faces vote on.
template <class Combine>
void each_vote(Face& a, const Face& b, Combine combine) {
  combine(a.box.x, b.box.x);
  combine(a.box.y, b.box.y);
  combine(a.box.width, b.box.width);
  combine(a.box.height, b.box.height);
  for (std::size_t k = 0; k < kLandmarkCount; ++k) {
    combine(a.landmarks[k].x, b.landmarks[k].x);
    combine(a.landmarks[k].y, b.landmarks[k].y);
  }
  for (std::size_t k = 0; k < kLabelCount; ++k) combine(a.probabilities[k], b.probabilities[k]);
}

// Each kept face becomes the mean, weighted by score, of itself and the faces that say nearly the
// same (box voting: Gidaris and Komodakis 2015, "Object detection via a multi-region and semantic
// segmentation-aware CNN model"). Neighbouring cells answer almost equally well, so without it a
// box jumps when noise makes another cell the best.
void vote(std::vector<Face>& kept, const std::vector<Face>& all) {
  constexpr float kAgree = 0.65f;  // IoU
  BoxGrid grid;
  for (const Face& face : all) grid.add(face.box);
  std::vector<std::size_t> near;
  for (Face& face : kept) {
    Face sum;
    float weights = 0;
    grid.collect(face.box, kAgree, all.size(), near);
    for (const std::size_t index : near) {
      const Face& voter = all[index];
      if (voter.score < std::min(kVoterScore, face.score)) continue;
      if (iou(face.box, voter.box) < kAgree) continue;
      weights += voter.score;
      each_vote(sum, voter, [&](float& total, float value) { total += voter.score * value; });
    }
    if (!(weights > 0)) continue;
    each_vote(face, sum, [&](float& mean, float total) { mean = total / weights; });
  }
}

// True when the box ends at a side of the tile that is not a side of the picture: it may be the cut
// half of a face that a neighbouring tile, or the whole picture, shows whole.
bool cut_by_seam(const Box& box, const Box& tile, ImageView image) {
  constexpr float kNear = 3;  // pixels
  return (tile.x > 0 && box.x < tile.x + kNear) || (tile.y > 0 && box.y < tile.y + kNear) ||
         (tile.right() < static_cast<float>(image.width) && box.right() > tile.right() - kNear) ||
         (tile.bottom() < static_cast<float>(image.height) && box.bottom() > tile.bottom() - kNear);
}

class OneStage final : public Detector {
 public:
  OneStage(std::string network, OneStageConfig config)
      : network_(std::move(network)), config_(std::move(config)) {}

  // With tiles: the whole picture and overlapping tiles of max_side pixels.
  Task<Result<Found>> find(ImageView image, Look look, WorkerPool& pool) const override;

  float min_score() const override { return config_.min_score; }
  const Labelling* labelling() const override { return &config_.labelling; }
  std::optional<int> max_side() const override { return config_.input.max_side; }
  bool can_turn() const override { return true; }

 private:
  Task<Result<Found>> find_in(ImageView image, OneStageConfig config, int turns, float gain) const;

  std::string network_;
  OneStageConfig config_;
};

}  // namespace

Result<std::vector<Face>> decode_one_stage(const std::vector<Tensor>& outputs,
                                           const Letterbox& letterbox,
                                           const OneStageConfig& config) {
  const float score = std::clamp(std::min(config.min_score, kVoterScore), 1e-6f, 1 - 1e-6f);
  const float min_logit = std::log(score / (1 - score));
  bool fits = outputs.size() == config.strides.size();
  std::vector<Face> faces;
  for (std::size_t o = 0; fits && o < outputs.size(); ++o) {
    const int stride = config.strides[o];
    const int columns = (letterbox.width + stride - 1) / stride;
    const int rows = (letterbox.height + stride - 1) / stride;
    const std::size_t plane = static_cast<std::size_t>(columns) * rows;
    fits = outputs[o].data.size() == plane * kOutputChannels;
    if (!fits) break;
    const float* const data = outputs[o].data.data();
    const float s = static_cast<float>(stride);
    for (std::size_t at = 0; at < plane; ++at) {
      if (!(data[at] >= min_logit)) continue;
      const auto channel = [&](int c) { return data[static_cast<std::size_t>(c) * plane + at]; };
      const std::size_t whole_rows = at / static_cast<std::size_t>(columns);
      const float column = static_cast<float>(at % static_cast<std::size_t>(columns));
      const float row = static_cast<float>(whole_rows);
      const auto point = [&](int c) {
        return letterbox.to_source({(column + channel(c)) * s, (row + channel(c + 1)) * s});
      };
      constexpr float kMaxLog = 8;  // e^8 strides: more than any picture, still finite
      const Point size =
          letterbox.to_source({std::exp(std::min(channel(kBoxAt + 2), kMaxLog)) * s,
                               std::exp(std::min(channel(kBoxAt + 3), kMaxLog)) * s});
      const Point centre = point(kBoxAt);
      Face face;  // its probabilities are logits until the votes are in
      face.score = sigmoid(data[at]);
      face.box = {centre.x - size.x / 2, centre.y - size.y / 2, size.x, size.y};
      face.probabilities = {channel(kLabelAt), channel(kLabelAt + 1), channel(kLabelAt + 2)};
      for (int k = 0; k < kLandmarkCount; ++k) face.landmarks[k] = point(kLandmarkAt + 2 * k);
      face.has_landmarks = true;
      if (!is_sound(face)) continue;
      faces.push_back(face);
      if (faces.size() >= 2 * kMostCandidates) keep_best(faces);
    }
  }
  if (!fits) {
    return Error{ErrorCode::kModelMismatch,
                 "The one-stage network answered with shapes that do not fit. The model file and "
                 "the manifest do not belong together; fetch both again."};
  }
  keep_best(faces);
  std::vector<Face> kept = suppressed(faces, config.nms_iou, Overlap::kUnion);
  vote(kept, faces);
  for (Face& face : kept) face.probabilities = softmax(face.probabilities, config.temperature);
  std::erase_if(kept, [&](const Face& face) { return face.score < config.min_score; });
  return kept;
}

std::vector<Box> tiles_for(int width, int height, int max_side) {
  constexpr double kWorthwhile = 1.5;  // below, tiles show hardly more than the whole picture
  constexpr double kOverlap = 0.25;    // of a tile: faces up to that size lie whole in some tile
  const auto starts = [max_side](int side) {
    std::vector<int> list{0};
    if (side <= max_side) return list;
    const int count =
        1 + static_cast<int>(std::ceil((side - max_side) / (max_side * (1 - kOverlap))));
    for (int i = 1; i < count; ++i) {
      list.push_back(static_cast<int>(static_cast<double>(side - max_side) * i / (count - 1)));
    }
    return list;
  };
  if (std::max(width, height) <= kWorthwhile * max_side) {
    return {{0, 0, static_cast<float>(width), static_cast<float>(height)}};
  }
  std::vector<Box> tiles;
  for (int y : starts(height)) {
    for (int x : starts(width)) {
      tiles.push_back({static_cast<float>(x), static_cast<float>(y),
                       static_cast<float>(std::min(max_side, width)),
                       static_cast<float>(std::min(max_side, height))});
    }
  }
  return tiles;
}

OneStageConfig read_one_stage(EntryReader& reader) {
  constexpr int kMostStride = 1024;
  constexpr double kMostSide = 65'535;
  OneStageConfig config;
  config.input = read_working_input(reader);
  config.strides = reader.integers("outputs.stride", 1, kMostStride);
  config.min_score = reader.number("minScore", 0, 1);
  config.nms_iou = reader.number("nmsIou", 0, 1);
  config.temperature = reader.number("temperature", 0.01, 100);
  config.labelling.certainty = read_certainty(reader);
  if (reader.classes(label_names()) != std::vector<int>{0, 1, 2}) {
    reader.fail("classes are not those of this kind: correct, incorrect, unmasked");
  }
  if (reader.has("refine.")) {
    config.labelling.refinement = Refinement{reader.number("refine.minFace", 0, kMostSide),
                                             reader.number("refine.classifierWeight", 0, 1),
                                             reader.number("refine.maxMargin", 0, 1)};
  }
  return config;
}

std::unique_ptr<Detector> make_one_stage(std::span<EntryReader> networks) {
  EntryReader& reader = networks.front();
  return std::make_unique<OneStage>(reader.name(), read_one_stage(reader));
}

Task<Result<Found>> OneStage::find_in(ImageView image, OneStageConfig config, int turns,
                                      float gain) const {
  const Result<WorkingPicture> picture = working_picture(image, config.input, turns, gain);
  if (!picture) co_return picture.error();
  const std::vector<Tensor> outputs = co_await network(network_, picture->tensor);
  Result<std::vector<Face>> faces = decode_one_stage(outputs, picture->letterbox, config);
  if (!faces) co_return faces.error();
  co_return Found{std::move(*faces), picture->gain};
}

Task<Result<Found>> OneStage::find(ImageView image, Look look, WorkerPool& /*pool*/) const {
  OneStageConfig config = config_;
  if (look.min_score) config.min_score = *look.min_score;
  if (look.max_side) config.input.max_side = *look.max_side;
  Result<Found> whole = co_await find_in(image, config, look.turns, look.gain);
  if (!whole || !look.tiles || look.turns != 0) co_return std::move(whole);
  const std::vector<Box> parts = tiles_for(image.width, image.height, config.input.max_side);
  if (parts.size() < 2) co_return std::move(whole);
  std::vector<Face> all = std::move(whole->faces);
  for (const Box& tile : parts) {
    const ImageView part = image.part(static_cast<int>(tile.x), static_cast<int>(tile.y),
                                      static_cast<int>(tile.width), static_cast<int>(tile.height));
    // The light of the whole picture: a tile's own would differ from its neighbours'.
    Result<Found> found = co_await find_in(part, config, 0, whole->gain);
    if (!found) co_return std::move(found);
    for (Face& face : found->faces) {
      face.box.x += tile.x;
      face.box.y += tile.y;
      for (Point& p : face.landmarks) p = {p.x + tile.x, p.y + tile.y};
      if (!cut_by_seam(face.box, tile, image)) all.push_back(face);
    }
  }
  // The same face seen in two tiles, and in the whole picture: equal boxes first, then parts of a
  // face inside a whole one.
  constexpr float kInside = 0.8f;
  whole->faces =
      suppressed(suppressed(all, config.nms_iou, Overlap::kUnion), kInside, Overlap::kMinimum);
  co_return std::move(whole);
}

}  // namespace masklens
