// The way through with canned answers: what is asked for, in which shapes, and what becomes of the
// answers. The real networks run in tests/lib.
#include "core/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "answers.h"
#include "core/network/mtcnn.h"
#include "core/network/one_stage.h"
#include "manifests.h"

namespace masklens {
namespace {

Image grey(int width, int height) {
  Image image = std::move(*Image::allocate(width, height));
  std::fill(image.data(), image.data() + image.bytes(), std::uint8_t{127});
  return image;
}

// Answers of the one-stage network with one face of the given geometry, in working pixels.
std::vector<Tensor> one_face(const Tensor& input, float x, float y, float side, float logit = 5,
                             std::array<float, 3> labels = {3, 0, 0}) {
  return test::one_stage_answer(input, {{x, y, logit, labels, side}});
}

using Answer = std::function<std::vector<Tensor>(const Request&)>;

Result<Detection> drive(Pipeline& pipeline, const Image& image, const DetectOptions& options,
                        const Answer& answer, std::map<std::string, int>* calls = nullptr) {
  pipeline.start(image.view(), options);
  while (const Request* request = pipeline.next()) {
    if (calls) ++(*calls)[std::string(request->network)];
    EXPECT_EQ(request->input->data.size(), element_count(request->input->shape));
    pipeline.feed(answer(*request));
  }
  return pipeline.detection();
}

TEST(OneStage, BoxesComeBackInSourcePixels) {
  Pipeline pipeline(test::models(), 1);
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
  Pipeline pipeline(test::models(), 1);
  const Image image = grey(64, 64);
  const Result<Detection> found = drive(pipeline, image, {}, [](const Request& request) {
    return one_face(*request.input, 2, 2, 20);
  });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->faces[0].box.x, 0);
  EXPECT_NEAR(found->faces[0].box.right(), 12, 1e-3);
}

TEST(OneStage, CloseVerdictsAndSmallFacesAreUncertainNotDropped) {
  Manifest manifest = test::manifest();
  manifest.networks["faces"].numbers["minFace"] = {15};
  Pipeline pipeline(test::models(manifest), 1);
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
  Pipeline pipeline(test::models(), 1);
  const Image image = grey(64, 64);
  std::map<std::string, int> calls;
  const Result<Detection> found = drive(
      pipeline, image, {},
      [](const Request& request) { return one_face(*request.input, 30, 30, 10, -20); }, &calls);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->faces.empty());
  EXPECT_EQ(calls["crops"], 0);
}

TEST(OneStage, AnswersOfTheWrongShapeAreAMismatch) {
  Pipeline pipeline(test::models(), 1);
  const Image image = grey(64, 64);
  const Result<Detection> found = drive(pipeline, image, {}, [](const Request&) {
    return std::vector<Tensor>{{{1, 1}, {0}}};
  });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kModelMismatch);
}

TEST(OneStage, TheClassifierHasItsSayByTheRule) {
  Manifest manifest = test::manifest();
  test::set_refinement(manifest.networks["faces"], 20, 0.5, 1);
  Pipeline pipeline(test::models(manifest), 1);
  const Image image = grey(64, 64);
  std::map<std::string, int> calls;
  const auto label = [&](float side, Refine refine) {
    DetectOptions options;
    options.refine = refine;
    const Result<Detection> found = drive(
        pipeline, image, options,
        [&](const Request& request) -> std::vector<Tensor> {
          if (request.network != "crops") {
            return one_face(*request.input, 30, 30, side, 5, {3, 0, 0});
          }
          EXPECT_EQ(request.input->shape, (std::vector<int>{1, 3, 16, 16}));
          return {{{1, 3}, {0, 8, 0}}};
        },
        &calls);
    return found->faces.at(0).label;
  };
  EXPECT_EQ(label(24, Refine::kNever), Label::kCorrect);
  EXPECT_EQ(calls["crops"], 0);
  EXPECT_EQ(label(24, Refine::kAuto), Label::kIncorrect);
  EXPECT_EQ(label(16, Refine::kAuto), Label::kCorrect);  // under the rule's 20 pixels
  EXPECT_EQ(label(16, Refine::kAlways), Label::kIncorrect);
  EXPECT_EQ(calls["crops"], 2);
}

