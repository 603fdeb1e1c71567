// PipelineConfig::set: which number of models/manifest.json is which member.

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "core/pipeline/pipeline.h"

namespace masklens {
namespace {

// Offers one key and its values to members until one takes it.
class Entry {
 public:
  Entry(std::string_view key, std::span<const float> values) : key_(key), values_(values) {}

  bool taken() const { return taken_; }

  template <class Number>
  void offer(std::string_view key, Number& target) {
    if (take(key)) target = static_cast<Number>(values_[0]);
  }
  void offer(std::string_view key, std::array<float, 3>& target) {
    if (take(key) && values_.size() == target.size()) {
      std::copy(values_.begin(), values_.end(), target.begin());
    }
  }
  template <class Item>
  void offer(std::string_view key, std::vector<Item>& target) {
    if (!take(key)) return;
    target.clear();
    for (float value : values_) target.push_back(static_cast<Item>(static_cast<int>(value)));
  }
  // One of several values, such as a side of the input's shape.
  void offer(std::string_view key, std::size_t index, int& target) {
    if (take(key) && index < values_.size()) target = static_cast<int>(values_[index]);
  }
  void offer(Normalisation& norm) {
    offer("input.mean", norm.mean);
    offer("input.scale", norm.scale);
  }
  void offer(Certainty& certainty) {
    offer("uncertainMargin", certainty.margin);
    offer("minFace", certainty.min_face);
  }

 private:
  bool take(std::string_view key) {
    const bool mine = key == key_ && !values_.empty();
    taken_ = taken_ || mine;
    return mine;
  }

  std::string_view key_;
  std::span<const float> values_;
  bool taken_ = false;
};

template <class Config>
Config& part(std::optional<Config>& config) {
  if (!config) config.emplace();
  return *config;
}

void offer_pnet(Entry& entry, MtcnnConfig& c) {
  entry.offer(c.norm);
  entry.offer("threshold", c.pnet_threshold);
  entry.offer("factor", c.factor);
  entry.offer("minFace", c.min_face);
  entry.offer("nmsPerScale", c.nms_per_scale);
  entry.offer("nmsAcrossScales", c.nms_across_scales);
}

void offer_one_stage(Entry& entry, OneStageConfig& c) {
  entry.offer(c.norm);
  entry.offer("input.pad", c.pad);
  entry.offer("input.multiple", c.multiple);
  entry.offer("outputs.stride", c.strides);
  entry.offer("maxSide", c.max_side);
  entry.offer("minScore", c.min_score);
  entry.offer("nmsIou", c.nms_iou);
  entry.offer("temperature", c.temperature);
  entry.offer(c.certainty);
  Refinement refinement = c.refinement.value_or(Refinement{});
  Entry refine = entry;
  refine.offer("refine.minFace", refinement.min_face);
  refine.offer("refine.classifierWeight", refinement.classifier_weight);
  refine.offer("refine.maxMargin", refinement.max_margin);
  if (refine.taken() && !entry.taken()) c.refinement = refinement;
  entry = refine;
}

void offer_classifier(Entry& entry, ClassifierConfig& c) {
  entry.offer(c.norm);
  entry.offer("input.shape", 2, c.size);  // N, channels, height, width; height equals width
  entry.offer("input.pad", c.pad);
  entry.offer("margin", c.margin);
  entry.offer("temperature", c.temperature);
  entry.offer("classes", c.classes);
  entry.offer(c.certainty);
}

}  // namespace

bool PipelineConfig::set(std::string_view network, std::string_view key,
                         std::span<const float> values) {
  Entry entry(key, values);
  if (network == network_name(Network::kPNet)) {
    offer_pnet(entry, part(mtcnn));
  } else if (network == network_name(Network::kRNet)) {
    entry.offer("threshold", part(mtcnn).rnet_threshold);
    entry.offer("nms", part(mtcnn).rnet_nms);
  } else if (network == network_name(Network::kONet)) {
    entry.offer("threshold", part(mtcnn).onet_threshold);
    entry.offer("nms", part(mtcnn).onet_nms);
  } else if (network == network_name(Network::kOneStageAccurate)) {
    offer_one_stage(entry, part(one_stage_accurate));
  } else if (network == network_name(Network::kOneStageFast)) {
    offer_one_stage(entry, part(one_stage_fast));
  } else if (network == network_name(Network::kClassifier)) {
    offer_classifier(entry, part(classifier));
  }
  return entry.taken();
}

}  // namespace masklens
