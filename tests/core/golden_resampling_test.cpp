// The tensors that a picture becomes, to the last bit: the same golden numbers are checked of the
// WASM core in tests/lib/golden_resampling.test.mjs, so native and WASM agree.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "core/pipeline/pipeline.h"
#include "fixtures.h"
#include "manifests.h"

namespace masklens {
namespace {

// FNV-1a, 32 bits, over the bytes of the floats.
std::uint32_t fingerprint(const std::vector<float>& data) {
  std::uint32_t hash = 2166136261u;
  for (float value : data) {
    std::uint8_t bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    for (std::uint8_t byte : bytes) hash = (hash ^ byte) * 16777619u;
  }
  return hash;
}

std::map<std::string, std::uint32_t> golden() {
  std::ifstream file(std::filesystem::path(MASKLENS_FIXTURES) / "resampling_golden.txt");
  std::map<std::string, std::uint32_t> numbers;
  std::string name;
  std::uint32_t number = 0;
  while (file >> name >> number) numbers[name] = number;
  return numbers;
}

// Feeds empty answers and collects what the networks would have been fed.
std::vector<std::uint32_t> inputs(const Manifest& manifest, const DetectOptions& options) {
  const Image image = test::decode_fixture("reference.png");
  Pipeline pipeline(test::models(manifest), 1);
  pipeline.start(image.view(), options);
  std::vector<std::uint32_t> found;
  while (const Request* request = pipeline.next()) {
    found.push_back(fingerprint(request->input->data));
    const int height = (request->input->shape[2] - 1) / 2 - 4;
    const int width = (request->input->shape[3] - 1) / 2 - 4;
    Tensor boxes{{1, 4, height, width}, {}};
    Tensor scores{{1, 1, height, width}, {}};
    boxes.data.resize(element_count(boxes.shape));
    scores.data.resize(element_count(scores.shape));
    pipeline.feed({boxes, scores});
  }
  return found;
}

TEST(GoldenResampling, PyramidAndLetterboxAreTheSameBitsEverywhere) {
  const std::map<std::string, std::uint32_t> wanted = golden();
  ASSERT_FALSE(wanted.empty());
  std::map<std::string, std::uint32_t> got;
  Manifest manifest = test::manifest();
  manifest.networks["faces"].numbers["input.scale"] = {0.00390625, 0.00390625, 0.00390625};
  DetectOptions options;
  options.detector = "cascade";
  int level = 0;
  for (std::uint32_t number : inputs(manifest, options)) {
    got["level" + std::to_string(level++)] = number;
  }
  options.detector = "plain";
  options.max_side = 96;
  got["letterbox96"] = inputs(manifest, options).at(0);
  options.max_side = 800;
  got["letterbox800"] = inputs(manifest, options).at(0);
  for (const auto& [name, number] : got) std::cout << name << " " << number << "\n";
  EXPECT_EQ(got, wanted);
}

}  // namespace
}  // namespace masklens
