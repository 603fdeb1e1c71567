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

// One row; `step` is the distance to the pixel on the left in bytes, at least 1. `to` may lie
// before `from`. above: null for the first row.
template <std::size_t step>
bool unfilter_row(int filter, const std::uint8_t* from, const std::uint8_t* above, std::size_t size,
                  std::uint8_t* to) {
  const auto up = [&](std::size_t i) { return above != nullptr ? above[i] : std::uint8_t{0}; };
  const std::size_t first = std::min(step, size);
  if (above == nullptr) {
    if (filter == 2) filter = 0;  // nothing is above
    if (filter == 4) filter = 1;  // the pixel on the left is the nearest
  }
  switch (filter) {
    case 0:
      std::memmove(to, from, size);
      return true;
    case 1:
      std::memmove(to, from, first);
      for (std::size_t i = first; i < size; ++i) {
        to[i] = static_cast<std::uint8_t>(from[i] + to[i - step]);
      }
      return true;
    case 2:
      for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(from[i] + above[i]);
      return true;
    case 3:
      for (std::size_t i = 0; i < first; ++i) {
        to[i] = static_cast<std::uint8_t>(from[i] + up(i) / 2);
      }
      for (std::size_t i = first; i < size; ++i) {
        to[i] = static_cast<std::uint8_t>(from[i] + (to[i - step] + up(i)) / 2);
      }
      return true;
    case 4:
      for (std::size_t i = 0; i < first; ++i) {
        to[i] = static_cast<std::uint8_t>(from[i] + above[i]);
      }
      for (std::size_t i = first; i < size; ++i) {
        to[i] = static_cast<std::uint8_t>(from[i] + paeth(to[i - step], above[i], above[i - step]));
      }
      return true;
    default:
      return false;
  }
}

template <std::size_t step>
bool unfilter_rows(std::uint8_t* rows, std::size_t size, int height) {
  const std::uint8_t* from = rows;
  const std::uint8_t* above = nullptr;
  std::uint8_t* to = rows;
  for (int y = 0; y < height; ++y) {
    const int filter = *from;
    if (!unfilter_row<step>(filter, from + 1, above, size, to)) return false;
    above = to;
    from += 1 + size;
    to += size;
  }
  return true;
}

using Rgba = std::array<std::uint8_t, kChannels>;

// The pixel at x of a row.
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
    value[0] = static_cast<std::uint8_t>(samples.indexed ? raw[0] : raw[0] * (255 / most));
  } else if (bits == 8) {
    for (std::size_t c = 0; c < channels; ++c) raw[c] = value[c] = row[x * channels + c];
  } else {
    const std::uint8_t* const at = row + 2 * x * channels;
    for (std::size_t c = 0; c < channels; ++c) {
      raw[c] = static_cast<std::uint16_t>(at[2 * c] << 8 | at[2 * c + 1]);
      value[c] = at[2 * c];
    }
  }
  if (samples.indexed) return samples.palette[value[0]];
  const bool grey = samples.channels <= 2;
  Rgba pixel = {value[0], grey ? value[0] : value[1], grey ? value[0] : value[2], 255};
  if (samples.channels % 2 == 0) pixel[3] = value[channels - 1];
  if (samples.transparent) {
    const auto& key = *samples.transparent;
    const bool is_key = raw[0] == key[0] && (grey || (raw[1] == key[1] && raw[2] == key[2]));
    if (is_key) pixel[3] = 0;
  }
  return pixel;
}

// Calls pixel(row, x) for every pixel and puts what it gives in its place: from the end where
// pixels grow, from the beginning where they shrink, so that none is covered before it was read.
template <class PixelAt>
void expand_rows(std::uint8_t* rows, const PngSamples& samples, int width, int height,
                 PixelAt pixel) {
  const std::size_t size = samples.row_bytes(width);
  const auto columns = static_cast<std::size_t>(width);
  const auto lines = static_cast<std::size_t>(height);
  const auto put = [&](std::size_t y, std::size_t x) {
    const Rgba rgba = pixel(rows + y * size, x);
    std::memcpy(rows + (y * columns + x) * kChannels, rgba.data(), rgba.size());
  };
  if (size > columns * kChannels) {
    for (std::size_t y = 0; y < lines; ++y) {
      for (std::size_t x = 0; x < columns; ++x) put(y, x);
    }
  } else {
    for (std::size_t y = lines; y-- > 0;) {
      for (std::size_t x = columns; x-- > 0;) put(y, x);
    }
  }
}

// Where a pass begins in each cell of 8 x 8 pixels, and how far its pixels lie apart.
struct Pass {
  int x, y, step_x, step_y;
};
constexpr std::array<Pass, 7> kPasses = {{{0, 0, 8, 8},
                                          {4, 0, 8, 8},
                                          {0, 4, 4, 8},
                                          {2, 0, 4, 4},
                                          {0, 2, 2, 4},
                                          {1, 0, 2, 2},
                                          {0, 1, 1, 2}}};