TEST(OneStage, ASureLabelIsNotAskedAbout) {
  Manifest manifest = test::manifest();
  test::set_refinement(manifest.networks["faces"], 0, 0.9, 0.5);
  Pipeline pipeline(test::models(manifest), 1);
  const Image image = grey(64, 64);
  std::map<std::string, int> calls;
  const auto label = [&](std::array<float, 3> logits, Refine refine) {
    DetectOptions options;
    options.refine = refine;
    const Result<Detection> found = drive(
        pipeline, image, options,
        [&](const Request& request) -> std::vector<Tensor> {
          if (request.network != "crops") {
            return one_face(*request.input, 30, 30, 24, 5, logits);
          }
          return {{{1, 3}, {0, 8, 0}}};
        },
        &calls);
    return found->faces.at(0).label;
  };
  EXPECT_EQ(label({4, 0, 0}, Refine::kAuto), Label::kCorrect);
  EXPECT_EQ(calls["crops"], 0);
  EXPECT_EQ(label({1, 0.5f, 0}, Refine::kAuto), Label::kIncorrect);
  EXPECT_EQ(label({4, 0, 0}, Refine::kAlways), Label::kIncorrect);
  EXPECT_EQ(calls["crops"], 2);
}

TEST(OneStage, WhoFollowsFacesSeesFaintOnesAndChoosesWhatTheClassifierLooksAt) {
  Pipeline pipeline(test::models(), 1);
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
      const bool classifier = request->network == "crops";
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
  Pipeline pipeline(test::models(), 1);
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

// The cells of `others` that say there is a face, put into `outputs`.
void add_cells(std::vector<Tensor>& outputs, const std::vector<Tensor>& others) {
  constexpr float kNothing = -20;  // one_face says so of every other cell
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const std::size_t plane = outputs[o].data.size() / 18;
    for (std::size_t i = 0; i < outputs[o].data.size(); ++i) {
      if (others[o].data[i % plane] > kNothing) outputs[o].data[i] = others[o].data[i];
    }
  }
}

