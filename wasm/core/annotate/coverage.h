// How much of each pixel closed outlines cover, exactly: an edge adds the signed area to its right.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/geometry.h"

namespace masklens {

// A map of width * height pixels. Edges are in its pixels; what reaches over its sides is moved
// onto them. Contours that turn the other way cut holes.
class CoverageMap {
 public:
  CoverageMap(int width, int height);

  void add_edge(Point from, Point to);

  // A quadratic Bézier curve, as straight edges at most 1/32 pixel away from it.
  void add_curve(Point from, Point control, Point to);

  // The coverage of a row's pixels, 0..1. Once per row, after all edges.
  std::span<const float> finish_row(int y);

 private:
  float* row(int y) { return steps_.data() + static_cast<std::size_t>(y) * stride_; }

  int width_;
  int height_;
  std::size_t stride_;        // an edge on the right side is stepped over behind it
  std::vector<float> steps_;  // the change of coverage from the pixel before
};

}  // namespace masklens
