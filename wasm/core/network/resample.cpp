#include "core/network/resample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace masklens {
namespace {

// Four floats, R, G, B, A: one SIMD register wherever there is one. The same operations lane by
// lane with and without SIMD, so results do not depend on the machine.
using Float4 = float __attribute__((vector_size(16)));

Float4 load_pixel(const std::uint8_t* p) {
  return Float4{static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2]),
                static_cast<float>(p[3])};
}

// What is told in the order of the planes, as R, G, B.
Float4 by_colour(const std::array<float, 3>& planes, bool reversed) {
  return Float4{planes[reversed ? 2 : 0], planes[1], planes[reversed ? 0 : 2], 0};
}

// The source pixels [first, first + weights) that make an output pixel, along one side. Weights sum
// to 1 where nothing lies outside; what is missing is the share of the padding.
struct Taps {
  std::vector<int> first;   // per output pixel
  std::vector<int> count;   // per output pixel
  std::vector<int> offset;  // into weights
  std::vector<float> weights;
  std::vector<float> outside;  // per output pixel: share of the padding, 0..1

  void begin(int source) {
    first.push_back(source);
    count.push_back(0);
    offset.push_back(static_cast<int>(weights.size()));
  }
  void add(float weight) {
    weights.push_back(weight);
    ++count.back();
  }
};

// Output pixel i covers source [start + i * step, start + (i + 1) * step), step > 0.
Taps area_taps(double start, double step, int outputs, int side) {
  Taps taps;
  for (int i = 0; i < outputs; ++i) {
    const double from = start + i * step;
    const double to = start + (i + 1) * step;
    const double low = std::clamp(from, 0.0, static_cast<double>(side));
    const double high = std::min(to, static_cast<double>(side));
    const int begin = static_cast<int>(std::floor(low));
    taps.begin(std::min(begin, side - 1));
    double inside = 0;
    for (int s = begin; s < side && s < high; ++s) {
      const double cover = std::min(high, s + 1.0) - std::max(low, static_cast<double>(s));
      if (cover <= 0) continue;
      taps.add(static_cast<float>(cover / step));
      inside += cover / step;
    }
    taps.outside.push_back(static_cast<float>(std::max(0.0, 1.0 - inside)));
  }
  return taps;
}

// Bilinear at half-pixel centres: output pixel i samples start + (i + 0.5) * step - 0.5. Within the
// picture's outermost half pixel the border pixel is repeated; beyond the picture is padding.
Taps bilinear_taps(double start, double step, int outputs, int side) {
  Taps taps;
  for (int i = 0; i < outputs; ++i) {
    const double centre = start + (i + 0.5) * step;
    if (!(centre >= 0 && centre <= side)) {
      taps.begin(0);
      taps.outside.push_back(1);
      continue;
    }
    const double position = std::clamp(centre - 0.5, 0.0, side - 1.0);
    const int base = std::min(static_cast<int>(position), side - 1);
    const double fraction = position - base;
    taps.begin(base);
    taps.add(static_cast<float>(1 - fraction));
    if (fraction > 0) taps.add(static_cast<float>(fraction));
    taps.outside.push_back(0);
  }
  return taps;
}

Taps taps_for(double start, double extent, int outputs, int side) {
  const double step = extent / outputs;
  return step >= 1 ? area_taps(start, step, outputs, side)
                   : bilinear_taps(start, step, outputs, side);
}

// Rows first, then columns. Reads only the columns that any output needs.
class Resampler {
 public:
  Resampler(ImageView image, const Taps& columns, const Taps& rows)
      : image_(image), columns_(columns), rows_(rows) {
    int last = 0;
    left_ = image.width;
    for (std::size_t i = 0; i < columns.first.size(); ++i) {
      if (columns.count[i] == 0) continue;
      left_ = std::min(left_, columns.first[i]);
      last = std::max(last, columns.first[i] + columns.count[i]);
    }
    width_ = std::max(0, last - left_);
    sums_.resize(static_cast<std::size_t>(width_) * kChannels);
    whole_rows_.resize(sums_.size());
  }

  // out: 3 planes, `plane` floats apart, rows `stride` floats apart.
  void run(const Normalisation& norm, float pad, float* out, std::size_t plane, std::size_t stride,
           float gain = 1) {
    const Float4 mean = by_colour(norm.mean, norm.reversed);
    const Float4 scale = by_colour(norm.scale, norm.reversed);
    const std::size_t red = norm.reversed ? 2 * plane : 0;
    const std::size_t blue = norm.reversed ? 0 : 2 * plane;
    const Float4 padding{pad, pad, pad, pad};
    for (std::size_t y = 0; y < rows_.first.size(); ++y) {
      sum_rows(y);
      const float row_inside = 1 - rows_.outside[y];
      float* const r = out + y * stride;
      for (std::size_t x = 0; x < columns_.first.size(); ++x) {
        const float inside = row_inside * (1 - columns_.outside[x]);
        Float4 sum{};
        const int first = columns_.count[x] > 0 ? columns_.first[x] - left_ : 0;
        const float* source = sums_.data() + static_cast<std::ptrdiff_t>(first) * kChannels;
        const float* weight = columns_.weights.data() + columns_.offset[x];
        for (int t = 0; t < columns_.count[x]; ++t, source += kChannels) {
          Float4 pixel;
          __builtin_memcpy(&pixel, source, sizeof pixel);
          sum += pixel * weight[t];
        }
        if (gain > 1 && inside > 0) sum = brightened(sum / inside, gain) * inside;
        if (inside < 1) sum += padding * (1 - inside);
        const Float4 value = (sum - mean) * scale;
        r[red + x] = value[0];
        r[plane + x] = value[1];
        r[blue + x] = value[2];
      }
    }
  }

