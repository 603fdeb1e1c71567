// Where the label plates go: beside their faces, inside the picture, off faces and off each other.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/base/geometry.h"

namespace masklens {

struct PlateSize {
  float width = 0;
  float height = 0;
};

// How much a plate says, by the space there is.
// Label and percent; label alone; sign and number.
inline constexpr std::size_t kPlateForms = 3;

struct PlateRequest {
  Box face;  // with its outline
  std::array<PlateSize, kPlateForms> sizes{};
};

struct PlatePlace {
  bool shown = false;    // false: there is no space even for the smallest form
  std::size_t form = 0;  // index of sizes
  Box box;
};

// One place per request, in their order. Larger faces choose first. width, height: the picture.
std::vector<PlatePlace> place_plates(std::span<const PlateRequest> requests, int width, int height);

}  // namespace masklens
