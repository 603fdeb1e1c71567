// The Embind surface: the only C++ that knows JavaScript. Pixels stay in the heap behind handles
// (delete() them); faces cross as flat arrays; nothing throws: what fails returns {error}.

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/annotate/draw.h"
#include "core/codec/decode.h"
#include "core/codec/encode.h"
#include "core/codec/gif_encode.h"
#include "core/pipeline/pipeline.h"

namespace masklens {
namespace {

using emscripten::typed_memory_view;
using emscripten::val;

val text(std::string_view s) { return val(std::string(s)); }

// Overwrites `target` where the object has the key; what it lacks keeps the C++ default. Enums
// cross as their indices.
template <class T, class Number = T>
void read(const val& object, const char* key, T& target) {
  const val value = object[key];
  if (!value.isUndefined() && !value.isNull()) target = static_cast<T>(value.as<Number>());
}

val failure(const Error& error) {
  val inner = val::object(), outer = val::object();
  inner.set("code", text(code_name(error.code)));
  inner.set("message", error.message);
  outer.set("error", inner);
  return outer;
}

// {key: handle} or {error}. Through a pointer, since newer Emscriptens copy values.
template <class T>
val handle(Result<T> result, const char* key) {
  if (!result) return failure(result.error());
  val outer = val::object();
  outer.set(key, val(std::make_unique<T>(std::move(*result))));
  return outer;
}

// A typed array outside the heap, so that neither growth nor sharing touches it.
template <class Buffer>
val copied(const Buffer& data) {
  return val(typed_memory_view(data.size(), data.data())).call<val>("slice");
}

// {bytes} or {error}.
val encoded(const Result<ByteBuffer>& file) {
  if (!file) return failure(file.error());
  val outer = val::object();
  outer.set("bytes", copied(*file));
  return outer;
}

using Bytes = std::vector<std::uint8_t>;

Image* make_image(int width, int height) {
  Result<Image> image = Image::allocate(width, height);
  return new Image(image ? std::move(*image) : Image());
}

DecodeLimits limits_from(const val& v) {
  DecodeLimits limits;
  read(v, "maxBytes", limits.max_bytes);
  read(v, "maxSide", limits.max_side);
  read<std::int64_t, int>(v, "maxPixels", limits.max_pixels);
  return limits;
}

val identified(const Bytes& bytes) {
  const Format format = identify(bytes);
  val out = val::object();
  out.set("format", text(format_key(format)));
  out.set("name", text(format_name(format)));
  out.set("decodable", core_decodes(format));
  return out;
}

void draw(Image& image, const val& faces, const val& v) {
  DrawOptions options;
  read(v["texts"], "correct", options.texts.correct);
  read(v["texts"], "incorrect", options.texts.incorrect);
  read(v["texts"], "unmasked", options.texts.unmasked);
  read(v, "labels", options.labels);
  read(v, "landmarks", options.landmarks);
  read<Privacy, int>(v, "privacy", options.privacy);
  draw_faces(image, unflatten(emscripten::convertJSArrayToNumberVector<float>(faces)), options);
}

bool set_number(PipelineConfig& config, const std::string& network, const std::string& key,
                const val& numbers) {
  return config.set(network, key, emscripten::convertJSArrayToNumberVector<float>(numbers));
}

void start(Pipeline& pipeline, const Image& image, const val& v) {
  DetectOptions options;
  read<DetectorKind, int>(v, "detector", options.detector);
  read<Quality, int>(v, "quality", options.quality);
  read<Refine, int>(v, "refine", options.refine);
  read(v, "tiles", options.tiles);
  read<std::optional<float>, float>(v, "minScore", options.min_score);
  read<std::optional<float>, float>(v, "minFace", options.min_face);
  read<std::optional<int>, int>(v, "maxSide", options.max_side);
  pipeline.start(image.view(), options);
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

EMSCRIPTEN_BINDINGS(masklens) {
  using namespace masklens;
  using emscripten::allow_raw_pointers;
  using emscripten::class_;
  using emscripten::function;

  // One row a name reads best.
  // clang-format off
  class_<Bytes>("Bytes")
      .constructor<std::size_t>()
      .function("view", +[](Bytes& b) { return val(typed_memory_view(b.size(), b.data())); });
  class_<Image>("Image")
      .constructor(&make_image, allow_raw_pointers())
      .property("width", &Image::width)  // 0 when there was no memory for the pixels
      .property("height", &Image::height)
      .function("view", +[](Image& i) { return val(typed_memory_view(i.bytes(), i.data())); });
  class_<Animation>("Animation")
      .property("width", &Animation::width)
      .property("height", &Animation::height)
      .function("frameCount", +[](const Animation& a) { return a.frames.size(); })
      .function("delayMs", +[](const Animation& a, int i) { return a.delays_ms[i]; })
      .function("takeFrame", +[](Animation& a, int i) { return std::make_unique<Image>(std::move(a.frames[i])); });
  class_<GifEncoder>("GifEncoder")
      .constructor<int, int>()
      .function("add", +[](GifEncoder& g, const Image& i, int delay_ms) { g.add(i.view(), delay_ms); })
      .function("finish", +[](GifEncoder& g) { return encoded(g.finish()); });
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
  function("identify", &identified);
  function("decode", +[](const Bytes& b, const val& limits) { return handle(decode(b, limits_from(limits)), "image"); });
  function("decodeAnimation", +[](const Bytes& b, const val& limits) { return handle(decode_animation(b, limits_from(limits)), "animation"); });
  function("drawFaces", &draw);
  function("encodePng", +[](const Image& i) { return encoded(encode_png(i.view())); });
  function("encodeJpeg", +[](const Image& i, int q) { return encoded(encode_jpeg(i.view(), q)); });
  // clang-format on
}