 private:
  // The weighted sum of the source rows of output row y, into sums_. Three and more rows of one
  // weight are summed as integers first, which is exact and several times faster when much is
  // shrunk; the others two at a time, which halves the traffic to memory.
  void sum_rows(std::size_t y) {
    const float* const weight = rows_.weights.data() + rows_.offset[y];
    const int first = rows_.first[y];
    const int count = rows_.count[y];
    if (count == 0) std::fill(sums_.begin(), sums_.end(), 0.0f);
    for (int t = 0; t < count;) {
      const int whole = std::min(equal_weights(weight + t, count - t), kMaxWhole);
      if (whole >= 3) {
        sum_whole(first + t, whole);
        combine(t == 0, whole_rows_.data(), weight[t]);
        t += whole;
      } else if (t + 1 < count && equal_weights(weight + t + 1, count - t - 1) < 3) {
        combine(t == 0, source_row(first + t), weight[t], source_row(first + t + 1), weight[t + 1]);
        t += 2;
      } else {
        combine(t == 0, source_row(first + t), weight[t]);
        ++t;
      }
    }
  }

  // sums_ (or nothing yet, at the start) + row * weight.
  template <class Item>
  void combine(bool start, const Item* __restrict row, float weight) {
    float* const __restrict sums = sums_.data();
    const std::size_t n = sums_.size();
    if (start) {
      for (std::size_t i = 0; i < n; ++i) sums[i] = static_cast<float>(row[i]) * weight;
    } else {
      for (std::size_t i = 0; i < n; ++i) sums[i] += static_cast<float>(row[i]) * weight;
    }
  }

  // The same for two rows, one after the other.
  void combine(bool start, const std::uint8_t* __restrict a, float wa,
               const std::uint8_t* __restrict b, float wb) {
    float* const __restrict sums = sums_.data();
    const std::size_t n = sums_.size();
    if (start) {
      for (std::size_t i = 0; i < n; ++i) {
        sums[i] = static_cast<float>(a[i]) * wa + static_cast<float>(b[i]) * wb;
      }
    } else {
      for (std::size_t i = 0; i < n; ++i) {
        sums[i] = sums[i] + static_cast<float>(a[i]) * wa + static_cast<float>(b[i]) * wb;
      }
    }
  }

  // The plain sum of `count` <= kMaxWhole source rows, into whole_rows_: four at a time, so that
  // the sums are written and read again as seldom as can be, then the rest.
  void sum_whole(int first, int count) {
    int k = 0;
    for (; k + 4 <= count; k += 4) {
      const std::uint8_t* const a = source_row(first + k);
      const std::uint8_t* const b = source_row(first + k + 1);
      const std::uint8_t* const c = source_row(first + k + 2);
      const std::uint8_t* const d = source_row(first + k + 3);
      add_rows(k == 0, [a, b, c, d](std::size_t i) { return a[i] + b[i] + c[i] + d[i]; });
    }
    for (; k < count; ++k) {
      const std::uint8_t* const row = source_row(first + k);
      add_rows(k == 0, [row](std::size_t i) { return row[i]; });
    }
  }

  // whole_rows_ (or nothing yet, at the start) + what `row` says of each of its numbers.
  template <class Row>
  void add_rows(bool start, Row row) {
    std::uint16_t* const __restrict sums = whole_rows_.data();
    const std::size_t n = whole_rows_.size();
    if (start) {
      for (std::size_t i = 0; i < n; ++i) sums[i] = static_cast<std::uint16_t>(row(i));
    } else {
      for (std::size_t i = 0; i < n; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + row(i));
    }
  }

  static int equal_weights(const float* weight, int count) {
    int n = 1;
    while (n < count && weight[n] == weight[0]) ++n;
    return n;
  }

  const std::uint8_t* source_row(int y) const {
    return image_.row(y) + static_cast<std::ptrdiff_t>(left_) * kChannels;
  }

  static constexpr int kMaxWhole = 257;  // 257 x 255 fits 16 bits

  ImageView image_;
  const Taps& columns_;
  const Taps& rows_;
  int left_ = 0;
  int width_ = 0;
  std::vector<float> sums_;
  std::vector<std::uint16_t> whole_rows_;
};

}  // namespace

