// Points and boxes: floats in pixels of the upright source picture unless a comment says otherwise.
#pragma once

#include <algorithm>
#include <cmath>

namespace masklens {

struct Point {
  float x = 0;
  float y = 0;
};

// Axis-aligned rectangle; (x, y) is the top left corner, pixel i covers [i, i + 1).
struct Box {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;

  float right() const { return x + width; }
  float bottom() const { return y + height; }
  float area() const { return std::max(0.0f, width) * std::max(0.0f, height); }
  float short_side() const { return std::min(width, height); }
  Point centre() const { return {x + width / 2, y + height / 2}; }
};

inline bool is_finite(const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); }
inline bool is_finite(const Box& b) {
  return std::isfinite(b.x) && std::isfinite(b.y) && std::isfinite(b.width) &&
         std::isfinite(b.height);
}

inline float intersection_area(const Box& a, const Box& b) {
  const float w = std::min(a.right(), b.right()) - std::max(a.x, b.x);
  const float h = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
  return w > 0 && h > 0 ? w * h : 0.0f;
}

// Intersection over union, 0 for boxes without area.
inline float iou(const Box& a, const Box& b) {
  const float inter = intersection_area(a, b);
  const float uni = a.area() + b.area() - inter;
  return uni > 0 ? inter / uni : 0.0f;
}

// Intersection over the smaller of the two areas (MTCNN's last suppression).
inline float intersection_over_minimum(const Box& a, const Box& b) {
  const float smaller = std::min(a.area(), b.area());
  return smaller > 0 ? intersection_area(a, b) / smaller : 0.0f;
}

// The square of the longer side around the same centre.
inline Box squared(const Box& b) {
  const float side = std::max(b.width, b.height);
  const Point c = b.centre();
  return {c.x - side / 2, c.y - side / 2, side, side};
}

// A part of a picture in whole pixels, inside it.
struct PixelRect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

}  // namespace masklens
