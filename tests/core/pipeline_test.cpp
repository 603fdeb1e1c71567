// The way through with canned answers: what is asked for, in which shapes, and what becomes of the
// answers. The real networks run in tests/lib.
#include "core/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace masklens {
namespace {

Image grey(int width, int height) {
  Image image = std::move(*Image::allocate(width, height));
  std::fill(image.data(), image.data() + image.bytes(), std::uint8_t{127});
  return image;
}

PipelineConfig one_stage_config() {
  PipelineConfig config;
  config.one_stage_accurate.emplace();
  config.one_stage_accurate->max_side = 64;
  config.one_stage_accurate->certainty = {0.2f, 0};
  config.classifier.emplace();
  config.classifier->size = 16;
  return config;
}

// Answers of the one-stage network with one face of the given geometry, in working pixels.
std::vector<Tensor> one_face(const Tensor& input, float x, float y, float side, float logit = 5,
                             std::array<float, 3> labels = {3, 0, 0}) {
  std::vector<Tensor> outputs;
  for (int stride : {8, 16, 32}) {
    const int rows = input.shape[2] / stride;
    const int columns = input.shape[3] / stride;
    Tensor t{{1, 18, rows, columns}, {}};
    t.data.assign(element_count(t.shape), 0);
    const std::size_t plane = static_cast<std::size_t>(rows) * columns;
    std::fill(t.data.begin(), t.data.begin() + static_cast<long>(plane), -20.0f);
    if (stride == 16) {
      const int column = static_cast<int>(x / 16);
      const int row = static_cast<int>(y / 16);
      const std::size_t at = static_cast<std::size_t>(row) * columns + column;
      t.data[at] = logit;
      t.data[plane + at] = x / 16 - static_cast<float>(column);
      t.data[2 * plane + at] = y / 16 - static_cast<float>(row);
      t.data[3 * plane + at] = t.data[4 * plane + at] = std::log(side / 16);
      for (std::size_t k = 0; k < 3; ++k) t.data[(5 + k) * plane + at] = labels[k];
    }
    outputs.push_back(std::move(t));
  }
  return outputs;
}

using Answer = std::function<std::vector<Tensor>(const Request&)>;

Result<Detection> drive(Pipeline& pipeline, const Image& image, const DetectOptions& options,
                        const Answer& answer, std::map<std::string, int>* calls = nullptr) {
  pipeline.start(image.view(), options);
  while (const Request* request = pipeline.next()) {
    if (calls) ++(*calls)[std::string(network_name(request->network))];
    EXPECT_EQ(request->input->data.size(), element_count(request->input->shape));
    pipeline.feed(answer(*request));
  }
  return pipeline.detection();
}

TEST(OneStage, BoxesComeBackInSourcePixels) {
  Pipeline pipeline(one_stage_config());
  const Image image = grey(128, 96);  // scaled by half to 64 x 48, padded to 64 x 64
  const Result<Detection> found = drive(pipeline, image, {}, [](const Request& request) {
    EXPECT_EQ(request.input->shape, (std::vector<int>{1, 3, 64, 64}));
    return one_face(*request.input, 30, 20, 12);
  });
  ASSERT_TRUE(found);
  ASSERT_EQ(found->faces.size(), 1u);
  const Face& face = found->faces[0];
  EXPECT_NEAR(face.box.x, 2 * (30 - 6), 1e-3);
  EXPECT_NEAR(face.box.y, 2 * (20 - 6), 1e-3);
  EXPECT_NEAR(face.box.width, 24, 1e-3);
  EXPECT_NEAR(face.score, 1 / (1 + std::exp(-5.0f)), 1e-6);
  EXPECT_EQ(face.label, Label::kCorrect);
  EXPECT_FALSE(face.uncertain);
}

TEST(OneStage, BoxesAreCutAtThePicturesBorder) {
  Pipeline pipeline(one_stage_config());
  const Image image = grey(64, 64);
  const Result<Detection> found = drive(pipeline, image, {}, [](const Request& request) {
    return one_face(*request.input, 2, 2, 20);
  });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->faces[0].box.x, 0);
  EXPECT_NEAR(found->faces[0].box.right(), 12, 1e-3);
}

