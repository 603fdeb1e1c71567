// The picture as a detector's network works on it: letterboxed, in good light, turned if asked.
#pragma once

#include <optional>

#include "core/base/face.h"
#include "core/base/image.h"
#include "core/base/tensor.h"
#include "core/network/light.h"
#include "core/network/manifest.h"
#include "core/network/resample.h"

namespace masklens {

// What a network wants of its working picture.
struct WorkingInput {
  Normalisation norm;
  float pad = 0;  // pixel value
  int multiple = 1;
  int max_side = 0;  // of the picture's longer side, pixels
  std::optional<LightRule> light;
};

// Reads input.* but for shape and names, maxSide, and light where there is one.
WorkingInput read_working_input(EntryReader& reader);

struct WorkingPicture {
  Tensor tensor;
  Letterbox letterbox;  // of the turned picture
  float gain = 1;
};

// turns: quarter turns clockwise. gain: as an earlier look found it, 0: to be found.
Result<WorkingPicture> working_picture(ImageView image, const WorkingInput& input, int turns = 0,
                                       float gain = 0);

// A face of a picture of width x height that was looked at after `turns` quarter turns clockwise,
// where it lies in the picture itself. Its roll says how it leans there.
Face turned_back(Face face, int turns, int width, int height);

// Planes of a square turned in place.
void turn_square(std::span<float> planes, int side, int turns);

}  // namespace masklens
