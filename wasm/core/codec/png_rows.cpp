#include "core/codec/png_rows.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/base/byte_order.h"
#include "core/base/image.h"

namespace masklens {
namespace {

// The one of left, above and above left that is nearest to left + above - above left.
std::uint8_t paeth(int left, int above, int corner) {
  const int to_left = std::abs(above - corner);
  const int to_above = std::abs(left - corner);
  const int to_corner = std::abs(left + above - 2 * corner);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(to_above <= to_corner ? above : corner);
}

// `step` is the distance to the pixel on the left in bytes, at least 1; `known` is that, or 0 for
// the rare ones, which share their loops.
template <std::size_t known>
bool unfilter_row(int filter, std::uint8_t* row, const std::uint8_t* above, std::size_t size,
                  std::size_t step = known) {
  if (known != 0) step = known;
  const std::size_t first = std::min(step, size);
  switch (filter) {
    case 0:
      return true;
    case 1:
      for (std::size_t i = first; i < size; ++i) {
        row[i] = static_cast<std::uint8_t>(row[i] + row[i - step]);
      }
      return true;
    case 2:
      for (std::size_t i = 0; i < size; ++i) row[i] = static_cast<std::uint8_t>(row[i] + above[i]);
      return true;
    case 3:
      for (std::size_t i = 0; i < first; ++i) {
        row[i] = static_cast<std::uint8_t>(row[i] + above[i] / 2);
      }
      for (std::size_t i = first; i < size; ++i) {
        row[i] = static_cast<std::uint8_t>(row[i] + (row[i - step] + above[i]) / 2);
      }
      return true;
    case 4:
      for (std::size_t i = 0; i < first; ++i) {
        row[i] = static_cast<std::uint8_t>(row[i] + above[i]);
      }
      for (std::size_t i = first; i < size; ++i) {
        row[i] =
            static_cast<std::uint8_t>(row[i] + paeth(row[i - step], above[i], above[i - step]));
      }
      return true;
    default:
      return false;
  }
}

using Rgba = std::array<std::uint8_t, kChannels>;

// The pixel at x of a row whose samples have not 8 bits.
Rgba pixel_at(const std::uint8_t* row, const PngSamples& samples, std::size_t x) {
  const int bits = samples.bits;
  const auto channels = static_cast<std::size_t>(samples.channels);
  std::array<std::uint16_t, 4> raw{};
  std::array<std::uint8_t, 4> value{};
  if (bits < 8) {
    const std::size_t at = x * static_cast<std::size_t>(bits);
    const int most = (1 << bits) - 1;
    raw[0] =
        static_cast<std::uint16_t>(row[at / 8] >> (8 - bits - static_cast<int>(at % 8)) & most);
    if (samples.indexed) return samples.palette[raw[0]];
    value[0] = static_cast<std::uint8_t>(raw[0] * (255 / most));
  } else {
    const std::uint8_t* const at = row + 2 * x * channels;
    for (std::size_t c = 0; c < channels; ++c) {
      raw[c] = static_cast<std::uint16_t>(at[2 * c] << 8 | at[2 * c + 1]);
      value[c] = at[2 * c];
    }
  }
  const bool grey = samples.channels == 1;
  Rgba pixel = {value[0], grey ? value[0] : value[1], grey ? value[0] : value[2], 255};
  if (samples.transparent) {
    const auto& key = *samples.transparent;
    const bool is_key = raw[0] == key[0] && (grey || (raw[1] == key[1] && raw[2] == key[2]));
    if (is_key) pixel[3] = 0;
  }
  return pixel;
}

// Writes pixel(x) for every pixel.
template <class PixelAt>
void fill_row(std::uint8_t* pixels, int width, PixelAt pixel) {
  for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) {
    const Rgba rgba = pixel(x);
    std::memcpy(pixels + x * kChannels, rgba.data(), rgba.size());
  }
}

// Of opaque ones, those of that colour become transparent: grey in the first.
void hide(std::uint8_t* pixels, int width, const std::array<std::uint16_t, 3>& colour, bool grey) {
  const auto part = [&](std::size_t c) { return static_cast<std::uint8_t>(colour[grey ? 0 : c]); };
  const Rgba wanted = {part(0), part(1), part(2), 255};
  for (int x = 0; x < width; ++x, pixels += kChannels) {
    if (std::memcmp(pixels, wanted.data(), wanted.size()) == 0) pixels[3] = 0;
  }
}

}  // namespace

