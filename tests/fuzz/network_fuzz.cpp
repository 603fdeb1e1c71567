// Networks that answer anything: an error with a sentence, or faces of sound numbers.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../core/manifests.h"
#include "changed_manifest.h"
#include "core/pipeline/pipeline.h"
#include "fuzz.h"

namespace {

using masklens::Pipeline;
using masklens::Tensor;
using masklens::fuzz::Choices;
using masklens::fuzz::must;

Tensor tensor(Choices& choices, std::vector<int> shape) {
  Tensor out{std::move(shape), {}};
  const int odd = choices.byte();
  if (odd < 8) out.shape[static_cast<std::size_t>(odd) % out.shape.size()] = choices.below(70) - 3;
  const std::uint64_t count = masklens::element_count(out.shape);
  constexpr std::uint64_t kMost = 1 << 16;
  out.data.resize(static_cast<std::size_t>(std::min(count, kMost)));
  if (odd == 9) out.data.resize(out.data.size() / 2);
  // The few numbers that the input has, again and again.
  std::vector<float> numbers;
  for (int i = 0; i < 12; ++i) numbers.push_back(choices.number());
  for (std::size_t i = 0; i < out.data.size(); ++i) out.data[i] = numbers[i * 7 % numbers.size()];
  return out;
}

std::vector<Tensor> answer(Choices& choices, const masklens::Request& request) {
  const std::vector<int>& in = request.input->shape;
  const std::string name(request.network);
  std::vector<Tensor> out;
  if (name == "faces") {
    for (const int stride : {8, 16, 32}) {
      out.push_back(tensor(choices, {1, 18, in[2] / stride, in[3] / stride}));
    }
  } else if (name == "pnet") {
    const auto side = [](int n) { return std::max(1, (n - 2 + 1) / 2 - 4); };
    for (const int channels : {2, 4}) {
      out.push_back(tensor(choices, {1, channels, side(in[2]), side(in[3])}));
    }
  } else {
    for (const int channels : {2, 4, 10}) {
      if (channels < 10 || name == "onet") out.push_back(tensor(choices, {in[0], channels}));
    }
    if (name == "crops") out = {tensor(choices, {in[0], 3})};
  }
  if (choices.byte() < 4) out.pop_back();
  return out;
}

masklens::DetectOptions options_of(Choices& choices) {
  masklens::DetectOptions options;
  const int flags = choices.byte();
  options.detector = (flags & 1) != 0 ? "cascade" : (flags & 2) != 0 ? "" : "plain";
  options.tiles = (flags & 4) != 0;
  options.refine = (flags & 8) != 0 ? masklens::Refine::kAlways : masklens::Refine::kAuto;
  options.max_side = 32 + choices.below(64);
  if ((flags & 16) != 0) options.min_score = choices.byte() / 255.0f;
  if ((flags & 32) != 0) options.min_face = choices.byte();
  if ((flags & 64) != 0) {
    options.region =
        masklens::Box{choices.number(), choices.number(), choices.number(), choices.number()};
  }
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices({data, size});
  // One that nothing was changed in is kept: it has to forget each picture anyhow.
  static Pipeline usual(masklens::test::models(), 1);
  std::optional<Pipeline> changed;
  if (choices.byte() % 8 == 0) {
    masklens::Result<masklens::Models> models =
        masklens::Models::build(masklens::fuzz::changed_manifest(choices));
    if (!models) return 0;  // manifest_fuzz looks at those
    changed.emplace(std::move(*models), 1);
  }
  Pipeline& pipeline = changed ? *changed : usual;
  masklens::Result<masklens::Image> image =
      masklens::Image::allocate(1 + choices.below(48), 1 + choices.below(48));
  must(static_cast<bool>(image));
  std::fill(image->data(), image->data() + image->bytes(), std::uint8_t{128});
  pipeline.start(image->view(), options_of(choices));
  constexpr int kMostRequests = 60;  // given up then: the next start does that, or the end
  int requests = 0;
  while (const masklens::Request* request = pipeline.next()) {
    if (++requests > kMostRequests) return 0;
    pipeline.feed(answer(choices, *request));
  }
  if (!pipeline.detection()) {
    must(!pipeline.detection().error().message.empty());
    return 0;
  }
  for (const masklens::Face& face : pipeline.detection()->faces) {
    must(masklens::is_sound(face));
    must(face.score >= 0 && face.score <= 1);
    must(static_cast<int>(face.label) < masklens::kLabelCount);
  }
  return 0;
}
