// Faces onto their picture.
#include "bindings/values.h"
#include "core/annotate/draw.h"
#include "core/annotate/label_layout.h"

namespace masklens {
namespace {

using Floats = std::vector<float>;

Floats floats(const val& v) { return emscripten::convertJSArrayToNumberVector<float>(v); }

void draw(Image& image, const val& faces, const val& v) {
  DrawOptions options;
  read(v["texts"], "correct", options.texts.correct);
  read(v["texts"], "incorrect", options.texts.incorrect);
  read(v["texts"], "unmasked", options.texts.unmasked);
  read(v["texts"], "doubt", options.texts.doubt);
  read(v, "boxes", options.boxes);
  read(v, "labels", options.labels);
  read(v, "landmarks", options.landmarks);
  read<Privacy, int>(v, "privacy", options.privacy);
  read(v, "hiddenMargin", options.hidden_margin);
  if (v["hidden"].as<bool>()) {
    const Floats numbers = floats(v["hidden"]);
    options.hidden.emplace();
    for (std::size_t i = 0; i + 4 <= numbers.size(); i += 4) {
      options.hidden->push_back({numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]});
    }
  }
  draw_faces(image, unflatten(floats(faces)), options);
}

// Plates as lists of ten: the box, then width and height of each form. Places as lists of three:
// form (-1: no space), x, y.
val layout(const val& plates, int width, int height) {
  constexpr std::size_t kNumbers = 4 + 2 * kPlateForms;
  const Floats numbers = floats(plates);
  std::vector<PlateRequest> requests;
  for (std::size_t i = 0; i + kNumbers <= numbers.size(); i += kNumbers) {
    PlateRequest request{{numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]}, {}};
    for (std::size_t form = 0; form < kPlateForms; ++form) {
      request.sizes[form] = {numbers[i + 4 + 2 * form], numbers[i + 5 + 2 * form]};
    }
    requests.push_back(request);
  }
  Floats places;
  for (const PlatePlace& place : place_plates(requests, width, height)) {
    places.push_back(place.shown ? static_cast<float>(place.form) : -1.0f);
    places.push_back(place.box.x);
    places.push_back(place.box.y);
  }
  return copied(places);
}

}  // namespace
}  // namespace masklens

EMSCRIPTEN_BINDINGS(annotate) {
  using namespace masklens;
  using emscripten::function;

  // One row a name reads best.
  // clang-format off
  function("drawFaces", &draw);
  function("layoutLabels", &layout);
  // clang-format on
}