TEST(OneStage, CloseVerdictsAndSmallFacesAreUncertainNotDropped) {
  PipelineConfig config = one_stage_config();
  config.one_stage_accurate->certainty = {0.2f, 15};
  Pipeline pipeline(config);
  const Image image = grey(64, 64);
  const auto with = [&](float side, std::array<float, 3> labels) {
    const Result<Detection> found = drive(pipeline, image, {}, [&](const Request& request) {
      return one_face(*request.input, 30, 30, side, 5, labels);
    });
    return found->faces.at(0).uncertain;
  };
  EXPECT_FALSE(with(20, {3, 0, 0}));
  EXPECT_TRUE(with(20, {1, 0.9f, 0}));
  EXPECT_TRUE(with(14, {3, 0, 0}));
}

TEST(OneStage, NoFacesIsAResult) {
  Pipeline pipeline(one_stage_config());
  const Image image = grey(64, 64);
  std::map<std::string, int> calls;
  const Result<Detection> found = drive(
      pipeline, image, {},
      [](const Request& request) { return one_face(*request.input, 30, 30, 10, -20); }, &calls);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->faces.empty());
  EXPECT_EQ(calls["classifier"], 0);
}

TEST(OneStage, AnswersOfTheWrongShapeAreAMismatch) {
  Pipeline pipeline(one_stage_config());
  const Image image = grey(64, 64);
  const Result<Detection> found = drive(pipeline, image, {}, [](const Request&) {
    return std::vector<Tensor>{{{1, 1}, {0}}};
  });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kModelMismatch);
}

TEST(OneStage, TheClassifierHasItsSayByTheRule) {
  PipelineConfig config = one_stage_config();
  config.one_stage_accurate->refinement = Refinement{20, 0.5f};
  Pipeline pipeline(config);
  const Image image = grey(64, 64);
  std::map<std::string, int> calls;
  const auto label = [&](float side, Refine refine) {
    DetectOptions options;
    options.refine = refine;
    const Result<Detection> found = drive(
        pipeline, image, options,
        [&](const Request& request) -> std::vector<Tensor> {
          if (request.network != Network::kClassifier) {
            return one_face(*request.input, 30, 30, side, 5, {3, 0, 0});
          }
          EXPECT_EQ(request.input->shape, (std::vector<int>{1, 3, 16, 16}));
          return {{{1, 3}, {0, 8, 0}}};
        },
        &calls);
    return found->faces.at(0).label;
  };
  EXPECT_EQ(label(24, Refine::kNever), Label::kCorrect);
  EXPECT_EQ(calls["classifier"], 0);
  EXPECT_EQ(label(24, Refine::kAuto), Label::kIncorrect);
  EXPECT_EQ(label(16, Refine::kAuto), Label::kCorrect);  // under the rule's 20 pixels
  EXPECT_EQ(label(16, Refine::kAlways), Label::kIncorrect);
  EXPECT_EQ(calls["classifier"], 2);
}

TEST(OneStage, ASureLabelIsNotAskedAbout) {
  PipelineConfig config = one_stage_config();
  config.one_stage_accurate->refinement = Refinement{0, 0.9f, 0.5f};
  Pipeline pipeline(config);
  const Image image = grey(64, 64);
  std::map<std::string, int> calls;
  const auto label = [&](std::array<float, 3> logits, Refine refine) {
    DetectOptions options;
    options.refine = refine;
    const Result<Detection> found = drive(
        pipeline, image, options,
        [&](const Request& request) -> std::vector<Tensor> {
          if (request.network != Network::kClassifier) {
            return one_face(*request.input, 30, 30, 24, 5, logits);
          }
          return {{{1, 3}, {0, 8, 0}}};
        },
        &calls);
    return found->faces.at(0).label;
  };
  EXPECT_EQ(label({4, 0, 0}, Refine::kAuto), Label::kCorrect);
  EXPECT_EQ(calls["classifier"], 0);
  EXPECT_EQ(label({1, 0.5f, 0}, Refine::kAuto), Label::kIncorrect);
  EXPECT_EQ(label({4, 0, 0}, Refine::kAlways), Label::kIncorrect);
  EXPECT_EQ(calls["classifier"], 2);
}

