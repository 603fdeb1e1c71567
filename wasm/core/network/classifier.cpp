#include "core/network/classifier.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "core/network/detector.h"
#include "core/network/working_picture.h"

namespace masklens {

Box classifier_region(const Box& face, float margin) {
  const float side = std::max(face.width, face.height) * (1 + 2 * margin);
  const Point c = face.centre();
  return {c.x - side / 2, c.y - side / 2, side, side};
}

ClassifierConfig read_classifier(EntryReader& reader) {
  constexpr double kMostMargin = 4;
  ClassifierConfig config;
  config.network = reader.name();
  config.norm = reader.normalisation();
  config.size = reader.square_side();
  if (config.size == 0) {
    reader.fail("input.shape leaves the size of a crop open");
    config.size = 1;
  }
  config.margin = reader.number("margin", 0, kMostMargin);
  config.pad = reader.number("input.pad", 0, 255);
  config.temperature = reader.number("temperature", 0.01, 100);
  config.certainty = read_certainty(reader);
  for (int index : reader.classes(label_names())) {
    config.classes.push_back(static_cast<Label>(index));
  }
  return config;
}

Task<Result<std::vector<Probabilities>>> classify(ImageView image, std::vector<Box> boxes,
                                                  Sight sight, const ClassifierConfig& config,
                                                  WorkerPool& pool) {
  constexpr std::size_t kBatch = 64;  // bounds the memory of crowded pictures
  const std::size_t one = 3 * static_cast<std::size_t>(config.size) * config.size;
  std::vector<Probabilities> all;
  for (std::size_t begin = 0; begin < boxes.size(); begin += kBatch) {
    const std::size_t rows = std::min(kBatch, boxes.size() - begin);
    Result<Tensor> batch = image_batch(static_cast<int>(rows), config.size, config.size);
    if (!batch) co_return batch.error();
    const std::span<float> crops(batch->data);
    pool.for_each(rows, [&](std::size_t i) {
      const std::span<float> crop = crops.subspan(i * one, one);
      crop_into(image, classifier_region(boxes[begin + i], config.margin), config.size, config.norm,
                config.pad, crop, sight.gain);
      turn_square(crop, config.size, sight.turns);
    });
    const std::vector<Tensor> outputs = co_await network(config.network, *batch);
    const std::size_t columns = config.classes.size();
    if (outputs.size() != 1 || outputs[0].data.size() != rows * columns) {
      co_return Error{ErrorCode::kModelMismatch,
                      "The classifier answered with shapes that do not fit. The model file and the "
                      "manifest do not belong together; fetch both again."};
    }
    const auto& values = outputs[0].data;
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
      co_return Error{ErrorCode::kModelMismatch,
                      "The classifier answered with values that are not numbers. The model file "
                      "is damaged or of another kind; fetch it again."};
    }
    for (std::size_t i = 0; i < rows; ++i) {
      Probabilities logits;
      logits.fill(-std::numeric_limits<float>::infinity());
      for (std::size_t k = 0; k < columns; ++k) {
        logits[static_cast<std::size_t>(config.classes[k])] = outputs[0].data[i * columns + k];
      }
      all.push_back(softmax(logits, config.temperature));
    }
  }
  co_return all;
}

}  // namespace masklens
