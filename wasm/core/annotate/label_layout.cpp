#include "core/annotate/label_layout.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/base/box_grid.h"
#include "core/base/order.h"

namespace masklens {
namespace {

// Costs, in parts of a plate: a plate may graze a neighbour, and says less rather than cover one.
constexpr float kFaceWeight = 3;
constexpr float kPlateWeight = 10;
constexpr float kPreference = 0.01f;    // for each step down the list of positions
constexpr float kShorter = 0.6f;        // for each form that says less
constexpr float kGood = 0.2f;           // at this cost no shorter form is tried
constexpr std::size_t kHopeless = 100;  // boxes under a plate: more make it no worse
constexpr float kTooMuch = 2.5f;        // a plate on top of a plate helps nobody

float covered(const Box& plate, const Box& other) {
  const float shared = intersection_area(plate, other);
  if (shared <= 0) return 0;
  return shared / std::max(std::min(plate.area(), other.area()), 1e-6f);
}

// Best first: above, below, beside, and inside for faces that fill the picture.
std::array<Point, 14> positions(const Box& face, const PlateSize& plate) {
  const float right = face.right() - plate.width;
  const float middle = face.x + (face.width - plate.width) / 2;
  const float above = face.y - plate.height;
  const float below = face.bottom();
  const float low = face.bottom() - plate.height;
  const float before = face.x - plate.width;
  return {{{face.x, above},
           {right, above},
           {middle, above},
           {face.x, below},
           {right, below},
           {middle, below},
           {face.right(), face.y},
           {before, face.y},
           {face.right(), low},
           {before, low},
           {face.x, face.y},
           {right, face.y},
           {face.x, low},
           {right, low}}};
}

// 0 where words have all the space they want, 1 in a crowd: there a plate much wider than its face
// would no longer be seen as this face's.
float crowding(std::span<const PlateRequest> requests, int width, int height) {
  constexpr float kFrom = 0.08f;  // of the picture that all plates with words would cover
  constexpr float kTo = 0.18f;
  float wanted = 0;
  for (const PlateRequest& r : requests) wanted += r.sizes[0].width * r.sizes[0].height;
  const float share = wanted / (static_cast<float>(width) * static_cast<float>(height));
  return std::clamp((share - kFrom) / (kTo - kFrom), 0.0f, 1.0f);
}

float too_wide(const PlateSize& plate, const Box& face) {
  constexpr float kSeemly = 2;  // times the face's width
  return std::max(0.0f, plate.width / std::max(face.width, 1.0f) - kSeemly);
}

constexpr float kNoPlace = std::numeric_limits<float>::max();

struct Choice {
  float cost = kNoPlace;
  std::size_t form = 0;
  Box box;
};

}  // namespace

std::vector<PlatePlace> place_plates(std::span<const PlateRequest> requests, int width,
                                     int height) {
  std::vector<PlatePlace> places(requests.size());
  std::vector<float> areas;
  areas.reserve(requests.size());
  for (const PlateRequest& request : requests) areas.push_back(request.face.area());
  const float crowd = crowding(requests, width, height);
  std::vector<Box> taken;
  BoxGrid faces;
  for (const PlateRequest& request : requests) faces.add(request.face);
  BoxGrid plates;  // those that are taken
  std::vector<std::size_t> near;
  // The sum over the boxes of a grid, in their order: a cost must not hang on how they were found.
  const auto add_covered = [&](float cost, const Box& box, const BoxGrid& grid, float weight,
                               float enough, auto box_of) {
    grid.collect(box, 0, kHopeless, near);
    for (const std::size_t index : near) {
      if (!(cost < enough)) break;
      cost += weight * covered(box, box_of(index));
    }
    return cost;
  };
  const auto plate_of = [&](std::size_t index) { return taken[index]; };
  const auto face_of = [&](std::size_t index) { return requests[index].face; };
  for (const std::size_t index : best_first(areas)) {
    const PlateRequest& request = requests[index];
    Choice best;
    for (std::size_t form = 0; form < kPlateForms && best.cost > kGood; ++form) {
      const PlateSize& size = request.sizes[form];
      const float most_x = static_cast<float>(width) - size.width;
      const float most_y = static_cast<float>(height) - size.height;
      if (most_x < 0 || most_y < 0) continue;
      float cost_of_position =
          kShorter * static_cast<float>(form) + crowd * too_wide(size, request.face);
      for (const Point& wish : positions(request.face, size)) {
        const Box box = {std::clamp(wish.x, 0.0f, most_x), std::clamp(wish.y, 0.0f, most_y),
                         size.width, size.height};
        float cost = add_covered(cost_of_position, box, plates, kPlateWeight, best.cost, plate_of);
        cost = add_covered(cost, box, faces, kFaceWeight, best.cost, face_of);
        cost_of_position += kPreference;
        if (cost < best.cost) best = {cost, form, box};
      }
    }
    if (best.cost == kNoPlace) continue;
    const float on_plates = add_covered(0, best.box, plates, kPlateWeight, kNoPlace, plate_of);
    if (on_plates > kTooMuch) continue;
    places[index] = {true, best.form, best.box};
    taken.push_back(best.box);
    plates.add(best.box);
  }
  return places;
}

}  // namespace masklens