// Calls visit(pass, width, height) for those that have pixels.
template <class Visit>
bool for_each_pass(int width, int height, Visit visit) {
  for (const Pass& pass : kPasses) {
    const int columns = (width - pass.x + pass.step_x - 1) / pass.step_x;
    const int rows = (height - pass.y + pass.step_y - 1) / pass.step_y;
    if (columns > 0 && rows > 0 && !visit(pass, columns, rows)) return false;
  }
  return true;
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
    if (colours == 0 || colours > 256 || layout.palette.size() % 3 != 0) return std::nullopt;
    for (std::size_t i = 0; i < samples.palette.size(); ++i) {
      auto& colour = samples.palette[i];
      if (i < colours) std::copy_n(&layout.palette[3 * i], 3, colour.begin());
      colour[3] = i < layout.transparency.size() ? layout.transparency[i] : 255;
    }
  } else if (samples.channels % 2 == 1 &&
             layout.transparency.size() >= 2 * static_cast<std::size_t>(samples.channels)) {
    auto& key = samples.transparent.emplace();
    for (std::size_t c = 0; c < static_cast<std::size_t>(samples.channels); ++c) {
      key[c] = static_cast<std::uint16_t>(big16(layout.transparency, 2 * c));
    }
  }
  return samples;
}

std::size_t filtered_bytes(const PngSamples& samples, int width, int height) {
  return (1 + samples.row_bytes(width)) * static_cast<std::size_t>(height);
}

bool unfilter(std::uint8_t* rows, const PngSamples& samples, int width, int height) {
  const std::size_t size = samples.row_bytes(width);
  switch (std::max(1, samples.bits * samples.channels / 8)) {
    case 1:
      return unfilter_rows<1>(rows, size, height);
    case 2:
      return unfilter_rows<2>(rows, size, height);
    case 3:
      return unfilter_rows<3>(rows, size, height);
    case 4:
      return unfilter_rows<4>(rows, size, height);
    case 6:
      return unfilter_rows<6>(rows, size, height);
    default:
      return unfilter_rows<8>(rows, size, height);
  }
}

void expand(std::uint8_t* rows, const PngSamples& samples, int width, int height) {
  const int channels = samples.channels;
  if (samples.bits != 8 || samples.transparent) {
    expand_rows(rows, samples, width, height,
                [&](const std::uint8_t* row, std::size_t x) { return pixel_at(row, samples, x); });
  } else if (samples.indexed) {
    expand_rows(rows, samples, width, height,
                [&](const std::uint8_t* row, std::size_t x) { return samples.palette[row[x]]; });
  } else if (channels == 1) {
    expand_rows(rows, samples, width, height, [](const std::uint8_t* row, std::size_t x) {
      return Rgba{row[x], row[x], row[x], 255};
    });
  } else if (channels == 2) {
    expand_rows(rows, samples, width, height, [](const std::uint8_t* row, std::size_t x) {
      return Rgba{row[2 * x], row[2 * x], row[2 * x], row[2 * x + 1]};
    });
  } else if (channels == 3) {
    expand_rows(rows, samples, width, height, [](const std::uint8_t* row, std::size_t x) {
      return Rgba{row[3 * x], row[3 * x + 1], row[3 * x + 2], 255};
    });
  }
}

std::size_t interlaced_bytes(const PngSamples& samples, int width, int height) {
  std::size_t bytes = 0;
  for_each_pass(width, height, [&](const Pass&, int columns, int rows) {
    bytes += filtered_bytes(samples, columns, rows);
    return true;
  });
  return bytes;
}

bool expand_interlaced(std::uint8_t* rows, const PngSamples& samples, int width, int height,
                       std::uint8_t* pixels) {
  return for_each_pass(width, height, [&](const Pass& pass, int columns, int lines) {
    if (!unfilter(rows, samples, columns, lines)) return false;
    for (int y = 0; y < lines; ++y) {
      const std::uint8_t* const row =
          rows + static_cast<std::size_t>(y) * samples.row_bytes(columns);
      for (int x = 0; x < columns; ++x) {
        const Rgba pixel = pixel_at(row, samples, static_cast<std::size_t>(x));
        const std::size_t at =
            static_cast<std::size_t>(pass.y + y * pass.step_y) * static_cast<std::size_t>(width) +
            static_cast<std::size_t>(pass.x + x * pass.step_x);
        std::memcpy(pixels + at * kChannels, pixel.data(), pixel.size());
      }
    }
    rows += filtered_bytes(samples, columns, lines);
    return true;
  });
}

}  // namespace masklens
