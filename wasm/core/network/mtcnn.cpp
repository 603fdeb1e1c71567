#include "core/network/mtcnn.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/order.h"
#include "core/network/nms.h"

namespace masklens {
namespace {

constexpr int kCell = 12;   // side of P-Net's receptive field
constexpr int kStride = 2;  // between P-Net's neighbouring answers, in pixels of the level
constexpr int kRNetSide = 24;
constexpr int kONetSide = 48;
// Crops a call: bounds the memory of crowded pictures, costs nothing measurable.
constexpr std::size_t kBatch = 256;

struct Candidates {
  std::vector<Box> boxes;
  std::vector<float> scores;

  void add(const Box& box, float score) {
    boxes.push_back(box);
    scores.push_back(score);
  }
  // Memory stays bounded, whatever the network says.
  void add_bounded(const Box& box, float score) {
    if (!is_finite(box)) return;
    add(box, score);
    if (boxes.size() >= 2 * kMostCandidates) keep(best_of(scores, kMostCandidates));
  }
  void keep(const std::vector<std::size_t>& indices) {
    Candidates kept;
    for (std::size_t i : indices) kept.add(boxes[i], scores[i]);
    *this = std::move(kept);
  }
};

Error mismatch(const char* network) {
  return {ErrorCode::kModelMismatch,
          std::string(network) +
              " answered with shapes that do not fit. The model file and the manifest do not "
              "belong together; fetch both again."};
}

// Moves the corners by offsets relative to a side of width + 1 and height + 1.
Box regressed(const Box& box, const float* offsets) {
  const float w = box.width + 1;
  const float h = box.height + 1;
  const float left = box.x + offsets[0] * w;
  const float top = box.y + offsets[1] * h;
  const float right = box.right() + offsets[2] * w;
  const float bottom = box.bottom() + offsets[3] * h;
  return {left, top, right - left, bottom - top};
}

// P-Net's answer for one level -> candidates in source pixels, after suppression in the level.
// boxes: 4 planes (left, top, right, bottom offsets in cells of 11 pixels), scores: 1 plane.
Candidates level_candidates(const Tensor& boxes, const Tensor& scores, float scale,
                            const MtcnnConfig& config) {
  const int height = scores.shape[2];
  const int width = scores.shape[3];
  const std::size_t plane = static_cast<std::size_t>(width) * height;
  Candidates found;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * width + x;
      if (!(scores.data[at] > config.pnet_threshold)) continue;
      // The package counts a cell from its second pixel to its thirteenth.
      constexpr float kSide = kCell - 1;
      const float cell_x = static_cast<float>(x * kStride + 1);
      const float cell_y = static_cast<float>(y * kStride + 1);
      const float left = cell_x + boxes.data[at] * kSide;
      const float top = cell_y + boxes.data[plane + at] * kSide;
      const float right = cell_x + kSide + boxes.data[2 * plane + at] * kSide;
      const float bottom = cell_y + kSide + boxes.data[3 * plane + at] * kSide;
      found.add_bounded({left / scale, top / scale, (right - left) / scale, (bottom - top) / scale},
                        scores.data[at]);
    }
  }
  found.keep(best_of(found.scores, kMostCandidates));
  found.keep(
      nms(found.boxes, found.scores, config.nms_per_scale, Overlap::kUnion, Suppressor::kAny));
  return found;
}

// The crops of [begin, end) as one batch.
Tensor crop_batch(ImageView image, std::span<const Box> boxes, int side, const Normalisation& norm,
                  WorkerPool& pool) {
  constexpr float kGrey = 127.5f;  // becomes 0: the package's value outside the picture
  const std::size_t one = 3 * static_cast<std::size_t>(side) * side;
  Tensor batch{{static_cast<int>(boxes.size()), 3, side, side}, {}};
  batch.data.resize(boxes.size() * one);  // at most kBatch crops
  const std::span<float> all(batch.data);
  pool.for_each(boxes.size(), [&](std::size_t i) {
    crop_and_resize_into(image, boxes[i], side, norm, kGrey, all.subspan(i * one, one));
  });
  return batch;
}