// Two neighbouring cells of stride 16 say nearly the same: the better one is kept, where both lie.
TEST(OneStage, CellsThatAgreeVoteOnTheBoxWhateverTheMinimumScore) {
  const ManifestEntry entry = test::one_stage_entry();
  EntryReader reader("networks", "faces", entry);
  OneStageConfig config = read_one_stage(reader);
  const Letterbox letterbox = letterbox_for(64, 64, 64, 32);
  Tensor input{{1, 3, 64, 64}, {}};
  std::vector<Tensor> outputs = one_face(input, 30, 30, 20, 2);
  add_cells(outputs, one_face(input, 33, 30, 20, 1));
  add_cells(outputs, one_face(input, 30, 49, 20, -4));
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

TEST(Pipeline, ANameThatTheManifestDoesNotHaveIsAMismatch) {
  Pipeline pipeline(test::models(), 1);
  const Image image = grey(64, 64);
  DetectOptions no_detector;
  no_detector.detector = "nobody";
  DetectOptions no_classifier;
  no_classifier.classifier = "nobody";
  for (const DetectOptions& options : {no_detector, no_classifier}) {
    EXPECT_FALSE(pipeline.networks_for(options));
    pipeline.start(image.view(), options);
    EXPECT_EQ(pipeline.next(), nullptr);
    ASSERT_FALSE(pipeline.detection());
    EXPECT_EQ(pipeline.detection().error().code, ErrorCode::kModelMismatch);
  }
}

TEST(Pipeline, SaysWhichNetworksOptionsNeed) {
  using Names = std::vector<std::string>;
  Manifest manifest = test::manifest();
  const auto needed = [&](DetectOptions options) {
    return *Pipeline(test::models(manifest), 1).networks_for(options);
  };
  DetectOptions options;
  EXPECT_EQ(needed(options), (Names{"faces"}));
  options.refine = Refine::kAlways;
  EXPECT_EQ(needed(options), (Names{"faces", "crops"}));
  test::set_refinement(manifest.networks["faces"], 0, 0.5, 1);
  options.refine = Refine::kAuto;
  EXPECT_EQ(needed(options), (Names{"faces", "crops"}));
  options.refine = Refine::kNever;
  EXPECT_EQ(needed(options), (Names{"faces"}));
  options.detector = "cascade";
  EXPECT_EQ(needed(options), (Names{"pnet", "rnet", "onet", "crops"}));
}

TEST(Pipeline, SizesAndLiveVideoHaveTheirOwnDefaults) {
  Manifest manifest = test::manifest();
  ManifestEntry& detector = manifest.detectors["plain"];
  detector.texts.erase("networks.only");
  detector.texts["networks.large"] = {"faces"};
  detector.texts["networks.small"] = {"little"};
  detector.texts["still.quality"] = {"large"};
  detector.texts["live.quality"] = {"small"};
  detector.numbers["live.maxSide"] = {32};
  manifest.networks["little"] = test::one_stage_entry();
  manifest.networks["little"].numbers["maxSide"] = {96};
  Pipeline pipeline(test::models(manifest), 1);
  const Image image = grey(64, 64);
  const auto asked = [&](const char* quality, bool live) {
    DetectOptions options;
    options.quality = quality;
    options.live = live;
    pipeline.start(image.view(), options);
    const Request* const request = pipeline.next();
    return std::pair{std::string(request->network), request->input->shape[3]};
  };
  EXPECT_EQ(asked("", false), (std::pair{std::string("faces"), 64}));
  EXPECT_EQ(asked("small", false), (std::pair{std::string("little"), 96}));
  EXPECT_EQ(asked("", true), (std::pair{std::string("little"), 32}));
  EXPECT_EQ(asked("large", true), (std::pair{std::string("faces"), 64}));
  EXPECT_EQ(asked("no such size", false), (std::pair{std::string("faces"), 64}));
  manifest.networks["faces"].numbers["maxSide"] = {640};
  Pipeline slow(test::models(manifest), 1);
  DetectOptions options;
  options.side_share = 0.5f;
  slow.start(image.view(), options);
  EXPECT_EQ(slow.next()->input->shape[3], 320);
  options.side_share = 0.01f;
  slow.start(image.view(), options);
  EXPECT_EQ(slow.next()->input->shape[3], 128);
}

TEST(Pipeline, OnlyTheRegionIsLookedAt) {
  Pipeline pipeline(test::models(), 1);
  Image image = grey(200, 100);
  image.data()[4 * (50 * 200 + 120)] = 200;  // one red pixel, inside
  DetectOptions options;
  options.region = Box{100.2f, 40, 64, 50};
  options.refine = Refine::kAlways;
  const Result<Detection> found =
      drive(pipeline, image, options, [](const Request& request) -> std::vector<Tensor> {
        if (request.network == "crops") return {{{1, 3}, {0, 0, 4}}};
        // 65 x 50 pixels from (100, 40) on, as 64 x 49 in 64 x 64.
        EXPECT_EQ(request.input->shape, (std::vector<int>{1, 3, 64, 64}));
        EXPECT_GT(*std::max_element(request.input->data.begin(), request.input->data.end()), 150);
        return one_face(*request.input, 20, 20, 16);
      });
  ASSERT_TRUE(found);
  ASSERT_EQ(found->faces.size(), 1u);
  EXPECT_NEAR(found->faces[0].box.centre().x, 100 + 20 * 65.0 / 64, 0.5);
  EXPECT_NEAR(found->faces[0].box.centre().y, 60, 0.5);
  EXPECT_EQ(found->width, 200);
  const float none = std::numeric_limits<float>::quiet_NaN();
  for (const Box& nothing : {Box{300, 0, 10, 10}, Box{0, 0, 0, 10}, Box{-20, 0, 10, 10},
                             Box{none, 0, 10, 10}, Box{0, 0, 10, none}}) {
    options.region = nothing;
    pipeline.start(image.view(), options);
    EXPECT_EQ(pipeline.next(), nullptr);
    EXPECT_TRUE(pipeline.detection()->faces.empty());
  }
}

// The face is larger than what the usual working picture shows to the network.
TEST(Pipeline, AFaceThatFillsThePictureIsSeenInASmallerOne) {
  Manifest manifest = test::manifest();
  manifest.networks["faces"].numbers["maxSide"] = {256};
  manifest.detectors["plain"].numbers["near.maxSide"] = {64};
  manifest.detectors["plain"].numbers["near.alwaysFrom"] = {512};
  Pipeline pipeline(test::models(manifest), 1);
  const Image image = grey(512, 512);
  int looks = 0;
  const auto answer = [&](const Request& request) {
    ++looks;
    const int side = request.input->shape[3];
    return one_face(*request.input, 30, 30, 50, side == 64 ? 3.0f : -20.0f);
  };
  const Result<Detection> found = drive(pipeline, image, {}, answer);
  ASSERT_EQ(found->faces.size(), 1u);
  EXPECT_NEAR(found->faces[0].box.width, 8 * 50, 1e-2);
  EXPECT_EQ(looks, 2);
  DetectOptions live;
  live.live = true;
  looks = 0;
  EXPECT_TRUE(drive(pipeline, image, live, answer)->faces.empty());
  EXPECT_EQ(looks, 1);
}

// A face that fills the picture, and a small one beside it: each look finds its own.
TEST(Pipeline, ASecondLookAddsOnlyTheFacesThatFillThePicture) {
  Manifest manifest = test::manifest();
  manifest.networks["faces"].numbers["maxSide"] = {256};
  manifest.detectors["plain"].numbers["near.maxSide"] = {64};
  manifest.detectors["plain"].numbers["near.alwaysFrom"] = {256};
  Pipeline pipeline(test::models(manifest), 1);
  const Image image = grey(512, 512);
  float near_side = 50;
  int looks = 0;
  const auto answer = [&](const Request& request) {
    ++looks;
    const bool near = request.input->shape[3] == 64;
    return near ? one_face(*request.input, 30, 30, near_side, 3)
                : one_face(*request.input, 10, 10, 16, 2);
  };
  const Result<Detection> both = drive(pipeline, image, {}, answer);
  EXPECT_EQ(looks, 2);
  ASSERT_EQ(both->faces.size(), 2u);
  EXPECT_NEAR(both->faces[0].box.width, 8 * 50, 1e-2);
  EXPECT_NEAR(both->faces[1].box.width, 2 * 16, 1e-2);
  near_side = 18;  // less than 0.3 of the picture
  EXPECT_EQ(drive(pipeline, image, {}, answer)->faces.size(), 1u);
  DetectOptions smaller;
  smaller.max_side = 128;
  looks = 0;
  EXPECT_TRUE(drive(pipeline, image, smaller, answer));
  EXPECT_EQ(looks, 1);
}

// The face lies on its side: only the picture turned by one quarter shows it to the network.
TEST(Pipeline, APictureOnItsSideIsLookedAtTurned) {
  Manifest manifest = test::manifest();
  manifest.detectors["plain"].numbers["turn.minScore"] = {0.6};
  Pipeline pipeline(test::models(manifest), 1);
  Image image = grey(128, 96);
  // A white dot at (10, 20), to see where the turned pictures have it.
  for (int y = 18; y < 22; ++y) {
    for (int x = 8; x < 12; ++x) std::fill_n(image.data() + 4 * (y * 128 + x), 4, 255);
  }
  DetectOptions options;
  options.refine = Refine::kAlways;
  struct Expected {
    int turns;
    float roll;
    int dot_x;  // in the turned picture
    int dot_y;
  };
  for (const Expected& wanted :
       {Expected{1, -90, 96 - 20, 10}, {2, 180, 128 - 10, 96 - 20}, {3, 90, 20, 128 - 10}}) {
    int looks = 0;
    const Result<Detection> found =
        drive(pipeline, image, options, [&](const Request& request) -> std::vector<Tensor> {
          const Tensor& input = *request.input;
          if (request.network == "crops") {
            // The crop is turned, too: its dot is where the turned picture has it.
            const auto brightest = std::max_element(input.data.begin(), input.data.end());
            const auto at = static_cast<int>(brightest - input.data.begin()) % 256;
            EXPECT_NEAR(at % 16, 8, 1);
            EXPECT_NEAR(at / 16, 8, 1);
            return {{{1, 3}, {0, 0, 4}}};
          }
          const int turns = looks++;
          if (turns != wanted.turns) return one_face(input, 30, 30, 12, -20);
          const int width = input.shape[3];
          EXPECT_GT(
              input.data[static_cast<std::size_t>(wanted.dot_y / 2 * width + wanted.dot_x / 2)],
              230);
          return one_face(input, static_cast<float>(wanted.dot_x) / 2,
                          static_cast<float>(wanted.dot_y) / 2, 8);
        });
    ASSERT_TRUE(found);
    EXPECT_EQ(looks, 4);
    ASSERT_EQ(found->faces.size(), 1u);
    const Face& face = found->faces[0];
    EXPECT_EQ(face.roll, wanted.roll);
    EXPECT_NEAR(face.box.centre().x, 10, 1e-3);
    EXPECT_NEAR(face.box.centre().y, 20, 1e-3);
    EXPECT_EQ(face.label, Label::kUnmasked);
  }
  options.turn = Turn::kNever;
  std::map<std::string, int> calls;
  const auto nothing = [](const Request& request) {
    return one_face(*request.input, 30, 30, 12, -20);
  };
  EXPECT_TRUE(drive(pipeline, image, options, nothing, &calls)->faces.empty());
  EXPECT_EQ(calls["faces"], 1);
}

TEST(Pipeline, ARunUnderWayCanBeGivenUp) {
  Pipeline pipeline(test::models(), 1);
  const Image image = grey(64, 64);
  pipeline.start(image.view(), {});
  ASSERT_NE(pipeline.next(), nullptr);
  const Result<Detection> found = drive(pipeline, image, {}, [](const Request& request) {
    return one_face(*request.input, 30, 30, 12);
  });
  EXPECT_EQ(found->faces.size(), 1u);
}

TEST(Mtcnn, CascadeAsksPNetPerLevelThenCropsInBatches) {
  Pipeline pipeline(test::models(), 2);
  const Image image = grey(200, 100);
  DetectOptions options;
  options.detector = "cascade";
  std::map<std::string, int> calls;
  const Result<Detection> found = drive(
      pipeline, image, options,
      [&](const Request& request) -> std::vector<Tensor> {
        const std::vector<int>& shape = request.input->shape;
        if (request.network == "pnet") {
          const int height = (shape[2] - 2 + 1) / 2 - 4;
          const int width = (shape[3] - 2 + 1) / 2 - 4;
          Tensor scores{{1, 1, height, width}, {}};
          scores.data.assign(element_count(scores.shape), 0);
          if (calls["pnet"] == 1) scores.data[0] = 0.9f;
          Tensor boxes{{1, 4, height, width}, {}};
          boxes.data.assign(element_count(boxes.shape), 0);
          return {boxes, scores};
        }
        if (request.network == "rnet") {
          EXPECT_EQ(shape, (std::vector<int>{1, 3, 24, 24}));
          return {{{1, 4}, {0, 0, 0, 0}}, {{1, 1}, {0.95f}}};
        }
        if (request.network == "onet") {
          EXPECT_EQ(shape, (std::vector<int>{1, 3, 48, 48}));
          return {{{1, 4}, {0, 0, 0, 0}},
                  {{1, 10}, {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f}},
                  {{1, 1}, {0.99f}}};
        }
        return {{{1, 3}, {0, 0, 4}}};
      },
      &calls);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(calls["pnet"], 5);
  ASSERT_EQ(found->faces.size(), 1u);
  const Face& face = found->faces[0];
  // The first cell spans 1 to 12 pixels of a level scaled by 12 / 20.
  EXPECT_NEAR(face.box.x, 1 / 0.6, 1e-3);
  EXPECT_NEAR(face.box.width, 11 / 0.6, 1e-3);
  EXPECT_EQ(face.label, Label::kUnmasked);
  EXPECT_NEAR(face.landmarks[0].x, 1 / 0.6 - 1 + 0.5 * (11 / 0.6 + 1), 1e-3);
}

TEST(Mtcnn, APictureSmallerThanACellHasNoFaces) {
  Pipeline pipeline(test::models(), 1);
  DetectOptions options;
  options.detector = "cascade";
  for (auto [width, height] : {std::pair{1, 1}, {11, 400}, {13, 13}}) {
    const Image image = grey(width, height);
    const Result<Detection> found =
        drive(pipeline, image, options, [](const Request&) { return std::vector<Tensor>{}; });
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->faces.empty());
  }
}

