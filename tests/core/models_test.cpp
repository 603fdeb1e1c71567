// The manifest: what it has to say, and what is refused.
#include "core/pipeline/models.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/network/yunet.h"
#include "manifests.h"

namespace masklens {
namespace {

using Edit = std::function<void(Manifest&)>;

std::string refusal(const Edit& edit) {
  Manifest manifest = test::manifest();
  edit(manifest);
  const Result<Models> models = Models::build(manifest);
  if (models) return "";
  EXPECT_EQ(models.error().code, ErrorCode::kModelMismatch);
  return models.error().message;
}

TEST(Manifest, AWholeOneIsTaken) {
  EXPECT_EQ(refusal([](Manifest&) {}), "");
}

TEST(Manifest, ANumberThatIsMissingIsNamed) {
  for (const char* network : {"faces", "crops", "pnet", "rnet", "onet"}) {
    const ManifestEntry entry = test::manifest().networks[network];
    for (const auto& [key, values] : entry.numbers) {
      if (key == "input.shape" && std::string(network) != "crops") continue;
      const std::string why = refusal(
          [&, key = key](Manifest& manifest) { manifest.networks[network].numbers.erase(key); });
      EXPECT_NE(why.find(key), std::string::npos) << network << " without " << key << ": " << why;
      EXPECT_NE(why.find(network), std::string::npos) << why;
    }
  }
}

TEST(Manifest, ANumberOutOfRangeIsShownAsItIs) {
  const std::vector<std::pair<double, std::string>> shown = {{0, "0"},
                                                             {100.5, "100.5"},
                                                             {-3, "-3"},
                                                             {0.000125, "0.000125"},
                                                             {2e-7, "2e-7"},
                                                             {250, "250"},
                                                             {3e12, "3e12"},
                                                             {1e300, "1e300"},
                                                             {INFINITY, "infinite"},
                                                             {NAN, "no number"},
                                                             {1234567.25, "1234567.25"}};
  for (const auto& [value, text] : shown) {
    const std::string why = refusal([value = value](Manifest& manifest) {
      manifest.networks["crops"].numbers["temperature"] = {value};
    });
    EXPECT_NE(why.find("temperature is " + text + "; it can be one number, 0.01 to 100"),
              std::string::npos)
        << why;
  }
}

TEST(Manifest, AKeyThatNobodyReadsIsNamed) {
  for (const char* key : {"minscore", "input.means", "refine", "outputs.Stride", "light"}) {
    const std::string why =
        refusal([&](Manifest& manifest) { manifest.networks["faces"].numbers[key] = {1}; });
    EXPECT_NE(why.find(key), std::string::npos) << key << ": " << why;
  }
  for (const Edit& edit : std::vector<Edit>{
           [](Manifest& m) { m.detectors["plain"].numbers["live.maxside"] = {32}; },
           [](Manifest& m) { m.classifiers["crops"].texts["networks"] = {"crops"}; },
           [](Manifest& m) { m.defaults.texts["quality"] = {"only"}; },
       }) {
    EXPECT_NE(refusal(edit).find("nobody reads"), std::string::npos);
  }
  // What is for people, and for those who fetch and run the network.
  EXPECT_EQ(refusal([](Manifest& m) {
              ManifestEntry& entry = m.networks["faces"];
              for (const char* key : {"licence", "source", "data", "about", "sha256"}) {
                entry.texts[key] = {"words"};
              }
              entry.numbers["bytes"] = {1};
            }),
            "");
}

TEST(Manifest, NumbersOutOfTheirRangeAreRefused) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<std::string, std::vector<double>>> wrong = {
      {"outputs.stride", {0}},     {"outputs.stride", {8, 16, -32}},
      {"outputs.stride", {}},      {"outputs.stride", std::vector<double>(100, 8)},
      {"outputs.stride", {8.5}},   {"maxSide", {0}},
      {"maxSide", {1e9}},          {"maxSide", {-64}},
      {"maxSide", {kInf}},         {"maxSide", {test::kOpen}},
      {"maxSide", {64, 64}},       {"input.multiple", {0}},
      {"input.multiple", {1e300}}, {"minScore", {-0.1}},
      {"minScore", {1.1}},         {"temperature", {0}},
      {"nmsIou", {test::kOpen}},   {"input.scale", {0, 0, 0}},
      {"input.scale", {1, 1}},     {"input.mean", {kInf, 0, 0}},
      {"input.pad", {256}},        {"uncertainMargin", {2}},
      {"light.middle", {255}},
  };
  for (const auto& [key, values] : wrong) {
    EXPECT_NE(refusal([&, key = key, values = values](Manifest& manifest) {
                manifest.networks["faces"].numbers[key] = values;
              }),
              "")
        << key;
  }
  const std::vector<std::pair<std::string, std::vector<double>>> wrong_pnet = {
      {"factor", {0.9999999}}, {"factor", {0}}, {"minFace", {0}}, {"minFace", {1e-30}}};
  for (const auto& [key, values] : wrong_pnet) {
    EXPECT_NE(refusal([&, key = key, values = values](Manifest& manifest) {
                manifest.networks["pnet"].numbers[key] = values;
              }),
              "")
        << key;
  }
  for (std::vector<double> shape :
       std::vector<std::vector<double>>{{1, 3, 16, 17}, {1, 1, 16, 16}, {1, 3, 1e9, 1e9}, {16}}) {
    EXPECT_NE(refusal([&](Manifest& m) { m.networks["crops"].numbers["input.shape"] = shape; }),
              "");
  }
}

TEST(Manifest, NamesThatLeadNowhereAreRefused) {
  const std::vector<Edit> wrong = {
      [](Manifest& m) { m.detectors["plain"].texts["kind"] = {"unknown"}; },
      [](Manifest& m) { m.detectors["plain"].texts["networks.only"] = {"nobody"}; },
      [](Manifest& m) {
        m.detectors["plain"].texts["networks.only"] = {"faces", "faces"};
      },
      [](Manifest& m) { m.detectors["plain"].texts.erase("networks.only"); },
      [](Manifest& m) { m.detectors["plain"].texts["networks.other"] = {"faces"}; },
      [](Manifest& m) { m.detectors["cascade"].texts["networks.only"] = {"pnet"}; },
      [](Manifest& m) { m.detectors["plain"].texts["live.quality"] = {"other"}; },
      [](Manifest& m) { m.detectors["plain"].numbers["turn.minScore"] = {2}; },
      [](Manifest& m) { m.detectors["cascade"].numbers["turn.minScore"] = {0.5}; },
      [](Manifest& m) { m.networks.erase("crops"); },
      [](Manifest& m) { m.classifiers.erase("crops"); },
      [](Manifest& m) { m.detectors.clear(); },
      [](Manifest& m) { m.defaults.texts["detector"] = {"nobody"}; },
      [](Manifest& m) {
        m.networks["faces"].texts["classes"] = {"correct", "unmasked"};
      },
      [](Manifest& m) {
        m.networks["crops"].texts["classes"] = {"correct", "correct"};
      },
      [](Manifest& m) { m.networks["crops"].texts["classes"] = {"bare"}; },
      [](Manifest& m) { m.networks["faces"].texts["input.channels"] = {"GRAY"}; },
      [](Manifest& m) { m.networks["faces"].texts["input.layout"] = {"NHWC"}; },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) EXPECT_NE(refusal(wrong[i]), "") << i;
}

// Another way to find faces needs its own code and an entry: nothing else knows of it.
class EverywhereOne final : public Detector {
 public:
  explicit EverywhereOne(EntryReader& reader)
      : network_(reader.name()), score_(reader.number("minScore", 0, 1)) {}

