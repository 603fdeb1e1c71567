// Faces onto their picture.
#include "bindings/values.h"
#include "core/annotate/draw.h"

namespace masklens {
namespace {

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

}  // namespace
}  // namespace masklens

EMSCRIPTEN_BINDINGS(annotate) {
  using namespace masklens;
  using emscripten::function;

  // One row a name reads best.
  // clang-format off
  function("drawFaces", &draw);
  // clang-format on
}
