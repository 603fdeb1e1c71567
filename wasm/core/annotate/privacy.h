// Hiding faces for good: what is left of one is at most 8 x 8 averages.
#pragma once

#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

enum class Privacy { kNone, kBlur, kPixelate };

// Hides the face with a margin of 15 % on each side, corners rounded. Both ways throw the same
// away: the area is averaged in at most 8 cells across; pixelate shows the cells, blur a smooth
// surface through them (quadratic B-spline), so neither can be sharpened back.
void hide_face(Image& image, const Box& face, Privacy privacy);

}  // namespace masklens