TEST(OneStage, WhoFollowsFacesSeesFaintOnesAndChoosesWhatTheClassifierLooksAt) {
  Pipeline pipeline(one_stage_config());
  const Image image = grey(64, 64);
  DetectOptions options;
  options.refine = Refine::kAlways;
  options.faint_score = 0.1f;
  int looks = 0;
  const auto run = [&](float logit, bool chosen) {
    std::vector<float> scores;
    pipeline.start(image.view(), options, [&](const Detection& found) {
      EXPECT_EQ(found.min_score, 0.5f);
      for (const Face& face : found.faces) scores.push_back(face.score);
      return std::vector<bool>(found.faces.size(), chosen);
    });
    while (const Request* request = pipeline.next()) {
      const bool classifier = request->network == Network::kClassifier;
      looks += classifier;
      pipeline.feed(classifier ? std::vector<Tensor>{{{1, 3}, {0, 8, 0}}}
                               : one_face(*request->input, 30, 30, 24, logit, {3, 0, 0}));
    }
    EXPECT_EQ(scores.size(), pipeline.detection()->faces.size());
    return scores.empty() ? std::string("none")
                          : std::string(label_name(pipeline.detection()->faces[0].label));
  };
  EXPECT_EQ(run(-1, false), "correct");  // a score of 0.27
  EXPECT_EQ(run(-1, true), "incorrect");
  EXPECT_EQ(run(-3, true), "none");
  EXPECT_EQ(looks, 1);
}

TEST(OneStage, TilesMergeWithoutDoublesAtTheSeams) {
  PipelineConfig config = one_stage_config();
  config.classifier.reset();
  Pipeline pipeline(config);
  const Image image = grey(160, 64);
  DetectOptions options;
  options.tiles = true;
  const std::vector<Box> tiles = tiles_for(160, 64, 64);
  ASSERT_GE(tiles.size(), 3u);
  std::size_t looks = 0;
  // One face at x = 100 in the source, as the whole picture and every tile that holds it show it.
  const Result<Detection> found = drive(pipeline, image, options, [&](const Request& request) {
    if (looks == 0) {
      ++looks;
      return one_face(*request.input, 100 * 0.4f, 30 * 0.4f, 16 * 0.4f);
    }
    const Box& tile = tiles.at(looks++ - 1);
    const float x = 100 - tile.x;
    const bool inside = x > 8 && x < 56;
    return one_face(*request.input, inside ? x : 30, 30, 16, inside ? 6.0f : -20.0f);
  });
  EXPECT_EQ(looks, tiles.size() + 1);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->faces.size(), 1u);
  EXPECT_NEAR(found->faces[0].box.x, 92, 0.5);
}

// Two neighbouring cells of stride 16 say nearly the same: the better one is kept, where both lie.
TEST(OneStage, CellsThatAgreeVoteOnTheBoxWhateverTheMinimumScore) {
  OneStageConfig config;
  const Letterbox letterbox = letterbox_for(64, 64, 64, 32);
  Tensor input{{1, 3, 64, 64}, {}};
  std::vector<Tensor> outputs = one_face(input, 30, 30, 20, 2);
  const std::vector<Tensor> other = one_face(input, 33, 30, 20, 1);
  const std::vector<Tensor> faint = one_face(input, 30, 49, 20, -4);
  for (std::size_t i = 0; i < outputs[1].data.size(); ++i) {
    const std::size_t cell = i % 16;
    if (other[1].data[cell] > -20) outputs[1].data[i] = other[1].data[i];
    if (faint[1].data[cell] > -20) outputs[1].data[i] = faint[1].data[i];
  }
  const float a = 1 / (1 + std::exp(-2.0f));
  const float b = 1 / (1 + std::exp(-1.0f));
  for (float min_score : {0.5f, 0.05f, 0.001f}) {
    config.min_score = min_score;
    const Result<std::vector<Face>> found = decode_one_stage(outputs, letterbox, config);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), min_score < 0.01f ? 2u : 1u);
    EXPECT_NEAR(found->at(0).box.x, (a * 20 + b * 23) / (a + b), 1e-4);
    EXPECT_NEAR(found->at(0).score, a, 1e-6);
  }
}