// The shape says where numbers lie: as many sides as wanted, and no number.
TEST(Mtcnn, AnAnswerOfNothingIsRefusedWhateverItsSides) {
  Pipeline pipeline(test::models(), 1);
  const Image image = grey(60, 60);
  DetectOptions options;
  options.detector = "cascade";
  for (const std::vector<int>& shape : {std::vector<int>{0, 1, 40, 40}, {1, 0, 40, 40}}) {
    const Result<Detection> found = drive(pipeline, image, options, [&](const Request&) {
      return std::vector<Tensor>{{{0, 4, 40, 40}, {}}, {shape, {}}};
    });
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::kModelMismatch);
  }
}

// 3153 x 3154 pixels times 12 x 12, three colours, four bytes: more than 32 bits count.
TEST(Mtcnn, NoLevelIsLargerThanThePicture) {
  Pipeline pipeline(test::models(), 1);
  for (const float min_face : {12.0f, 1.0f, 1e-30f, 0.0f}) {
    DetectOptions options;
    options.detector = "cascade";
    options.min_face = min_face;
    for (auto [width, height] : {std::pair{3153, 3154}, {61, 40}}) {
      // The large one once: sanitisers take long for its tensors.
      if (width > 61 && min_face != 1) continue;
      const Image image = std::move(*Image::allocate(width, height));
      pipeline.start(image.view(), options);
      const Request* const call = pipeline.next();
      ASSERT_NE(call, nullptr);
      EXPECT_EQ(call->input->shape, (std::vector<int>{1, 3, height, width}));
    }
  }
}

