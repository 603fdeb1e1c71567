// Boxes, plates and hidden faces of any numbers at all, drawn onto small pictures: nothing outside
// the picture is touched, and every pixel stays opaque.
#include <algorithm>
#include <string>
#include <vector>

#include "core/annotate/draw.h"
#include "core/annotate/label_layout.h"
#include "fuzz.h"

namespace {

using masklens::Box;
using masklens::fuzz::Choices;

Box box_of(Choices& choices) {
  Box box;
  box.x = choices.number();
  box.y = choices.number();
  box.width = choices.number();
  box.height = choices.number();
  return box;
}

masklens::Face face_of(Choices& choices) {
  masklens::Face face;
  face.box = box_of(choices);
  face.score = choices.number();
  for (auto& point : face.landmarks) point = {choices.number(), choices.number()};
  for (float& probability : face.probabilities) probability = choices.number();
  const int flags = choices.byte();
  face.has_landmarks = (flags & 1) != 0;
  face.uncertain = (flags & 2) != 0;
  face.label = static_cast<masklens::Label>((flags >> 2) % masklens::kLabelCount);
  return face;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices({data, size});
  masklens::Result<masklens::Image> image =
      masklens::Image::allocate(1 + choices.below(80), 1 + choices.below(80));
  masklens::fuzz::must(static_cast<bool>(image));
  std::fill(image->data(), image->data() + image->bytes(), std::uint8_t{255});
  masklens::DrawOptions options;
  const int flags = choices.byte();
  options.boxes = (flags & 1) != 0;
  options.labels = (flags & 2) != 0;
  options.landmarks = (flags & 4) != 0;
  options.privacy = static_cast<masklens::Privacy>((flags >> 3) % 3);
  const int letters = choices.byte() % 40;
  for (int i = 0; i < letters; ++i) options.texts.correct += static_cast<char>(choices.byte());
  if ((flags & 32) != 0) {
    options.hidden.emplace();
    const int count = choices.byte() % 8;
    for (int i = 0; i < count; ++i) options.hidden->push_back(box_of(choices));
  }
  std::vector<masklens::Face> faces;
  constexpr std::size_t kMostFaces = 8;
  while (!choices.done() && faces.size() < kMostFaces) faces.push_back(face_of(choices));
  masklens::draw_faces(*image, faces, options);
  masklens::fuzz::must_be_whole(*image);

  std::vector<masklens::PlateRequest> requests;
  for (const masklens::Face& face : faces) {
    masklens::PlateRequest request;
    request.face = face.box;
    for (auto& plate : request.sizes) plate = {face.score, face.probabilities[0]};
    requests.push_back(request);
  }
  const auto places = masklens::place_plates(requests, image->width(), image->height());
  masklens::fuzz::must(places.size() == requests.size());
  for (const masklens::PlatePlace& place : places) {
    masklens::fuzz::must(place.form < masklens::kPlateForms);
  }
  return 0;
}
