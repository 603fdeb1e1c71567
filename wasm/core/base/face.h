// A face that was found, and what is said of its mask.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/geometry.h"

namespace masklens {

// In this order everywhere: probabilities, logits, reports.
enum class Label : std::uint8_t { kCorrect = 0, kIncorrect = 1, kUnmasked = 2 };
inline constexpr int kLabelCount = 3;

constexpr std::string_view label_name(Label label) {
  constexpr std::array<std::string_view, kLabelCount> kNames = {"correct", "incorrect", "unmasked"};
  return kNames[static_cast<std::size_t>(label)];
}

// Left eye, right eye, nose, left and right corner of the mouth; left as the picture shows it.
// Under a mask, nose and mouth are the network's guesses.
inline constexpr int kLandmarkCount = 5;

struct Face {
  Box box;
  float score = 0;  // 0..1, the detector's confidence that this is a face
  std::array<Point, kLandmarkCount> landmarks{};
  bool has_landmarks = false;
  Label label = Label::kUnmasked;
  std::array<float, kLabelCount> probabilities{};  // correct, incorrect, unmasked; sums to 1
  bool uncertain = true;      // margin of the two best below the manifest's, or the face too small
  float roll = 0;             // degrees that the face leans clockwise: 0, 90, 180 or -90
  std::int32_t track_id = 0;  // of a moving picture: the same person, the same number; 0 for none
};

// Whether every number of the face is one, and none so large that sums of them overflow: what a
// network answers need not be.
bool is_sound(const Face& face);

// A face as kFaceNumbers floats, for where plain arrays cross a border: x, y, width, height, score,
// the three probabilities, label index, uncertain (0 or 1), track, roll, has landmarks (0 or 1),
// then x, y of the five landmarks.
inline constexpr int kFaceNumbers = 13 + 2 * kLandmarkCount;
// What each of the numbers is, in their order; members of a list have one name.
std::vector<std::string> face_layout();
std::vector<float> flatten(std::span<const Face> faces);
std::vector<Face> unflatten(std::span<const float> numbers);

}  // namespace masklens