TEST(Mtcnn, APyramidThatNoMemoryHoldsIsRefused) {
  Pipeline pipeline(test::models(), 1);
  DetectOptions options;
  options.detector = "cascade";
  options.min_face = 1;
  for (auto [width, height] : {std::pair{4097, 4097}, {5000, 3400}, {16000, 6250}}) {
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
  Pipeline pipeline(test::models(), 1);
  const Image image = grey(64, 64);
  for (float odd : {NAN, INFINITY, -INFINITY, 3e38f}) {
    for (std::size_t channel = 0; channel < 18; ++channel) {
      const Result<Detection> found = drive(pipeline, image, {}, [&](const Request& request) {
        // Two cells that agree: what they say is added up.
        std::vector<Tensor> outputs = one_face(*request.input, 30, 30, 20, 4);
        add_cells(outputs, one_face(*request.input, 33, 30, 20, 4));
        for (Tensor& output : outputs) {
          const std::size_t plane = output.data.size() / 18;
          std::fill_n(output.data.begin() + static_cast<long>(channel * plane), plane, odd);
        }
        return outputs;
      });
      ASSERT_TRUE(found);
      for (const Face& face : found->faces) EXPECT_TRUE(is_sound(face));
    }
  }
}

TEST(Classifier, AnswersThatAreNoNumbersAreAMismatch) {
  Manifest manifest = test::manifest();
  test::set_refinement(manifest.networks["faces"], 0, 0.5, 1);
  Pipeline pipeline(test::models(manifest), 1);
  const Image image = grey(64, 64);
  const Result<Detection> found =
      drive(pipeline, image, {}, [](const Request& request) -> std::vector<Tensor> {
        if (request.network == "crops") return {{{1, 3}, {0, NAN, 0}}};
        return one_face(*request.input, 30, 30, 24);
      });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kModelMismatch);
}

