// RGBA pixels -> normalised planar float tensors: pyramid levels, letterboxed pictures, face crops.
//
// Two filters. Area average (each output pixel is the mean of the source rectangle that it covers,
// fractional borders weighted) when shrinking; bilinear with half-pixel centres when enlarging.
#pragma once

#include <array>
#include <span>

#include "core/geometry.h"
#include "core/image.h"
#include "core/tensor.h"

namespace masklens {

// value = (pixel - mean) * scale for each of R, G, B; pixels are 0..255.
struct Normalisation {
  std::array<float, 3> mean{};
  std::array<float, 3> scale{1, 1, 1};
};

// Maps a working picture back to its source: source = working * (scale_x, scale_y).
struct Letterbox {
  int width = 0;        // of the tensor, a multiple of `multiple`
  int height = 0;
  int content_width = 0;  // the part that the picture fills, from the top left
  int content_height = 0;
  float scale_x = 1;    // source pixels per working pixel
  float scale_y = 1;
};

// The working size for a picture whose longer side becomes max_side, padded up to `multiple`.
Letterbox letterbox_for(int width, int height, int max_side, int multiple);

// Plane sizes: out holds 3 x box.height x box.width floats, planes R, G, B. The picture fills the
// top left content rectangle; the rest is `pad` (a pixel value, normalised like the others).
void letterbox_into(ImageView image, const Letterbox& box, const Normalisation& norm, float pad,
                    std::span<float> out);

// The whole picture resized to width x height by area average in both directions, shrinking or not
// (what TensorFlow calls ResizeMethod.AREA). out: 3 x height x width.
void resize_area_into(ImageView image, int width, int height, const Normalisation& norm,
                      std::span<float> out);

// The region resized to size x size; parts outside the picture are `pad`. Area average when the
// region is larger than size, bilinear when smaller. out: 3 x size x size.
void crop_into(ImageView image, const Box& region, int size, const Normalisation& norm, float pad,
               std::span<float> out);

// Samples corners to corners with bilinear interpolation, outside the picture `pad` (what
// TensorFlow's crop_and_resize does: sample i lies at region.y1 + i * (region.y2 - region.y1) /
// (size - 1), both measured in units of (side - 1) / side). out: 3 x size x size.
void crop_and_resize_into(ImageView image, const Box& region, int size, const Normalisation& norm,
                          float pad, std::span<float> out);

}  // namespace masklens