TEST(Tiles, CoverThePictureAndOverlapByAQuarter) {
  for (auto [width, height] : {std::pair{4000, 3000}, {1281, 640}, {641, 5000}}) {
    const std::vector<Box> tiles = tiles_for(width, height, 640);
    float right = 0;
    float bottom = 0;
    for (const Box& tile : tiles) {
      EXPECT_GE(tile.x, 0);
      EXPECT_LE(tile.right(), static_cast<float>(width));
      EXPECT_LE(tile.bottom(), static_cast<float>(height));
      right = std::max(right, tile.right());
      bottom = std::max(bottom, tile.bottom());
    }
    EXPECT_EQ(right, static_cast<float>(width));
    EXPECT_EQ(bottom, static_cast<float>(height));
    for (std::size_t i = 1; i < tiles.size(); ++i) {
      if (tiles[i].y == tiles[i - 1].y) EXPECT_LE(tiles[i].x - tiles[i - 1].x, 480.5f);
    }
  }
  EXPECT_EQ(tiles_for(900, 600, 640).size(), 1u);
}

TEST(Pipeline, APartThatIsNotConfiguredIsAMismatch) {
  Pipeline pipeline(PipelineConfig{});
  const Image image = grey(64, 64);
  for (DetectorKind kind : {DetectorKind::kMtcnn, DetectorKind::kOneStage}) {
    DetectOptions options;
    options.detector = kind;
    pipeline.start(image.view(), options);
    EXPECT_EQ(pipeline.next(), nullptr);
    ASSERT_FALSE(pipeline.detection());
    EXPECT_EQ(pipeline.detection().error().code, ErrorCode::kModelMismatch);
  }
}

TEST(Pipeline, ARunUnderWayCanBeGivenUp) {
  Pipeline pipeline(one_stage_config());
  const Image image = grey(64, 64);
  pipeline.start(image.view(), {});
  ASSERT_NE(pipeline.next(), nullptr);
  const Result<Detection> found = drive(pipeline, image, {}, [](const Request& request) {
    return one_face(*request.input, 30, 30, 12);
  });
  EXPECT_EQ(found->faces.size(), 1u);
}

TEST(Mtcnn, CascadeAsksPNetPerLevelThenCropsInBatches) {
  PipelineConfig config;
  config.mtcnn.emplace();
  config.classifier.emplace();
  config.threads = 2;
  Pipeline pipeline(config);
  const Image image = grey(200, 100);
  DetectOptions options;
  options.detector = DetectorKind::kMtcnn;
  std::map<std::string, int> calls;
  const Result<Detection> found = drive(
      pipeline, image, options,
      [&](const Request& request) -> std::vector<Tensor> {
        const std::vector<int>& shape = request.input->shape;
        switch (request.network) {
          case Network::kPNet: {
            const int height = (shape[2] - 2 + 1) / 2 - 4;
            const int width = (shape[3] - 2 + 1) / 2 - 4;
            Tensor scores{{1, 1, height, width}, {}};
            scores.data.assign(element_count(scores.shape), 0);
            if (calls["pnet"] == 1) scores.data[0] = 0.9f;
            Tensor boxes{{1, 4, height, width}, {}};
            boxes.data.assign(element_count(boxes.shape), 0);
            return {boxes, scores};
          }
          case Network::kRNet:
            EXPECT_EQ(shape, (std::vector<int>{1, 3, 24, 24}));
            return {{{1, 4}, {0, 0, 0, 0}}, {{1, 1}, {0.95f}}};
          case Network::kONet:
            EXPECT_EQ(shape, (std::vector<int>{1, 3, 48, 48}));
            return {{{1, 4}, {0, 0, 0, 0}},
                    {{1, 10}, {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f}},
                    {{1, 1}, {0.99f}}};
          default:
            return {{{1, 3}, {0, 0, 4}}};
        }
      },
      &calls);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(calls["pnet"], static_cast<int>(pyramid_scales(200, 100, *config.mtcnn).size()));
  ASSERT_EQ(found->faces.size(), 1u);
  const Face& face = found->faces[0];
  // The first cell spans 1 to 12 pixels of a level scaled by 12 / 20.
  EXPECT_NEAR(face.box.x, 1 / 0.6, 1e-3);
  EXPECT_NEAR(face.box.width, 11 / 0.6, 1e-3);
  EXPECT_EQ(face.label, Label::kUnmasked);
  EXPECT_NEAR(face.landmarks[0].x, 1 / 0.6 - 1 + 0.5 * (11 / 0.6 + 1), 1e-3);
}

