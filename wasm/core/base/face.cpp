#include "core/base/face.h"

#include <algorithm>
#include <cmath>

namespace masklens {
namespace {

// One list of the members for both directions, and of their names: number(name, x) reads or writes
// x. Members of a list have one name.
template <class SomeFace, class Number>
void each_number(SomeFace& face, Number number) {
  number("x", face.box.x);
  number("y", face.box.y);
  number("width", face.box.width);
  number("height", face.box.height);
  number("score", face.score);
  for (auto& probability : face.probabilities) number("probabilities", probability);
  number("label", face.label);
  number("uncertain", face.uncertain);
  number("track", face.track_id);
  number("roll", face.roll);
  number("hasLandmarks", face.has_landmarks);
  for (auto& point : face.landmarks) {
    number("landmarks", point.x);
    number("landmarks", point.y);
  }
}

struct Reader {
  const float* next;
  void operator()(float& target) { target = *next++; }
  void operator()(std::int32_t& target) {
    constexpr float kMost = 1 << 24;  // floats tell whole numbers apart up to here
    const float number = *next++;
    target = number >= 0 && number <= kMost ? static_cast<std::int32_t>(number) : 0;
  }
  void operator()(bool& target) { target = *next++ != 0; }
  void operator()(Label& target) {
    // In this order of arguments NaN becomes 0.
    const float index = std::min(std::max(0.0f, *next++), kLabelCount - 1.0f);
    target = static_cast<Label>(static_cast<int>(index));
  }
};

}  // namespace

bool is_sound(const Face& face) {
  constexpr float kMost = 1e9f;  // far beyond any picture
  bool sound = true;
  // NaN is not less than anything.
  each_number(face, [&](const char*, auto value) {
    sound = sound && std::fabs(static_cast<float>(value)) < kMost;
  });
  return sound;
}

std::vector<std::string> face_layout() {
  std::vector<std::string> names;
  const Face face;
  each_number(face, [&](const char* name, auto) { names.emplace_back(name); });
  return names;
}

std::vector<float> flatten(std::span<const Face> faces) {
  std::vector<float> numbers;
  for (const Face& face : faces) {
    each_number(face,
                [&](const char*, auto value) { numbers.push_back(static_cast<float>(value)); });
  }
  return numbers;
}

std::vector<Face> unflatten(std::span<const float> numbers) {
  std::vector<Face> faces(numbers.size() / kFaceNumbers);
  Reader reader{numbers.data()};
  for (Face& face : faces) {
    each_number(face, [&](const char*, auto& target) { reader(target); });
  }
  return faces;
}

}  // namespace masklens
