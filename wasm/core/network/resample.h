// RGBA pixels -> normalised planar float tensors: pyramid levels, letterboxed pictures, face crops.
//
// Two filters. Area average when shrinking: each output pixel is the mean of the source rectangle
// that it covers, partly covered pixels weighted by their share. Bilinear with half-pixel centres
// when enlarging. `norm` applies to pixel values 0..255: value = (pixel - mean) * scale.
#pragma once

#include <array>
#include <span>

#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

struct Normalisation {
  std::array<float, 3> mean{};  // in the order of the planes
  std::array<float, 3> scale{1, 1, 1};
  bool reversed = false;  // planes B, G, R instead of R, G, B
};

// A pixel value 0..255 in better light: the slope is `gain` at black, 0 and 255 stay, nothing
// clips.
template <class Value>
Value brightened(Value value, float gain) {
  return gain * value / (1.0f + (gain - 1.0f) * value / 255.0f);
}

// How a picture lies in a working tensor: scaled by one factor, at the top left, padded to the
// right and below.
struct Letterbox {
  int width = 0;  // of the tensor
  int height = 0;
  int content_width = 0;  // of the scaled picture inside it
  int content_height = 0;
  float scale_x = 1;  // source pixels per working pixel
  float scale_y = 1;

  Point to_source(Point p) const { return {p.x * scale_x, p.y * scale_y}; }
};

// The letterbox for a picture whose longer side becomes max_side (at least 1 pixel for the shorter
// one), padded up to a multiple of `multiple` in both directions.
Letterbox letterbox_for(int width, int height, int max_side, int multiple);

// out: 3 x box.height x box.width. `pad` is the pixel value of the padding.
void letterbox_into(ImageView image, const Letterbox& box, const Normalisation& norm, float pad,
                    std::span<float> out);

// The whole picture as width x height by area average, also where a side grows (then a pixel is
// repeated): what TensorFlow calls ResizeMethod.AREA. out: 3 x height x width.
void resize_area_into(ImageView image, int width, int height, const Normalisation& norm,
                      std::span<float> out);

// The region as size x size; what lies outside the picture is the pixel value `pad`. Area average
// along a side that shrinks, bilinear along one that grows. What lies inside is brightened by
// `gain` (brightened). out: 3 x size x size.
void crop_into(ImageView image, const Box& region, int size, const Normalisation& norm, float pad,
               std::span<float> out, float gain = 1);

// The region as size x size by bilinear samples that reach from corner to corner, `pad` where a
// sample lies outside the picture: TensorFlow's crop_and_resize, in which a box coordinate c of a
// side of n pixels is the sample position c * (n - 1) / n. out: 3 x size x size.
void crop_and_resize_into(ImageView image, const Box& region, int size, const Normalisation& norm,
                          float pad, std::span<float> out);

}  // namespace masklens