TEST(Mtcnn, APictureSmallerThanACellHasNoFaces) {
  PipelineConfig config;
  config.mtcnn.emplace();
  config.classifier.emplace();
  Pipeline pipeline(config);
  DetectOptions options;
  options.detector = DetectorKind::kMtcnn;
  for (auto [width, height] : {std::pair{1, 1}, {11, 400}, {13, 13}}) {
    const Image image = grey(width, height);
    const Result<Detection> found =
        drive(pipeline, image, options, [](const Request&) { return std::vector<Tensor>{}; });
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->faces.empty());
  }
}

// 3153 x 3154 pixels times 12 x 12, three colours, four bytes: more than 32 bits count.
TEST(Mtcnn, APyramidThatNoMemoryHoldsIsRefused) {
  PipelineConfig config;
  config.mtcnn.emplace();
  config.classifier.emplace();
  Pipeline pipeline(config);
  DetectOptions options;
  options.detector = DetectorKind::kMtcnn;
  options.min_face = 1;
  for (auto [width, height] : {std::pair{3153, 3154}, {1920, 1440}, {16000, 6250}}) {
    const Image image = std::move(*Image::allocate(width, height));
    pipeline.start(image.view(), options);
    EXPECT_EQ(pipeline.next(), nullptr);
    ASSERT_FALSE(pipeline.detection());
    EXPECT_EQ(pipeline.detection().error().code, ErrorCode::kImageTooLarge);
  }
}

