#include "core/codec/palette.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace masklens {
namespace {

std::uint32_t key_of(const std::uint8_t* pixel) {
  return static_cast<std::uint32_t>(pixel[0] << 16 | pixel[1] << 8 | pixel[2]);
}

template <class Visit>
void for_each_pixel(ImageView image, const PixelRect& rect, Visit visit) {
  for (int y = rect.y; y < rect.y + rect.height; ++y) {
    const std::uint8_t* pixel = image.row(y) + static_cast<std::size_t>(rect.x) * kChannels;
    for (int x = 0; x < rect.width; ++x, pixel += kChannels) {
      if (!visit(pixel)) return;
    }
  }
}

// Colours -> index, for up to 256 colours (open addressing).
class ColourTable {
 public:
  // The colour's index, given to it in the order of asking; `limit` when it would be one too many.
  std::size_t index(std::uint32_t key, std::size_t limit) {
    std::size_t slot = key * 2654435761U >> 22;  // of 1024
    while (entries_[slot] != 0 && keys_[slot] != key) slot = (slot + 1) % entries_.size();
    if (entries_[slot] != 0) return entries_[slot] - 1U;
    if (count_ == limit) return limit;
    keys_[slot] = key;
    entries_[slot] = static_cast<std::uint16_t>(++count_);
    return count_ - 1;
  }

 private:
  std::array<std::uint32_t, 1024> keys_{};
  std::array<std::uint16_t, 1024> entries_{};  // index + 1; 0: free
  std::size_t count_ = 0;
};

bool index_exactly(ImageView image, const PixelRect& rect, std::size_t max_colours,
                   IndexedPixels& out) {
  ColourTable table;
  bool fits = true;
  std::uint8_t* next = out.indices.get();
  for_each_pixel(image, rect, [&](const std::uint8_t* pixel) {
    const std::size_t index = table.index(key_of(pixel), max_colours);
    fits = index < max_colours;
    if (!fits) return false;
    if (index == out.palette.size()) out.palette.push_back({pixel[0], pixel[1], pixel[2]});
    *next++ = static_cast<std::uint8_t>(index);
    return true;
  });
  return fits;
}

using Vector = std::array<float, 3>;

// The pixels whose colours agree in their upper 6 bits.
struct Bin {
  float count = 0;
  Vector sum{};
};

constexpr int kBinBits = 6;

std::size_t bin_of(const std::uint8_t* pixel) {
  constexpr int kDropped = 8 - kBinBits;
  return static_cast<std::size_t>(pixel[0] >> kDropped << 2 * kBinBits |
                                  pixel[1] >> kDropped << kBinBits | pixel[2] >> kDropped);
}

struct Sample {  // a bin that is not empty
  Vector mean{};
  float count = 0;
  std::size_t bin = 0;
};

// A run of samples that one palette entry will stand for.
struct ColourBox {
  std::size_t begin = 0;
  std::size_t end = 0;
  Vector mean{};
  std::size_t axis = 0;  // along which the samples differ most
  float error = 0;       // summed squared distance to the mean, along that axis
};

ColourBox measure(const std::vector<Sample>& samples, std::size_t begin, std::size_t end) {
  ColourBox box{begin, end, {}, 0, 0};
  float count = 0;
  for (std::size_t i = begin; i < end; ++i) {
    count += samples[i].count;
    for (std::size_t c = 0; c < 3; ++c) box.mean[c] += samples[i].count * samples[i].mean[c];
  }
  for (float& value : box.mean) value /= count;
  Vector error{};
  for (std::size_t i = begin; i < end; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const float d = samples[i].mean[c] - box.mean[c];
      error[c] += samples[i].count * d * d;
    }
  }
  const auto largest = std::max_element(error.begin(), error.end());
  box.axis = static_cast<std::size_t>(largest - error.begin());
  box.error = *largest;
  return box;
}

