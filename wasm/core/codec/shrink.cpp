#include "core/codec/shrink.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace masklens {
namespace {

// The pixels of a longer side that one of a shorter side covers, and how much of each. Weights are
// fractions of 1 << 16 that sum to it.
struct Span {
  int first = 0;
  std::vector<std::uint32_t> weights;
};

constexpr std::uint32_t kOne = 1U << 16;

std::vector<Span> spans_of(int from, int to) {
  std::vector<Span> spans(static_cast<std::size_t>(to));
  const double step = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    Span& span = spans[static_cast<std::size_t>(i)];
    const double begin = i * step;
    const double end = std::min<double>(begin + step, from);
    span.first = static_cast<int>(begin);
    std::uint32_t left = kOne;
    for (int at = span.first; at < end && at < from; ++at) {
      const double covered = std::min<double>(at + 1, end) - std::max<double>(at, begin);
      const auto weight = static_cast<std::uint32_t>(std::lround(covered / step * kOne));
      span.weights.push_back(std::min(weight, left));
      left -= span.weights.back();
    }
    span.weights.back() += left;  // what rounding left over
  }
  return spans;
}

}  // namespace

Result<Image> shrink(ImageView image, int max_side) {
  const int longer = std::max(image.width, image.height);
  const double scale = std::min(1.0, static_cast<double>(max_side) / longer);
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(side * scale)));
  };
  Result<Image> small = Image::allocate(scaled(image.width), scaled(image.height));
  if (!small) return small;
  const std::vector<Span> columns = spans_of(image.width, small->width());
  const std::vector<Span> rows = spans_of(image.height, small->height());
  // One output row: sums down the columns first, since rows lie in one piece in memory.
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(image.width) * kChannels);
  std::uint8_t* out = small->data();
  for (const Span& row : rows) {
    std::fill(sums.begin(), sums.end(), 0);
    int y = row.first;
    for (const std::uint32_t weight : row.weights) {
      const std::uint8_t* pixel = image.row(y++);
      for (std::uint32_t& sum : sums) sum += weight * *pixel++;
    }
    for (const Span& column : columns) {
      std::uint64_t mean[3] = {};
      const std::uint32_t* sum = &sums[static_cast<std::size_t>(column.first) * kChannels];
      for (const std::uint32_t weight : column.weights) {
        for (int c = 0; c < 3; ++c) mean[c] += std::uint64_t{weight} * sum[c];
        sum += kChannels;
      }
      constexpr std::uint64_t kHalf = std::uint64_t{1} << 31;
      for (const std::uint64_t value : mean) {
        *out++ = static_cast<std::uint8_t>((value + kHalf) >> 32);
      }
      *out++ = 255;
    }
  }
  return small;
}

}  // namespace masklens