std::optional<PngSamples> png_samples(const PngLayout& layout) {
  PngSamples samples;
  samples.bits = layout.bits;
  samples.indexed = layout.colour_type == 3;
  const int bits = layout.bits;
  const bool narrow = bits == 1 || bits == 2 || bits == 4;
  if (!narrow && bits != 8 && bits != 16) return std::nullopt;
  switch (layout.colour_type) {
    case 0:
      samples.channels = 1;
      break;
    case 3:
      if (bits == 16) return std::nullopt;
      samples.channels = 1;
      break;
    case 2:
    case 4:
    case 6:
      if (narrow) return std::nullopt;
      samples.channels = layout.colour_type == 2 ? 3 : layout.colour_type == 4 ? 2 : 4;
      break;
    default:
      return std::nullopt;
  }
  if (samples.indexed) {
    const std::size_t colours = layout.palette.size() / 3;
    if (colours == 0) return std::nullopt;
    for (std::size_t i = 0; i < samples.palette.size(); ++i) {
      const std::size_t at = std::min(i, colours - 1);  // the last one stands for those behind it
      auto& colour = samples.palette[i];
      std::copy_n(&layout.palette[3 * at], 3, colour.begin());
      colour[3] = at < layout.transparency.size() ? layout.transparency[at] : 255;
    }
  } else if (samples.channels % 2 == 1 && !layout.transparency.empty() &&
             (bits < 16 ||
              layout.transparency.size() == 2 * static_cast<std::size_t>(samples.channels))) {
    auto& key = samples.transparent.emplace();
    for (std::size_t c = 0; c < static_cast<std::size_t>(samples.channels); ++c) {
      // Of fewer bits the lower byte counts; Chromium takes no colour of 16 with more behind it.
      key[c] = bits < 16 ? layout.transparency[2 * c + 1]
                         : static_cast<std::uint16_t>(big16(layout.transparency, 2 * c));
    }
  }
  samples.halved = bits == 16 && !samples.transparent;
  if (samples.halved) samples.bits = 8;
  return samples;
}

bool unfilter(int filter, std::uint8_t* row, const std::uint8_t* above, const PngSamples& samples,
              std::size_t size) {
  if (samples.halved) {
    size /= 2;
    for (std::size_t i = 0; i < size; ++i) row[i] = row[2 * i];
  }
  const auto step = static_cast<std::size_t>(std::max(1, samples.bits * samples.channels / 8));
  if (step == 1) return unfilter_row<1>(filter, row, above, size);
  if (step == 3) return unfilter_row<3>(filter, row, above, size);
  if (step == 4) return unfilter_row<4>(filter, row, above, size);
  return unfilter_row<0>(filter, row, above, size, step);
}

void expand(const std::uint8_t* row, const PngSamples& samples, int width, std::uint8_t* pixels) {
  if (samples.bits != 8) {
    fill_row(pixels, width, [&](std::size_t x) { return pixel_at(row, samples, x); });
  } else if (samples.indexed) {
    fill_row(pixels, width, [&](std::size_t x) { return samples.palette[row[x]]; });
  } else if (samples.channels == 1) {
    fill_row(pixels, width, [&](std::size_t x) { return Rgba{row[x], row[x], row[x], 255}; });
  } else if (samples.channels == 2) {
    fill_row(pixels, width, [&](std::size_t x) {
      return Rgba{row[2 * x], row[2 * x], row[2 * x], row[2 * x + 1]};
    });
  } else if (samples.channels == 3) {
    fill_row(pixels, width, [&](std::size_t x) {
      return Rgba{row[3 * x], row[3 * x + 1], row[3 * x + 2], 255};
    });
  } else {
    std::memcpy(pixels, row, static_cast<std::size_t>(width) * kChannels);
  }
  if (samples.bits == 8 && samples.transparent) {
    hide(pixels, width, *samples.transparent, samples.channels == 1);
  }
}

}  // namespace masklens
