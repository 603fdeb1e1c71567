// Finds the boxes that may overlap a box without looking at all of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/geometry.h"

namespace masklens {

// Boxes lie in layers by the powers of two of their width and their height, and within a layer in
// cells of about their size, by their centres. So neighbours are found at every size and shape, and
// boxes that hardly overlap each other never crowd a cell. Boxes without a positive, finite area
// overlap nothing and are never found.
class BoxGrid {
 public:
  // The box's index is the number of boxes added before it.
  void add(const Box& box) {
    const std::uint32_t index = count_++;
    if (has_area(box)) layer_for(box).add(index, box);
  }

  // True as soon as `visit(index, other)` is, for some box whose intersection over union with `box`
  // may be above least_iou; boxes for which it is not may be visited, too. The nearest come first.
  template <class Visit>
  bool any(const Box& box, float least_iou, Visit visit) const {
    if (!has_area(box)) return false;
    const float least = 0.999f * least_iou;  // the callers' overlaps are rounded
    const auto in_layers = [&](auto part) {
      return std::any_of(layers_.begin(), layers_.end(), [&](const Layer& layer) {
        return layer.may_match(box, least) && part(layer);
      });
    };
    return in_layers([&](const Layer& layer) { return layer.any_in_centre(box, visit); }) ||
           in_layers([&](const Layer& layer) { return layer.any_around(box, least, visit); });
  }

  // The indices of those that `any` visits, ascending; no more than `most`.
  void collect(const Box& box, float least_iou, std::size_t most,
               std::vector<std::size_t>& found) const {
    found.clear();
    any(box, least_iou, [&](std::uint32_t index, const Box&) {
      found.push_back(index);
      return found.size() >= most;
    });
    std::sort(found.begin(), found.end());
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  static bool has_area(const Box& box) { return is_finite(box) && box.width > 0 && box.height > 0; }

  // Boxes of [width, 2 width) x [height, 2 height), in cells of width x height. Cells share the
  // heads of lists by their hash.
  class Layer {
   public:
    Layer(int width_power, int height_power)
        : width_power_(width_power),
          height_power_(height_power),
          width_(std::ldexp(1.0, width_power)),
          height_(std::ldexp(1.0, height_power)) {}

    bool holds(int width_power, int height_power) const {
      return width_power_ == width_power && height_power_ == height_power;
    }

    // Widths in a ratio of t, or heights, leave an intersection over union of t at most.
    bool may_match(const Box& box, float least) const {
      return box.width >= least * width_ && 2 * width_ >= least * box.width &&
             box.height >= least * height_ && 2 * height_ >= least * box.height;
    }

    void add(std::uint32_t index, const Box& box) {
      const Point centre = box.centre();
      items_.push_back({box, index, kNone, cell(centre.x, width_), cell(centre.y, height_)});
      if (items_.size() > heads_.size()) {
        heads_.assign(std::max<std::size_t>(16, 2 * heads_.size()), kNone);
        for (std::uint32_t i = 0; i < items_.size(); ++i) link(i);
      } else {
        link(static_cast<std::uint32_t>(items_.size()) - 1);
      }
    }

    template <class Visit>
    bool any_in_centre(const Box& box, Visit& visit) const {
      const Point centre = box.centre();
      return any_in(cell(centre.x, width_), cell(centre.y, height_), visit);
    }

    // In all cells but that of the centre.
    template <class Visit>
    bool any_around(const Box& box, float least, Visit& visit) const {
      const double reach_x = reach(box.width, width_, least);
      const double reach_y = reach(box.height, height_, least);
      const Point centre = box.centre();
      const std::int32_t left = cell(centre.x - reach_x, width_);
      const std::int32_t right = cell(centre.x + reach_x, width_);
      const std::int32_t top = cell(centre.y - reach_y, height_);
      const std::int32_t bottom = cell(centre.y + reach_y, height_);
      const std::int32_t centre_x = cell(centre.x, width_);
      const std::int32_t centre_y = cell(centre.y, height_);
      const double cells = (1.0 + right - left) * (1.0 + bottom - top);
      if (cells > static_cast<double>(items_.size())) {
        return std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
          return (item.x != centre_x || item.y != centre_y) && visit(item.index, item.box);
        });
      }
      for (std::int32_t y = top; y <= bottom; ++y) {
        for (std::int32_t x = left; x <= right; ++x) {
          if ((x != centre_x || y != centre_y) && any_in(x, y, visit)) return true;
        }
      }
      return false;
    }

   private:
    struct Item {
      Box box;
      std::uint32_t index = 0;
      std::uint32_t next = kNone;  // in the list
      std::int32_t x = 0;          // of the cell
      std::int32_t y = 0;
    };

    // How far apart the centres of a box of `side` and of one of this layer can be along that side.
    // Where the intersection over union is above t, more than t of the longer side is shared.
    static double reach(double side, double layer_side, double least) {
      return (side + 2 * layer_side) / 2 - least * std::max(side, layer_side);
    }

    // What lies further out than any picture shares the outermost cells.
    static std::int32_t cell(double position, double side) {
      constexpr double kFar = 1e9;
      return static_cast<std::int32_t>(std::clamp(std::floor(position / side), -kFar, kFar));
    }

    template <class Visit>
    bool any_in(std::int32_t x, std::int32_t y, Visit& visit) const {
      for (std::uint32_t i = heads_[head(x, y)]; i != kNone; i = items_[i].next) {
        const Item& item = items_[i];
        if (item.x == x && item.y == y && visit(item.index, item.box)) return true;
      }
      return false;
    }

    std::size_t head(std::int32_t x, std::int32_t y) const {
      // Multipliers of Teschner et al. 2003, "Optimized spatial hashing for collision detection of
      // deformable objects".
      const std::uint32_t hash =
          static_cast<std::uint32_t>(x) * 73856093U ^ static_cast<std::uint32_t>(y) * 19349663U;
      return (hash ^ hash >> 15U) & (heads_.size() - 1);
    }

    void link(std::uint32_t i) {
      std::uint32_t& first = heads_[head(items_[i].x, items_[i].y)];
      items_[i].next = first;
      first = i;
    }

    int width_power_;
    int height_power_;
    double width_;
    double height_;
    std::vector<std::uint32_t> heads_;  // a power of two of them
    std::vector<Item> items_;
  };

  Layer& layer_for(const Box& box) {
    const int width_power = std::ilogb(box.width);
    const int height_power = std::ilogb(box.height);
    for (Layer& layer : layers_) {
      if (layer.holds(width_power, height_power)) return layer;
    }
    return layers_.emplace_back(width_power, height_power);
  }

  std::uint32_t count_ = 0;
  std::vector<Layer> layers_;
};

}  // namespace masklens
