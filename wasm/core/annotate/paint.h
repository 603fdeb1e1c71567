// Anti-aliased shapes on a picture. Coordinates are pixels; pixel i covers [i, i + 1). What reaches
// over the border is cut off.
#pragma once

#include <cstdint>

#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  float opacity = 1;  // 0..1
};

// Relative luminance, 0..1 (WCAG 2.2, "relative luminance").
float luminance(const Color& color);

// Mixes the colour into one pixel; coverage 0..1. The pixel must lie inside the picture.
void blend(Image& image, int x, int y, const Color& color, float coverage);

// The distance from a point to the border of a box with rounded corners, negative inside.
float rounded_distance(const Box& box, float radius, float x, float y);

void fill_rounded(Image& image, const Box& box, float radius, const Color& color);

// A line of `thickness` along the border, half inside and half outside. period > 0: dashed, one
// dash and gap per about `period` pixels, with dashes around the corners.
void stroke_rounded(Image& image, const Box& box, float radius, float thickness, const Color& color,
                    float period = 0);

// A straight line with round ends.
void stroke_line(Image& image, Point from, Point to, float thickness, const Color& color);

}  // namespace masklens
