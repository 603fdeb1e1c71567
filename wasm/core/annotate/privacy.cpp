#include "core/annotate/privacy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/annotate/paint.h"

namespace masklens {
namespace {

constexpr int kMostCells = 8;         // along the longer side
constexpr float kLeastCell = 3;       // pixels: of a tiny face nothing may be left either
constexpr float kCornerShare = 0.4f;  // of the shorter side

using Mean = std::array<float, 3>;

// Averages of a grid over `area`; cells that lie outside the picture repeat their neighbours.
struct Cells {
  Box area;
  int columns = 1;
  int rows = 1;
  std::array<Mean, std::size_t{kMostCells} * kMostCells> means{};

  const Mean& at(int column, int row) const {
    const int c = std::clamp(column, 0, columns - 1);
    const int r = std::clamp(row, 0, rows - 1);
    return means[static_cast<std::size_t>(r) * kMostCells + static_cast<std::size_t>(c)];
  }
};

int cell_count(float side, float cell) {
  return std::clamp(static_cast<int>(std::lround(side / cell)), 1, kMostCells);
}

struct Span {
  int begin = 0;
  int end = 1;
};

// The pixels of cell i of n, at least one, inside the picture.
Span cell_pixels(float start, float side, int i, int n, int limit) {
  const float cell = side / static_cast<float>(n);
  const auto edge = [&](int k) {
    return static_cast<int>(std::lround(start + cell * static_cast<float>(k)));
  };
  const int begin = std::clamp(edge(i), 0, limit - 1);
  return {begin, std::clamp(edge(i + 1), begin + 1, limit)};
}

Cells average(const Image& image, const Box& area) {
  Cells cells;
  cells.area = area;
  const float cell = std::max(std::max(area.width, area.height) / kMostCells, kLeastCell);
  cells.columns = cell_count(area.width, cell);
  cells.rows = cell_count(area.height, cell);
  const ImageView view = image.view();
  for (int row = 0; row < cells.rows; ++row) {
    const Span ys = cell_pixels(area.y, area.height, row, cells.rows, image.height());
    for (int column = 0; column < cells.columns; ++column) {
      const Span xs = cell_pixels(area.x, area.width, column, cells.columns, image.width());
      std::array<std::uint64_t, 3> sums{};
      for (int y = ys.begin; y < ys.end; ++y) {
        const std::uint8_t* pixel = view.row(y) + static_cast<std::size_t>(xs.begin) * kChannels;
        for (int x = xs.begin; x < xs.end; ++x, pixel += kChannels) {
          for (std::size_t c = 0; c < 3; ++c) sums[c] += pixel[c];
        }
      }
      const auto count = static_cast<float>((xs.end - xs.begin) * (ys.end - ys.begin));
      Mean& mean =
          cells
              .means[static_cast<std::size_t>(row) * kMostCells + static_cast<std::size_t>(column)];
      for (std::size_t c = 0; c < 3; ++c) mean[c] = static_cast<float>(sums[c]) / count;
    }
  }
  return cells;
}

// Weights of the quadratic B-spline for the cells before, at and behind; t: -0.5 .. 0.5 from the
// middle of the cell.
std::array<float, 3> spline(float t) {
  return {0.5f * (0.5f - t) * (0.5f - t), 0.75f - t * t, 0.5f * (0.5f + t) * (0.5f + t)};
}

Mean shown(const Cells& cells, float x, float y, Privacy privacy) {
  const float u = (x - cells.area.x) / cells.area.width * static_cast<float>(cells.columns);
  const float v = (y - cells.area.y) / cells.area.height * static_cast<float>(cells.rows);
  // A face of next to no size makes these larger than any whole number.
  const auto cell_of = [](float at, int count) {
    return static_cast<int>(std::min(std::max(0.0f, at), static_cast<float>(count - 1)));
  };
  const int column = cell_of(u, cells.columns);
  const int row = cell_of(v, cells.rows);
  if (privacy == Privacy::kPixelate) return cells.at(column, row);
  const auto across = spline(std::clamp(u - static_cast<float>(column) - 0.5f, -0.5f, 0.5f));
  const auto down = spline(std::clamp(v - static_cast<float>(row) - 0.5f, -0.5f, 0.5f));
  Mean sum{};
  for (std::size_t i = 0; i < down.size(); ++i) {
    for (std::size_t k = 0; k < across.size(); ++k) {
      const float weight = across[k] * down[i];
      const Mean& mean = cells.at(column + static_cast<int>(k) - 1, row + static_cast<int>(i) - 1);
      for (std::size_t c = 0; c < 3; ++c) sum[c] += weight * mean[c];
    }
  }
  return sum;
}

}  // namespace

void hide_area(Image& image, const Box& area, Privacy privacy) {
  if (privacy == Privacy::kNone || area.width <= 0 || area.height <= 0) return;
  const auto inside = [](float v, int limit) {
    return static_cast<int>(std::clamp(v, 0.0f, static_cast<float>(limit)));
  };
  const int left = inside(std::floor(area.x), image.width());
  const int right = inside(std::ceil(area.right()), image.width());
  const int top = inside(std::floor(area.y), image.height());
  const int bottom = inside(std::ceil(area.bottom()), image.height());
  if (left >= right || top >= bottom) return;
  const Cells cells = average(image, area);
  const float radius = kCornerShare * area.short_side();
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const float px = static_cast<float>(x) + 0.5f;
      const float py = static_cast<float>(y) + 0.5f;
      const float edge = std::clamp(0.5f - rounded_distance(area, radius, px, py), 0.0f, 1.0f);
      if (edge <= 0) continue;
      const Mean mean = shown(cells, px, py, privacy);
      const auto level = [&](std::size_t c) {
        return static_cast<std::uint8_t>(std::lround(mean[c]));
      };
      blend(image, x, y, {level(0), level(1), level(2), 1}, edge);
    }
  }
}

}  // namespace masklens