Letterbox letterbox_for(int width, int height, int max_side, int multiple) {
  Letterbox box;
  const double factor = static_cast<double>(max_side) / std::max(width, height);
  box.content_width = std::max(1, static_cast<int>(std::lround(width * factor)));
  box.content_height = std::max(1, static_cast<int>(std::lround(height * factor)));
  const auto padded = [multiple](int side) { return (side + multiple - 1) / multiple * multiple; };
  box.width = padded(box.content_width);
  box.height = padded(box.content_height);
  box.scale_x = static_cast<float>(width) / static_cast<float>(box.content_width);
  box.scale_y = static_cast<float>(height) / static_cast<float>(box.content_height);
  return box;
}

void letterbox_into(ImageView image, const Letterbox& box, const Normalisation& norm, float pad,
                    std::span<float> out) {
  const std::size_t plane = static_cast<std::size_t>(box.width) * box.height;
  const std::size_t stride = static_cast<std::size_t>(box.width);
  const Taps columns = taps_for(0, image.width, box.content_width, image.width);
  const Taps rows = taps_for(0, image.height, box.content_height, image.height);
  Resampler(image, columns, rows).run(norm, pad, out.data(), plane, stride);
  for (std::size_t c = 0; c < 3; ++c) {
    const float value = (pad - norm.mean[c]) * norm.scale[c];
    float* const channel = out.data() + c * plane;
    for (int y = 0; y < box.content_height; ++y) {
      std::fill(channel + y * stride + box.content_width, channel + (y + 1) * stride, value);
    }
    std::fill(channel + box.content_height * stride, channel + plane, value);
  }
}

void resize_area_into(ImageView image, int width, int height, const Normalisation& norm,
                      std::span<float> out) {
  const Taps columns = area_taps(0, static_cast<double>(image.width) / width, width, image.width);
  const Taps rows = area_taps(0, static_cast<double>(image.height) / height, height, image.height);
  Resampler(image, columns, rows)
      .run(norm, 0, out.data(), static_cast<std::size_t>(width) * height,
           static_cast<std::size_t>(width));
}

void crop_into(ImageView image, const Box& region, int size, const Normalisation& norm, float pad,
               std::span<float> out, float gain) {
  const Taps columns = taps_for(region.x, std::max(region.width, 1e-3f), size, image.width);
  const Taps rows = taps_for(region.y, std::max(region.height, 1e-3f), size, image.height);
  Resampler(image, columns, rows)
      .run(norm, pad, out.data(), static_cast<std::size_t>(size) * size,
           static_cast<std::size_t>(size), gain);
}

void crop_and_resize_into(ImageView image, const Box& region, int size, const Normalisation& norm,
                          float pad, std::span<float> out) {
  struct Sample {
    int low = 0;
    int high = 0;
    float fraction = 0;
    bool outside = false;
  };
  const auto samples = [size](float start, float extent, int side) {
    std::vector<Sample> list(static_cast<std::size_t>(size));
    const float unit = static_cast<float>(side - 1) / static_cast<float>(side);
    const float first = start * unit;
    const float step = size > 1 ? extent * unit / static_cast<float>(size - 1) : 0;
    for (int i = 0; i < size; ++i) {
      const float position = first + static_cast<float>(i) * step;
      Sample& s = list[static_cast<std::size_t>(i)];
      s.outside = !(position >= 0 && position <= static_cast<float>(side - 1));
      if (s.outside) continue;
      s.low = static_cast<int>(position);
      s.high = std::min(s.low + 1, side - 1);
      s.fraction = position - static_cast<float>(s.low);
    }
    return list;
  };
  const std::vector<Sample> columns = samples(region.x, region.width, image.width);
  const std::vector<Sample> rows = samples(region.y, region.height, image.height);
  const std::size_t plane = static_cast<std::size_t>(size) * size;
  const Float4 mean = by_colour(norm.mean, norm.reversed);
  const Float4 scale = by_colour(norm.scale, norm.reversed);
  const std::size_t red = norm.reversed ? 2 * plane : 0;
  const std::size_t blue = norm.reversed ? 0 : 2 * plane;
  const Float4 padding = (Float4{pad, pad, pad, pad} - mean) * scale;
  float* target = out.data();
  for (const Sample& row : rows) {
    const std::uint8_t* const top = image.row(row.low);
    const std::uint8_t* const bottom = image.row(row.high);
    for (const Sample& column : columns) {
      Float4 value = padding;
      if (!row.outside && !column.outside) {
        const int left = column.low * kChannels;
        const int right = column.high * kChannels;
        const Float4 a = load_pixel(top + left);
        const Float4 b = load_pixel(bottom + left);
        const Float4 upper = a + (load_pixel(top + right) - a) * column.fraction;
        const Float4 lower = b + (load_pixel(bottom + right) - b) * column.fraction;
        value = (upper + (lower - upper) * row.fraction - mean) * scale;
      }
      target[red] = value[0];
      target[plane] = value[1];
      target[blue] = value[2];
      ++target;
    }
  }
}

}  // namespace masklens