TEST(Tensor, CountsDoNotWrap) {
  EXPECT_EQ(element_count(std::vector<int>{1, 3, 37848, 37836}), 4296050784U);
  EXPECT_EQ(element_count(std::vector<int>{65536, 65536, 65536, 65536}),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(element_count(std::vector<int>{65536, 65536, 65536, 65536, 0}), 0U);
  EXPECT_TRUE(image_batch(1, 4096, 4096));
  for (double side : {4097.0, 1e300, std::numeric_limits<double>::infinity(),
                      std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(image_batch(1, side, side));
  }
}

TEST(OneStage, AnswersThatAreNoNumbersAreNoFaces) {
  PipelineConfig config = one_stage_config();
  config.classifier.reset();
  Pipeline pipeline(config);
  const Image image = grey(64, 64);
  for (float odd : {NAN, INFINITY, -INFINITY, 3e38f}) {
    for (std::size_t channel = 0; channel < 18; ++channel) {
      const Result<Detection> found = drive(pipeline, image, {}, [&](const Request& request) {
        std::vector<Tensor> outputs = one_face(*request.input, 30, 30, 12);
        for (Tensor& output : outputs) {
          const std::size_t plane = output.data.size() / 18;
          std::fill_n(output.data.begin() + static_cast<long>(channel * plane), plane, odd);
        }
        return outputs;
      });
      ASSERT_TRUE(found);
      for (const Face& face : found->faces) EXPECT_TRUE(is_finite(face));
    }
  }
}

TEST(Classifier, AnswersThatAreNoNumbersAreAMismatch) {
  PipelineConfig config = one_stage_config();
  config.one_stage_accurate->refinement = Refinement{0, 0.5f};
  Pipeline pipeline(config);
  const Image image = grey(64, 64);
  const Result<Detection> found =
      drive(pipeline, image, {}, [](const Request& request) -> std::vector<Tensor> {
        if (request.network == Network::kClassifier) return {{{1, 3}, {0, NAN, 0}}};
        return one_face(*request.input, 30, 30, 24);
      });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kModelMismatch);
}

TEST(Classifier, ATwoClassNetworkNeverSaysIncorrect) {
  PipelineConfig config = one_stage_config();
  config.classifier->classes = {Label::kCorrect, Label::kUnmasked};
  Pipeline pipeline(config);
  const Image image = grey(64, 64);
  const Result<Detection> found =
      drive(pipeline, image, {}, [](const Request& request) -> std::vector<Tensor> {
        if (request.network == Network::kClassifier) return {{{1, 2}, {0, 2}}};
        return one_face(*request.input, 30, 30, 12, 5, {0, 9, 0});
      });
  const Face& face = found->faces.at(0);
  EXPECT_EQ(face.label, Label::kUnmasked);
  EXPECT_EQ(face.probabilities[1], 0);
  EXPECT_NEAR(face.probabilities[2], 1 / (1 + std::exp(-2.0f)), 1e-6);
}

TEST(Labels, TemperatureSoftensAndKeepsTheOrder) {
  const Probabilities sharp = softmax({2, 1, 0}, 1);
  const Probabilities soft = softmax({2, 1, 0}, 2);
  EXPECT_GT(sharp[0], soft[0]);
  EXPECT_GT(soft[0], soft[1]);
  EXPECT_NEAR(soft[0] + soft[1] + soft[2], 1, 1e-6);
}

TEST(Manifest, NumbersReachTheirMembers) {
  PipelineConfig config;
  const auto set = [&](const char* network, const char* key, std::vector<float> values) {
    return config.set(network, key, values);
  };
  EXPECT_TRUE(set("pnet", "threshold", {0.5f}));
  EXPECT_TRUE(set("pnet", "input.mean", {1, 2, 3}));
  EXPECT_TRUE(set("onet", "nms", {0.6f}));
  EXPECT_TRUE(set("one-stage-fast", "outputs.stride", {4, 8}));
  EXPECT_TRUE(set("one-stage-fast", "refine.classifierWeight", {0.25f}));
  EXPECT_TRUE(set("one-stage-fast", "refine.maxMargin", {0.75f}));
  EXPECT_TRUE(set("one-stage-fast", "input.multiple", {16}));
  EXPECT_TRUE(set("classifier", "input.shape", {NAN, 3, 80, 80}));
  EXPECT_TRUE(set("classifier", "classes", {0, 2}));
  EXPECT_FALSE(set("classifier", "bytes", {418}));
  EXPECT_FALSE(set("nobody", "threshold", {1}));
  EXPECT_FALSE(set("pnet", "threshold", {}));
  EXPECT_EQ(config.mtcnn->pnet_threshold, 0.5f);
  EXPECT_EQ(config.mtcnn->norm.mean[2], 3);
  EXPECT_EQ(config.mtcnn->onet_nms, 0.6f);
  EXPECT_EQ(config.one_stage_fast->strides, (std::vector<int>{4, 8}));
  EXPECT_EQ(config.one_stage_fast->refinement->classifier_weight, 0.25f);
  EXPECT_EQ(config.one_stage_fast->refinement->max_margin, 0.75f);
  EXPECT_EQ(config.one_stage_fast->multiple, 16);
  EXPECT_FALSE(config.one_stage_accurate);
  EXPECT_EQ(config.classifier->size, 80);
  EXPECT_EQ(config.classifier->classes, (std::vector<Label>{Label::kCorrect, Label::kUnmasked}));
}

TEST(Faces, FlattenAndBackAgain) {
  Face face;
  face.box = {1, 2, 3, 4};
  face.score = 0.5f;
  face.label = Label::kIncorrect;
  face.probabilities = {0.2f, 0.7f, 0.1f};
  face.uncertain = false;
  face.has_landmarks = true;
  face.landmarks[4] = {8, 9};
  const std::vector<float> numbers = flatten(std::vector<Face>{face, face});
  ASSERT_EQ(numbers.size(), 2u * kFaceNumbers);
  const Face back = unflatten(numbers).at(1);
  EXPECT_EQ(back.box.height, 4);
  EXPECT_EQ(back.label, Label::kIncorrect);
  EXPECT_FALSE(back.uncertain);
  EXPECT_EQ(back.landmarks[4].y, 9);
}

TEST(Workers, EveryRoundRunsOnce) {
  for (int threads : {1, 2, 4}) {
    WorkerPool pool(threads);
    for (std::size_t count : {0u, 1u, 7u, 1000u}) {
      std::vector<int> runs(count, 0);
      pool.for_each(count, [&](std::size_t i) { ++runs[i]; });
      for (int n : runs) EXPECT_EQ(n, 1);
    }
  }
}

}  // namespace
}  // namespace masklens