bool has_shape(const std::vector<Tensor>& outputs, std::span<const int> columns, std::size_t rows) {
  if (outputs.size() != columns.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (outputs[i].data.size() != rows * static_cast<std::size_t>(columns[i])) return false;
  }
  return true;
}

Task<Result<Candidates>> propose(ImageView image, const MtcnnConfig& config, std::string_view pnet,
                                 WorkerPool& pool) {
  const std::vector<float> scales = pyramid_scales(image.width, image.height, config);
  std::vector<Tensor> levels;
  for (float scale : scales) {
    Result<Tensor> level = image_batch(1, std::floor(static_cast<float>(image.width) * scale),
                                       std::floor(static_cast<float>(image.height) * scale));
    if (!level) co_return level.error();
    levels.push_back(std::move(*level));
  }
  pool.for_each(scales.size(), [&](std::size_t i) {
    Tensor& level = levels[i];
    resize_area_into(image, level.shape[3], level.shape[2], config.pnet_norm, level.data);
  });
  Candidates all;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const std::vector<Tensor> outputs = co_await network(pnet, levels[i]);
    levels[i] = {};
    // Of nothing a side may be 0 and the others anything.
    if (outputs.size() != 2 || outputs[1].shape.size() != 4 || outputs[1].data.empty() ||
        outputs[1].data.size() != element_count(outputs[1].shape) ||
        outputs[0].data.size() != 4 * outputs[1].data.size()) {
      co_return mismatch("P-Net");
    }
    const Candidates found = level_candidates(outputs[0], outputs[1], scales[i], config);
    all.boxes.insert(all.boxes.end(), found.boxes.begin(), found.boxes.end());
    all.scores.insert(all.scores.end(), found.scores.begin(), found.scores.end());
  }
  all.keep(best_of(all.scores, kMostCandidates));
  all.keep(nms(all.boxes, all.scores, config.nms_across_scales, Overlap::kUnion, Suppressor::kAny));
  co_return all;
}

Task<Result<Candidates>> refine(ImageView image, Candidates proposals, const MtcnnConfig& config,
                                std::string_view rnet, WorkerPool& pool) {
  constexpr std::array<int, 2> kColumns = {4, 1};
  Candidates refined;
  for (std::size_t begin = 0; begin < proposals.boxes.size(); begin += kBatch) {
    const std::size_t rows = std::min(kBatch, proposals.boxes.size() - begin);
    const std::span<const Box> boxes(proposals.boxes.data() + begin, rows);
    const Tensor batch = crop_batch(image, boxes, kRNetSide, config.rnet_norm, pool);
    const std::vector<Tensor> outputs = co_await network(rnet, batch);
    if (!has_shape(outputs, kColumns, rows)) co_return mismatch("R-Net");
    for (std::size_t i = 0; i < rows; ++i) {
      const float score = outputs[1].data[i];
      if (score > config.rnet_threshold) {
        refined.add_bounded(regressed(boxes[i], outputs[0].data.data() + 4 * i), score);
      }
    }
  }
  refined.keep(
      nms(refined.boxes, refined.scores, config.rnet_nms, Overlap::kUnion, Suppressor::kAny));
  co_return refined;
}

void square_all(Candidates& candidates) {
  for (Box& box : candidates.boxes) box = squared(box);
}

MtcnnConfig read_mtcnn(EntryReader& pnet, EntryReader& rnet, EntryReader& onet) {
  constexpr double kMostSide = 65'535;
  MtcnnConfig config;
  config.pnet_norm = pnet.normalisation();
  config.pnet_threshold = pnet.number("threshold", 0, 1);
  // Closer to 1 the levels would be hundreds.
  config.factor = pnet.number("factor", 0.1, 0.95);
  config.min_face = pnet.number("minFace", 1, kMostSide);
  config.nms_per_scale = pnet.number("nmsPerScale", 0, 1);
  config.nms_across_scales = pnet.number("nmsAcrossScales", 0, 1);
  for (auto [reader, side] : {std::pair{&rnet, kRNetSide}, {&onet, kONetSide}}) {
    if (reader->square_side() != side) {
      reader->fail("input.shape is not of " + std::to_string(side) + " pixels a side");
    }
  }
  config.rnet_norm = rnet.normalisation();
  config.rnet_threshold = rnet.number("threshold", 0, 1);
  config.rnet_nms = rnet.number("nms", 0, 1);
  config.onet_norm = onet.normalisation();
  config.onet_threshold = onet.number("threshold", 0, 1);
  config.onet_nms = onet.number("nms", 0, 1);
  return config;
}

