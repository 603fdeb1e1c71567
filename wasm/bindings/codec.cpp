// Bytes to pixels and back.
#include <optional>
#include <utility>
#include <variant>

#include "bindings/values.h"
#include "core/base/byte_block.h"
#include "core/base/byte_order.h"
#include "core/codec/decode.h"
#include "core/codec/encode.h"
#include "core/codec/gif_decode.h"
#include "core/codec/gif_encode.h"
#include "core/codec/png_animation.h"
#include "core/codec/shrink.h"

namespace masklens {
namespace {

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

// The content of a file, filled from JavaScript. Size 0 when there was no memory for it.
struct Bytes {
  explicit Bytes(std::size_t wanted) : block(allocate_bytes(wanted)), size(block ? wanted : 0) {}
  ByteSpan span() const { return {block.get(), size}; }

  ByteBlock block;
  std::size_t size;
};

// A reader with the file that it reads.
struct Animation {
  template <class Ask>
  auto ask(Ask question) {
    return std::visit(question, reader);
  }
  template <class Ask>
  auto ask(Ask question) const {
    return std::visit(question, reader);
  }

  Bytes bytes;
  std::variant<GifReader, PngAnimation> reader;
  bool ended = false;  // what is missing has been told
};

// Takes the file over: the bytes are empty afterwards.
template <class Reader>
val opened(Bytes& bytes, Result<Reader> reader) {
  if (!reader) return failure(reader.error());
  val out = val::object();
  out.set("animation",
          val(std::make_unique<Animation>(Animation{std::move(bytes), std::move(*reader)})));
  bytes.size = 0;
  return out;
}

val next_frame(Animation& animation) {
  if (animation.ask([](auto& r) { return r.done(); })) {
    const auto missing = animation.ask([](auto& r) { return r.missing(); });
    return missing && !std::exchange(animation.ended, true) ? failure(*missing) : val::null();
  }
  Result<AnimationFrame> frame = animation.ask([](auto& r) { return r.next(); });
  if (!frame) return failure(frame.error());
  val out = val::object();
  out.set("image", val(std::make_unique<Image>(std::move(frame->image))));
  out.set("delayMs", frame->delay_ms);
  out.set("playedMs", played_ms(frame->delay_ms));
  return out;
}

val identified(const Bytes& bytes) {
  const Format format = identify(bytes.span());
  val out = val::object();
  out.set("format", text(format_key(format)));
  out.set("name", text(format_name(format)));
  out.set("decodable", core_decodes(format));
  return out;
}

}  // namespace
}  // namespace masklens

EMSCRIPTEN_BINDINGS(codec) {
  using namespace masklens;
  using emscripten::allow_raw_pointers;
  using emscripten::class_;
  using emscripten::function;

  // One row a name reads best.
  // clang-format off
  class_<Bytes>("Bytes")
      .constructor<std::size_t>()
      .property("size", &Bytes::size)
      .function("view", +[](Bytes& b) { return val(typed_memory_view(b.size, b.block.get())); });
  class_<Image>("Image")
      .constructor(&make_image, allow_raw_pointers())
      .property("width", &Image::width)  // 0 when there was no memory for the pixels
      .property("height", &Image::height)
      .function("view", +[](Image& i) { return val(typed_memory_view(i.bytes(), i.data())); });
  class_<Animation>("Animation")
      .property("width", +[](const Animation& a) { return a.ask([](const auto& r) { return r.width(); }); })
      .property("height", +[](const Animation& a) { return a.ask([](const auto& r) { return r.height(); }); })
      .property("frameCount", +[](const Animation& a) { return a.ask([](const auto& r) { return r.frame_count(); }); })
      .property("loop", +[](const Animation& a) { return a.ask([](const auto& r) { return r.loop(); }); })
      .function("next", &next_frame);
  class_<GifEncoder>("GifEncoder")
      .constructor<int, int, int>()
      .function("add", +[](GifEncoder& g, const Image& i, int delay_ms) { g.add(i.view(), delay_ms); })
      .function("take", +[](GifEncoder& g) { return copied(g.take()); })
      .function("finish", +[](GifEncoder& g) { return encoded(g.finish()); });
  function("identify", &identified);
  function("decode", +[](const Bytes& b, const val& limits) { return handle(decode(b.span(), limits_from(limits)), "image"); });
  function("shrink", +[](const Image& i, int max_side) { return handle(shrink(i.view(), max_side), "image"); });
  function("openGif", +[](Bytes& b, const val& limits) { return opened(b, open_gif(b.span(), limits_from(limits))); });
  function("openPng", +[](Bytes& b, const val& limits) { return opened(b, open_png(b.span(), limits_from(limits))); });
  function("frameCount", +[](const Bytes& b) { return frame_count(b.span()); });
  function("encodePng", +[](const Image& i) { return encoded(encode_png(i.view())); });
  function("encodeJpeg", +[](const Image& i, int q) { return encoded(encode_jpeg(i.view(), q)); });
  // clang-format on
}