  Task<Result<Found>> find(ImageView image, Look /*look*/, WorkerPool& /*pool*/) const override {
    const Tensor input{{1}, {static_cast<float>(image.width)}};
    const std::vector<Tensor> outputs = co_await network(network_, input);
    Face face;
    face.box = {0, 0, outputs[0].data[0], outputs[0].data[0]};
    face.score = 1;
    co_return Found{{face}, 1};
  }
  float min_score() const override { return score_; }

 private:
  std::string network_;
  float score_;
};

TEST(Manifest, AKindOfOnesOwnIsOneClassAndOneEntry) {
  constexpr DetectorKind kKind{
      "everywhere", 1, [](std::span<EntryReader> networks) {
        return std::unique_ptr<Detector>(std::make_unique<EverywhereOne>(networks.front()));
      }};
  Manifest manifest = test::manifest();
  manifest.detectors.clear();
  manifest.detectors["mine"].texts["kind"] = {"everywhere"};
  manifest.detectors["mine"].texts["networks.only"] = {"half"};
  manifest.networks["half"].numbers["minScore"] = {0.5};
  manifest.defaults.texts["detector"] = {"mine"};
  Result<Models> models = Models::build(manifest, std::span(&kKind, 1));
  ASSERT_TRUE(models) << models.error().message;
  Pipeline pipeline(std::move(*models), 1);
  const Image image = std::move(*Image::allocate(40, 30));
  pipeline.start(image.view(), {});
  while (const Request* request = pipeline.next()) {
    if (request->network == "half") {
      pipeline.feed({{{1}, {request->input->data[0] / 2}}});
    } else {
      pipeline.feed({{{1, 3}, {0, 3, 0}}});
    }
  }
  ASSERT_TRUE(pipeline.detection());
  EXPECT_EQ(pipeline.detection()->faces.at(0).box.width, 20);
  EXPECT_EQ(pipeline.detection()->faces.at(0).label, Label::kIncorrect);
}

TEST(Yunet, AnswersBecomeFacesInSourcePixels) {
  YunetConfig config;
  config.strides = {8, 16};
  config.min_score = 0.5f;
  config.nms_iou = 0.4f;
  const Letterbox letterbox = letterbox_for(128, 128, 64, 32);
  std::vector<Tensor> outputs;
  for (std::size_t cells : {64U, 16U}) {
    for (std::size_t numbers : {1U, 1U, 4U, 10U}) {
      Tensor tensor{{1, static_cast<int>(cells), static_cast<int>(numbers)}, {}};
      tensor.data.resize(cells * numbers);
      outputs.push_back(std::move(tensor));
    }
  }
  // Stride 16, row 1, column 2.
  outputs[4].data[6] = 0.9f;
  outputs[5].data[6] = 0.4f;
  outputs[6].data[4 * 6] = 0.5f;
  outputs[6].data[4 * 6 + 3] = std::log(2.0f);
  outputs[7].data[10 * 6 + 9] = 1;
  const Result<std::vector<Face>> faces = decode_yunet(outputs, letterbox, config);
  ASSERT_TRUE(faces);
  ASSERT_EQ(faces->size(), 1U);
  const Face& face = faces->at(0);
  EXPECT_NEAR(face.score, 0.6, 1e-6);
  EXPECT_NEAR(face.box.centre().x, 2 * 2.5 * 16, 1e-3);
  EXPECT_NEAR(face.box.centre().y, 2 * 16, 1e-3);
  EXPECT_NEAR(face.box.width, 32, 1e-3);
  EXPECT_NEAR(face.box.height, 64, 1e-3);
  EXPECT_NEAR(face.landmarks[4].y, 2 * 2 * 16, 1e-3);
  outputs[7].data.pop_back();
  EXPECT_FALSE(decode_yunet(outputs, letterbox, config));
  outputs.clear();
  EXPECT_FALSE(decode_yunet(outputs, letterbox, config));
}

}  // namespace
}  // namespace masklens
