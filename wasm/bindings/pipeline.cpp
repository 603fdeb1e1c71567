// A picture to faces: requests to networks, and their answers.
#include "core/pipeline/pipeline.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/detection.h"
#include "bindings/values.h"

namespace masklens {
namespace {

// False for a section that there is not.
bool set_numbers(Manifest& manifest, const std::string& section, const std::string& name,
                 const std::string& key, const val& numbers) {
  ManifestEntry* const entry = manifest.entry(section, name);
  if (!entry) return false;
  entry->numbers[key] = emscripten::convertJSArrayToNumberVector<double>(numbers);
  return true;
}

bool set_texts(Manifest& manifest, const std::string& section, const std::string& name,
               const std::string& key, const val& texts) {
  ManifestEntry* const entry = manifest.entry(section, name);
  if (!entry) return false;
  entry->texts[key] = emscripten::vecFromJSArray<std::string>(texts);
  return true;
}

// {pipeline} or {error}.
val make_pipeline(const Manifest& manifest, int threads) {
  Result<Models> models = Models::build(manifest);
  if (!models) return failure(models.error());
  val outer = val::object();
  outer.set("pipeline", val(std::make_unique<Pipeline>(std::move(*models), threads)));
  return outer;
}

// {networks} or {error}.
val networks_for(const Pipeline& pipeline, const val& options) {
  const Result<std::vector<std::string>> networks = pipeline.networks_for(detect_options(options));
  if (!networks) return failure(networks.error());
  val outer = val::object();
  outer.set("networks", val::array(*networks));
  return outer;
}

void start(Pipeline& pipeline, const Image& image, const val& options) {
  pipeline.start(image.view(), detect_options(options));
}

val next(Pipeline& pipeline) {
  const Request* const request = pipeline.next();
  if (!request) return val::null();
  val out = val::object();
  out.set("network", text(request->network));
  out.set("shape", val::array(request->input->shape));
  out.set("data", typed_memory_view(request->input->data.size(), request->input->data.data()));
  return out;
}

void feed(Pipeline& pipeline, const val& outputs) {
  std::vector<Tensor> tensors;
  for (const val& output : emscripten::vecFromJSArray<val>(outputs)) {
    tensors.push_back({emscripten::convertJSArrayToNumberVector<int>(output["shape"]),
                       emscripten::convertJSArrayToNumberVector<float>(output["data"])});
  }
  pipeline.feed(std::move(tensors));
}

val result(const Pipeline& pipeline) {
  if (!pipeline.detection()) return failure(pipeline.detection().error());
  return detected(*pipeline.detection());
}

}  // namespace
}  // namespace masklens

EMSCRIPTEN_BINDINGS(pipeline) {
  using namespace masklens;
  using emscripten::class_;
  using emscripten::function;

  // One row a name reads best.
  // clang-format off
  class_<Manifest>("Manifest")
      .constructor<>()
      .function("setNumbers", &set_numbers)
      .function("setTexts", &set_texts);
  class_<Pipeline>("Pipeline")
      .function("networksFor", &networks_for)
      .function("start", &start)
      .function("next", &next)
      .function("feed", &feed)
      .function("result", &result);
  function("makePipeline", &make_pipeline);
  function("faceLayout", +[] { return val::array(face_layout()); });
  // clang-format on
}