class Mtcnn final : public Detector {
 public:
  explicit Mtcnn(std::span<EntryReader> networks)
      : pnet_(networks[0].name()),
        rnet_(networks[1].name()),
        onet_(networks[2].name()),
        config_(read_mtcnn(networks[0], networks[1], networks[2])) {}

  Task<Result<Found>> find(ImageView image, Look look, WorkerPool& pool) const override;
  float min_score() const override { return config_.onet_threshold; }

 private:
  std::string pnet_;
  std::string rnet_;
  std::string onet_;
  MtcnnConfig config_;
};

}  // namespace

std::unique_ptr<Detector> make_mtcnn(std::span<EntryReader> networks) {
  return std::make_unique<Mtcnn>(networks);
}

std::vector<float> pyramid_scales(int width, int height, const MtcnnConfig& config) {
  std::vector<float> scales;
  const int shorter = std::min(width, height);
  if (shorter < kCell) return scales;
  // The package's count of levels, which does not depend on min_face; levels too small for P-Net
  // are left out (the package would fail on them). Rounds half to even, as Python does.
  const int count = static_cast<int>(std::nearbyint(
      -(std::log(static_cast<float>(shorter) / kCell) / std::log(config.factor) + 1)));
  double scale = static_cast<double>(kCell) / config.min_face;
  for (int i = 0; i < count; ++i, scale *= config.factor) {
    if (!(std::floor(shorter * scale) >= kCell)) break;
    scales.push_back(static_cast<float>(scale));
  }
  return scales;
}

Task<Result<Found>> Mtcnn::find(ImageView image, Look look, WorkerPool& pool) const {
  MtcnnConfig config = config_;
  if (look.min_score) config.onet_threshold = *look.min_score;
  // An enlarged picture would show the cells nothing new, at up to 144 times the work.
  config.min_face = std::max<float>(kCell, look.min_face.value_or(config.min_face));
  Result<Candidates> proposals = co_await propose(image, config, pnet_, pool);
  if (!proposals) co_return proposals.error();
  square_all(*proposals);
  Result<Candidates> refined = co_await refine(image, std::move(*proposals), config, rnet_, pool);
  if (!refined) co_return refined.error();
  square_all(*refined);

  constexpr std::array<int, 3> kColumns = {4, 2 * kLandmarkCount, 1};
  std::vector<Face> faces;
  Candidates kept;
  for (std::size_t begin = 0; begin < refined->boxes.size(); begin += kBatch) {
    const std::size_t rows = std::min(kBatch, refined->boxes.size() - begin);
    const std::span<const Box> boxes(refined->boxes.data() + begin, rows);
    const Tensor batch = crop_batch(image, boxes, kONetSide, config.onet_norm, pool);
    const std::vector<Tensor> outputs = co_await network(onet_, batch);
    if (!has_shape(outputs, kColumns, rows)) co_return mismatch("O-Net");
    for (std::size_t i = 0; i < rows; ++i) {
      const float score = outputs[2].data[i];
      if (!(score > config.onet_threshold)) continue;
      Face face;
      face.box = regressed(boxes[i], outputs[0].data.data() + 4 * i);
      face.score = score;
      face.has_landmarks = true;
      const float* const xs = outputs[1].data.data() + std::size_t{2} * kLandmarkCount * i;
      const float* const ys = xs + kLandmarkCount;
      for (std::size_t k = 0; k < kLandmarkCount; ++k) {
        face.landmarks[k] = {boxes[i].x - 1 + xs[k] * (boxes[i].width + 1),
                             boxes[i].y - 1 + ys[k] * (boxes[i].height + 1)};
      }
      if (!is_sound(face)) continue;
      kept.add(face.box, score);
      faces.push_back(face);
    }
  }
  Found best;
  for (std::size_t i :
       nms(kept.boxes, kept.scores, config.onet_nms, Overlap::kMinimum, Suppressor::kAny)) {
    best.faces.push_back(faces[i]);
  }
  co_return best;
}

}  // namespace masklens