TEST(Classifier, ATwoClassNetworkNeverSaysIncorrect) {
  Manifest manifest = test::manifest();
  manifest.networks["crops"].texts["classes"] = {"correct", "unmasked"};
  Pipeline pipeline(test::models(manifest), 1);
  const Image image = grey(64, 64);
  const Result<Detection> found =
      drive(pipeline, image, {}, [](const Request& request) -> std::vector<Tensor> {
        if (request.network == "crops") return {{{1, 2}, {0, 2}}};
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

TEST(Faces, FlattenAndBackAgain) {
  Face face;
  face.box = {1, 2, 3, 4};
  face.score = 0.5f;
  face.label = Label::kIncorrect;
  face.probabilities = {0.2f, 0.7f, 0.1f};
  face.uncertain = false;
  face.has_landmarks = true;
  face.landmarks[4] = {8, 9};
  face.roll = -90;
  const std::vector<float> numbers = flatten(std::vector<Face>{face, face});
  ASSERT_EQ(numbers.size(), 2u * kFaceNumbers);
  const Face back = unflatten(numbers).at(1);
  EXPECT_EQ(back.box.height, 4);
  EXPECT_EQ(back.label, Label::kIncorrect);
  EXPECT_FALSE(back.uncertain);
  EXPECT_EQ(back.landmarks[4].y, 9);
  EXPECT_EQ(back.roll, -90);
  EXPECT_EQ(face_layout().size(), static_cast<std::size_t>(kFaceNumbers));
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
