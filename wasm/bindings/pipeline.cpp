// A picture to faces: requests to networks, and their answers.
#include "core/pipeline/pipeline.h"

#include "bindings/detect_options.h"
#include "bindings/values.h"

namespace masklens {
namespace {

bool set_number(PipelineConfig& config, const std::string& network, const std::string& key,
                const val& numbers) {
  return config.set(network, key, emscripten::convertJSArrayToNumberVector<float>(numbers));
}

void start(Pipeline& pipeline, const Image& image, const val& options) {
  pipeline.start(image.view(), detect_options(options));
}

val next(Pipeline& pipeline) {
  const Request* const request = pipeline.next();
  if (!request) return val::null();
  val out = val::object();
  out.set("network", text(network_name(request->network)));
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
  const Detection& detection = *pipeline.detection();
  val out = val::object();
  out.set("width", detection.width);
  out.set("height", detection.height);
  out.set("faces", copied(flatten(detection.faces)));
  out.set("detectMs", detection.timing.detect_ms);
  out.set("classifyMs", detection.timing.classify_ms);
  return out;
}

}  // namespace
}  // namespace masklens

EMSCRIPTEN_BINDINGS(pipeline) {
  using namespace masklens;
  using emscripten::class_;

  // One row a name reads best.
  // clang-format off
  class_<PipelineConfig>("PipelineConfig")
      .constructor<>()
      .property("threads", &PipelineConfig::threads)
      .function("set", &set_number);
  class_<Pipeline>("Pipeline")
      .constructor<const PipelineConfig&>()
      .function("start", &start)
      .function("next", &next)
      .function("feed", &feed)
      .function("result", &result);
  // clang-format on
}
