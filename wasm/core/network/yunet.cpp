#include "core/network/yunet.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "core/network/nms.h"

namespace masklens {
namespace {

constexpr std::size_t kParts = 4;  // answers of a stride
constexpr std::size_t kBoxNumbers = 4;
constexpr std::size_t kLandmarkNumbers = std::size_t{2} * kLandmarkCount;

class Yunet final : public Detector {
 public:
  Yunet(std::string network, YunetConfig config)
      : network_(std::move(network)), config_(std::move(config)) {}

  Task<Result<Found>> find(ImageView image, Look look, WorkerPool& /*pool*/) const override {
    YunetConfig config = config_;
    if (look.min_score) config.min_score = *look.min_score;
    if (look.max_side) config.input.max_side = *look.max_side;
    const Result<WorkingPicture> picture =
        working_picture(image, config.input, look.turns, look.gain);
    if (!picture) co_return picture.error();
    const std::vector<Tensor> outputs = co_await network(network_, picture->tensor);
    Result<std::vector<Face>> faces = decode_yunet(outputs, picture->letterbox, config);
    if (!faces) co_return faces.error();
    co_return Found{std::move(*faces), picture->gain};
  }

  float min_score() const override { return config_.min_score; }
  std::optional<int> max_side() const override { return config_.input.max_side; }
  bool can_turn() const override { return true; }

 private:
  std::string network_;
  YunetConfig config_;
};

}  // namespace

Result<std::vector<Face>> decode_yunet(const std::vector<Tensor>& outputs,
                                       const Letterbox& letterbox, const YunetConfig& config) {
  const auto wrong = [] {
    return Error{
        ErrorCode::kModelMismatch,
        "The network answered with shapes that do not fit its kind. The model file and the "
        "manifest do not belong together; fetch both again."};
  };
  if (outputs.size() != kParts * config.strides.size()) return wrong();
  std::vector<Face> faces;
  for (std::size_t o = 0; o < config.strides.size(); ++o) {
    const int stride = config.strides[o];
    const auto columns = static_cast<std::size_t>((letterbox.width + stride - 1) / stride);
    const auto rows = static_cast<std::size_t>((letterbox.height + stride - 1) / stride);
    const std::size_t cells = columns * rows;
    const std::vector<float>& classes = outputs[kParts * o].data;
    const std::vector<float>& objects = outputs[kParts * o + 1].data;
    const std::vector<float>& boxes = outputs[kParts * o + 2].data;
    const std::vector<float>& points = outputs[kParts * o + 3].data;
    if (classes.size() != cells || objects.size() != cells || boxes.size() != kBoxNumbers * cells ||
        points.size() != kLandmarkNumbers * cells) {
      return wrong();
    }
    const auto s = static_cast<float>(stride);
    for (std::size_t at = 0; at < cells; ++at) {
      const std::size_t column = at % columns;
      const std::size_t row = at / columns;
      Face face;
      face.score =
          std::sqrt(std::clamp(classes[at], 0.0f, 1.0f) * std::clamp(objects[at], 0.0f, 1.0f));
      if (!(face.score >= config.min_score)) continue;
      const auto point = [&](const float* p) {
        return letterbox.to_source(
            {(static_cast<float>(column) + p[0]) * s, (static_cast<float>(row) + p[1]) * s});
      };
      constexpr float kMaxLog = 8;  // e^8 strides: more than any picture, still finite
      const float* const box = boxes.data() + kBoxNumbers * at;
      const Point centre = point(box);
      const Point size = letterbox.to_source(
          {std::exp(std::min(box[2], kMaxLog)) * s, std::exp(std::min(box[3], kMaxLog)) * s});
      face.box = {centre.x - size.x / 2, centre.y - size.y / 2, size.x, size.y};
      for (std::size_t k = 0; k < kLandmarkCount; ++k) {
        face.landmarks[k] = point(points.data() + kLandmarkNumbers * at + 2 * k);
      }
      face.has_landmarks = true;
      if (!is_sound(face)) continue;
      faces.push_back(face);
      if (faces.size() >= 2 * kMostCandidates) keep_best(faces);
    }
  }
  keep_best(faces);
  return suppressed(faces, config.nms_iou, Overlap::kUnion);
}

std::unique_ptr<Detector> make_yunet(std::span<EntryReader> networks) {
  constexpr int kMostStride = 1024;
  EntryReader& reader = networks.front();
  YunetConfig config;
  config.input = read_working_input(reader);
  config.min_score = reader.number("minScore", 0, 1);
  config.nms_iou = reader.number("nmsIou", 0, 1);
  const std::vector<int> each = reader.integers("outputs.stride", 1, kMostStride);
  for (std::size_t i = 0; i < each.size(); i += kParts) {
    config.strides.push_back(each[i]);
    const bool four = i + kParts <= each.size() &&
                      std::all_of(each.begin() + static_cast<std::ptrdiff_t>(i),
                                  each.begin() + static_cast<std::ptrdiff_t>(i + kParts),
                                  [&](int stride) { return stride == each[i]; });
    if (four) continue;
    reader.fail("outputs are not four of each stride");
    break;
  }
  return std::make_unique<Yunet>(reader.name(), std::move(config));
}

}  // namespace masklens
