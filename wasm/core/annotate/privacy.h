// Hiding faces for good: what is left of one is at most 8 x 8 averages.
#pragma once

#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

enum class Privacy { kNone, kBlur, kPixelate };

// Hides what lies in the area, corners rounded. Both ways throw the same away: it is averaged in
// at most 8 cells across; pixelate shows the cells, blur a smooth surface through them (quadratic
// B-spline), so neither can be sharpened back.
void hide_area(Image& image, const Box& area, Privacy privacy);

}  // namespace masklens
