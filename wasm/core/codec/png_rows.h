// The rows of a PNG: what the filters took away is put back, and samples of any kind become RGBA
// (PNG 3rd edition, sections 7 to 9 and 13).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/codec/png_chunks.h"

namespace masklens {

// What the samples are.
struct PngSamples {
  int bits = 8;          // a sample: 1, 2, 4, 8 or 16
  bool halved = false;   // 16 are stored, of which the upper 8 are read: the filters mix no others
  int channels = 1;      // 1 grey or palette, 2 grey and alpha, 3 RGB, 4 RGBA
  bool indexed = false;  // the sample is a number of the palette
  std::array<std::array<std::uint8_t, 4>, 256> palette{};   // black where the file has no more
  std::optional<std::array<std::uint16_t, 3>> transparent;  // the colour that is, grey in the first

  bool has_alpha() const { return channels % 2 == 0 || transparent.has_value() || indexed; }
  std::size_t row_bytes(int width) const {
    const int stored = halved ? 2 * bits : bits;
    return (static_cast<std::size_t>(width) * static_cast<std::size_t>(stored * channels) + 7) / 8;
  }
};

// Nothing where header, palette and transparency do not go together.
std::optional<PngSamples> png_samples(const PngLayout& layout);

// What the filter took away is put back, in place. above: the row before, as it became; zeros above
// the first. size: as stored. False for an unknown filter.
bool unfilter(int filter, std::uint8_t* row, const std::uint8_t* above, const PngSamples& samples,
              std::size_t size);

// A row of samples to straight RGBA.
void expand(const std::uint8_t* row, const PngSamples& samples, int width, std::uint8_t* pixels);

// One of the small pictures that an interlaced one is made of (Adam7): where it begins in each cell
// of 8 x 8 pixels, and how far its pixels lie apart.
struct PngPass {
  int x, y, step_x, step_y;

  int columns(int width) const { return (width - x + step_x - 1) / step_x; }
  int rows(int height) const { return (height - y + step_y - 1) / step_y; }
};
inline constexpr std::array<PngPass, 7> kPngPasses = {{{0, 0, 8, 8},
                                                       {4, 0, 8, 8},
                                                       {0, 4, 4, 8},
                                                       {2, 0, 4, 4},
                                                       {0, 2, 2, 4},
                                                       {1, 0, 2, 2},
                                                       {0, 1, 1, 2}}};

}  // namespace masklens