std::vector<Vector> split(std::vector<Sample>& samples, std::size_t colours) {
  std::vector<ColourBox> boxes = {measure(samples, 0, samples.size())};
  while (boxes.size() < colours) {
    const auto worst =
        std::max_element(boxes.begin(), boxes.end(),
                         [](const ColourBox& a, const ColourBox& b) { return a.error < b.error; });
    if (worst->error <= 0) break;
    const ColourBox box = *worst;
    const auto first = samples.begin() + static_cast<std::ptrdiff_t>(box.begin);
    const auto last = samples.begin() + static_cast<std::ptrdiff_t>(box.end);
    const auto middle = std::partition(
        first, last, [&](const Sample& s) { return s.mean[box.axis] <= box.mean[box.axis]; });
    if (middle == first || middle == last) {  // equal but for rounding
      worst->error = 0;
      continue;
    }
    const auto at = static_cast<std::size_t>(middle - samples.begin());
    *worst = measure(samples, box.begin, at);
    boxes.push_back(measure(samples, at, box.end));
  }
  std::vector<Vector> means;
  means.reserve(boxes.size());
  for (const ColourBox& box : boxes) means.push_back(box.mean);
  return means;
}

std::size_t nearest(const std::vector<Vector>& colours, const Vector& wanted) {
  std::size_t best = 0;
  float least = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < colours.size(); ++i) {
    float distance = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      const float d = colours[i][c] - wanted[c];
      distance += d * d;
    }
    if (distance < least) {
      least = distance;
      best = i;
    }
  }
  return best;
}

void move_to_means(const std::vector<Sample>& samples, std::vector<Vector>& colours) {
  std::vector<Bin> served(colours.size());
  for (const Sample& sample : samples) {
    Bin& bin = served[nearest(colours, sample.mean)];
    bin.count += sample.count;
    for (std::size_t c = 0; c < 3; ++c) bin.sum[c] += sample.count * sample.mean[c];
  }
  for (std::size_t i = 0; i < colours.size(); ++i) {
    if (served[i].count <= 0) continue;
    for (std::size_t c = 0; c < 3; ++c) colours[i][c] = served[i].sum[c] / served[i].count;
  }
}

void index_nearest(ImageView image, const PixelRect& rect, std::size_t max_colours,
                   IndexedPixels& out) {
  std::vector<Bin> bins(std::size_t{1} << 3 * kBinBits);
  for_each_pixel(image, rect, [&](const std::uint8_t* pixel) {
    Bin& bin = bins[bin_of(pixel)];
    bin.count += 1;
    for (std::size_t c = 0; c < 3; ++c) bin.sum[c] += pixel[c];
    return true;
  });
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const Bin& bin = bins[i];
    if (bin.count <= 0) continue;
    samples.push_back(
        {{bin.sum[0] / bin.count, bin.sum[1] / bin.count, bin.sum[2] / bin.count}, bin.count, i});
  }
  std::vector<Vector> colours = split(samples, max_colours);
  constexpr int kRounds = 2;  // further rounds change little
  for (int round = 0; round < kRounds; ++round) move_to_means(samples, colours);

  std::vector<std::uint8_t> index_of_bin(bins.size());
  for (const Sample& sample : samples) {
    index_of_bin[sample.bin] = static_cast<std::uint8_t>(nearest(colours, sample.mean));
  }
  const auto level = [](float value) { return static_cast<std::uint8_t>(std::lround(value)); };
  for (const Vector& colour : colours) {
    out.palette.push_back({level(colour[0]), level(colour[1]), level(colour[2])});
  }
  std::uint8_t* next = out.indices.get();
  for_each_pixel(image, rect, [&](const std::uint8_t* pixel) {
    *next++ = index_of_bin[bin_of(pixel)];
    return true;
  });
}

}  // namespace

IndexedPixels index_colours(ImageView image, const PixelRect& rect, std::size_t max_colours) {
  IndexedPixels out;
  const std::size_t count =
      static_cast<std::size_t>(rect.width) * static_cast<std::size_t>(rect.height);
  out.indices = allocate_bytes(count);
  if (!out.indices) return out;
  out.count = count;
  if (!index_exactly(image, rect, max_colours, out)) {
    out.palette.clear();
    index_nearest(image, rect, max_colours, out);
  }
  return out;
}

}  // namespace masklens
