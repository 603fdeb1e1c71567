// The components of a JPEG, and rows of their samples to rows of pixels, with stb_image's parts.
// For jpeg_decode.cpp alone, which has those in it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/base/byte_block.h"
#include "core/base/image.h"
#include "core/codec/stb_memory.h"

namespace masklens {

struct FreeJpeg {
  void operator()(stbi__jpeg* jpeg) const {
    stbi__free_jpeg_components(jpeg, 4, 0);
    free_block(jpeg);
  }
};

using JpegComponent = std::remove_reference_t<decltype(stbi__jpeg::img_comp[0])>;

inline constexpr int kGrey = 128;  // of what no scan describes, as in browsers

// SIMD wants addresses that are multiples of 16: that much more is to be allocated.
inline constexpr std::size_t kAlignment = 15;
inline stbi_uc* aligned(void* block) {
  const std::uintptr_t past = reinterpret_cast<std::uintptr_t>(block) & kAlignment;
  return static_cast<stbi_uc*>(block) + ((kAlignment + 1 - past) & kAlignment);
}

// Of so many rows of a component, with those that fill its last blocks.
inline std::size_t samples_of(const JpegComponent& c, int rows) {
  return static_cast<std::size_t>(c.w2) * static_cast<std::size_t>(rows);
}

// Where the coefficients of a block of 8 x 8 begin.
inline short* coefficients(const JpegComponent& c, int column, int row) {
  const std::ptrdiff_t at = std::ptrdiff_t{row} * c.coeff_w + column;
  return c.coeff + 64 * at;
}

// How large the components are (T.81, A.1.1 and A.2.4). False for samplings that are no whole parts
// of one another.
[[gnu::cold]] inline bool lay_out_components(stbi__jpeg* jpeg) {
  const int count = jpeg->s->img_n;
  jpeg->img_h_max = jpeg->img_v_max = 1;
  for (int n = 0; n < count; ++n) {
    jpeg->img_h_max = std::max(jpeg->img_h_max, jpeg->img_comp[n].h);
    jpeg->img_v_max = std::max(jpeg->img_v_max, jpeg->img_comp[n].v);
  }
  const auto parts = [](int whole, int part) { return (whole + part - 1) / part; };
  const int width = static_cast<int>(jpeg->s->img_x);
  const int height = static_cast<int>(jpeg->s->img_y);
  jpeg->img_mcu_w = 8 * jpeg->img_h_max;
  jpeg->img_mcu_h = 8 * jpeg->img_v_max;
  jpeg->img_mcu_x = parts(width, jpeg->img_mcu_w);
  jpeg->img_mcu_y = parts(height, jpeg->img_mcu_h);
  for (int n = 0; n < count; ++n) {
    auto& c = jpeg->img_comp[n];
    if (jpeg->img_h_max % c.h != 0 || jpeg->img_v_max % c.v != 0) {
      return stbi__err("bad sampling", "Corrupt JPEG") != 0;
    }
    c.x = parts(width * c.h, jpeg->img_h_max);
    c.y = parts(height * c.v, jpeg->img_v_max);
    c.coeff_w = c.h * jpeg->img_mcu_x;
    c.coeff_h = c.v * jpeg->img_mcu_y;
    c.w2 = 8 * c.coeff_w;
    c.h2 = 8 * c.coeff_h;
  }
  return true;
}

// The rows of a component at the picture's full size, one after the other.
class FullRows {
 public:
  // kept_rows: of the component's samples, as many as are in memory; row y lies at y % kept_rows.
  // False without memory.
  [[gnu::cold]] bool open(const stbi__jpeg* jpeg, int n, int kept_rows) {
    component_ = &jpeg->img_comp[n];
    kept_rows_ = kept_rows;
    scale_x_ = jpeg->img_h_max / component_->h;
    scale_y_ = jpeg->img_v_max / component_->v;
    width_ = (static_cast<int>(jpeg->s->img_x) + scale_x_ - 1) / scale_x_;
    step_ = scale_y_ >> 1;
    resample_ = scale_x_ == 1 && scale_y_ == 1   ? resample_row_1
                : scale_x_ == 1 && scale_y_ == 2 ? stbi__resample_row_v_2
                : scale_x_ == 2 && scale_y_ == 1 ? stbi__resample_row_h_2
                : scale_x_ == 2 && scale_y_ == 2 ? jpeg->resample_row_hv_2_kernel
                                                 : stbi__resample_row_generic;
    // Resampling writes up to one step beyond the row.
    line_ = allocate_bytes(static_cast<std::size_t>(jpeg->s->img_x) + 3);
    return line_ != nullptr;
  }

  // Whether the next row can be made of the component's first `samples` rows.
  bool ready(int samples) const { return far_ < samples; }

  const std::uint8_t* next() {
    const bool below = step_ >= scale_y_ >> 1;
    const std::uint8_t* const row = resample_(line_.get(), stored(below ? far_ : near_),
                                              stored(below ? near_ : far_), width_, scale_x_);
    if (++step_ >= scale_y_) {
      step_ = 0;
      near_ = far_;
      if (far_ + 1 < component_->y) ++far_;
    }
    return row;
  }

 private:
  std::uint8_t* stored(int row) const {
    return component_->data + static_cast<std::ptrdiff_t>(row % kept_rows_) * component_->w2;
  }

  const JpegComponent* component_ = nullptr;
  resample_row_func resample_ = nullptr;
  ByteBlock line_;
  int kept_rows_ = 1;
  int scale_x_ = 1;
  int scale_y_ = 1;
  int width_ = 0;  // of a row as it is stored
  int step_ = 0;
  int near_ = 0;  // the stored row in which this one lies, and its neighbour
  int far_ = 0;
};

// A row of samples to one of pixels. adobe_transform: of APP14, below 0 for what the file says.
inline void convert_row(const stbi__jpeg& jpeg, const std::array<const std::uint8_t*, 4>& rows,
                        int adobe_transform, std::uint8_t* out) {
  const int width = static_cast<int>(jpeg.s->img_x);
  const int components = jpeg.s->img_n;
  const int transform = adobe_transform >= 0 ? adobe_transform : jpeg.app14_color_transform;
  // As libjpeg: JFIF knows no RGB; where Adobe says nothing the components' names do.
  const bool adobe = jpeg.app14_color_transform >= 0;
  const bool is_rgb = components == 3 && jpeg.jfif == 0 &&
                      (adobe ? jpeg.app14_color_transform == 0 : jpeg.rgb == 3);
  const bool is_cmyk = components == 4 && transform == 0;
  std::uint8_t* pixel = out;
  if (components == 1 || is_rgb || is_cmyk) {
    const std::uint8_t* const red = rows[0];
    const std::uint8_t* const green = rows[components == 1 ? 0 : 1];
    const std::uint8_t* const blue = rows[components == 1 ? 0 : 2];
    for (int x = 0; x < width; ++x, pixel += kChannels) {
      pixel[0] = red[x];
      pixel[1] = green[x];
      pixel[2] = blue[x];
      pixel[3] = 255;
    }
  } else {
    jpeg.YCbCr_to_RGB_kernel(out, rows[0], rows[1], rows[2], width, kChannels);
  }
  if (components < 4) return;
  // Stored inverted by every program that writes four components.
  const std::uint8_t flip = is_cmyk ? 0 : 255;
  pixel = out;
  for (int x = 0; x < width; ++x, pixel += kChannels) {
    for (int c = 0; c < 3; ++c) {
      pixel[c] = stbi__blinn_8x8(static_cast<std::uint8_t>(pixel[c] ^ flip), rows[3][x]);
    }
  }
}

}  // namespace masklens
