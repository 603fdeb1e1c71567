#include "core/codec/jpeg_decode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/base/byte_order.h"
#include "core/codec/decode_errors.h"
#include "core/codec/exif.h"
#include "core/codec/jpeg_ending.h"
#include "core/codec/jpeg_markers.h"
#include "core/codec/stb_memory.h"
#include "core/codec/upright.h"

#define STBI_MALLOC(size) masklens::allocate_block(size)
#define STBI_REALLOC(block, size) nullptr  // of PNG alone
#define STBI_FREE(block) masklens::free_block(block)
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace masklens {
namespace {

constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kHuffmanTables = 0xC4;
constexpr std::uint8_t kNumberOfLines = 0xDC;
constexpr std::uint8_t kFirstRestart = 0xD0;
constexpr std::uint8_t kFirstSegment = 0xC0;  // lower markers stand alone

struct FreeDecoder {
  void operator()(stbi__jpeg* jpeg) const {
    stbi__free_jpeg_components(jpeg, 4, 0);
    free_block(jpeg);
  }
};

// stb_image's parts, put together anew: its own loop over the scans takes a byte before a restart
// marker for the end of the picture, and leaves what is missing uninitialised.
class Decoder {
 public:
  // False without memory.
  bool open(ByteSpan bytes) {
    void* const block = allocate_block(sizeof(stbi__jpeg));
    if (block == nullptr) return false;
    std::memset(block, 0, sizeof(stbi__jpeg));
    jpeg_.reset(static_cast<stbi__jpeg*>(block));
    jpeg_->s = &context_;
    stbi__setup_jpeg(jpeg_.get());
    stbi__start_mem(&context_, kStandardHuffmanTables.data(),
                    static_cast<int>(kStandardHuffmanTables.size()));
    stbi__process_marker(jpeg_.get(), kHuffmanTables);
    stbi__start_mem(&context_, bytes.data(), static_cast<int>(bytes.size()));
    return true;
  }

  // False when the data cannot be decoded to their end; stb_image has the reason.
  bool decode() {
    if (stbi__decode_jpeg_header(jpeg_.get(), STBI__SCAN_load) == 0) return false;
    begin_grey();
    // A sequential picture is there when every component had its scan: what follows is not read.
    while (jpeg_->progressive != 0 || !all_scanned()) {
      const int marker = next_marker();
      if (marker == kEndOfImage || marker == STBI__MARKER_none) break;
      if (marker == kStartOfScan) {
        if (stbi__process_scan_header(jpeg_.get()) == 0 || !scan()) return false;
      } else if (marker == kNumberOfLines) {
        stbi__skip(&context_, 4);
      } else if (marker >= kFirstSegment && !STBI__RESTART(marker) &&
                 stbi__process_marker(jpeg_.get(), marker) == 0) {
        return false;
      }
    }
    finish();
    return true;
  }

  Size size() const { return {context_.img_x, context_.img_y}; }
  void set_adobe_transform(int transform) { adobe_transform_ = transform; }
  // Upright.
  Result<Image> pixels(int orientation);

 private:
  // A row of samples to one of pixels.
  void convert(const std::array<const std::uint8_t*, 4>& rows, std::uint8_t* out) const;

  // What no scan describes is grey, as in browsers.
  void begin_grey() {
    for (int i = 0; i < context_.img_n; ++i) {
      auto& c = jpeg_->img_comp[i];
      const std::size_t samples = static_cast<std::size_t>(c.w2) * static_cast<std::size_t>(c.h2);
      std::memset(c.data, 128, samples);
      if (c.coeff != nullptr) std::memset(c.coeff, 0, samples * sizeof(short));
    }
  }

  bool all_scanned() const {
    return std::all_of(scanned_.begin(), scanned_.begin() + context_.img_n,
                       [](bool scanned) { return scanned; });
  }

  // The next marker, whatever lies before it; STBI__MARKER_none at the end of the file.
  int next_marker() {
    int marker = std::exchange(jpeg_->marker, STBI__MARKER_none);
    while (marker == STBI__MARKER_none && stbi__at_eof(&context_) == 0) {
      if (stbi__get8(&context_) != 0xFF) continue;
      do {
        marker = stbi__get8(&context_);
      } while (marker == 0xFF && stbi__at_eof(&context_) == 0);
      if (marker == 0) marker = STBI__MARKER_none;  // an 0xFF of data
    }
    return marker;
  }

  void begin_interval() {
    stbi__jpeg_reset(jpeg_.get());
    until_restart_ = jpeg_->restart_interval > 0 ? jpeg_->restart_interval : INT64_MAX;
    missing_ = false;
    starved_ = 0;
  }

  // Goes on behind the restart marker that is due, as libjpeg does: past any bytes before it; where
  // markers are lost or doubled, the intervals find their place again by the markers' numbers.
  // False where the file ends instead.
  bool restart() {
    for (;;) {
      const int marker = next_marker();
      if (marker == STBI__MARKER_none) return false;
      if (marker < kFirstSegment) continue;
      const int ahead = (marker - kFirstRestart - restarts_) & 7;
      const bool is_restart = STBI__RESTART(marker);
      if (is_restart && ahead >= 6) continue;  // one of those before
      begin_interval();
      if (!is_restart || ahead == 1 || ahead == 2) {
        missing_ = true;  // this interval, or all that is left
        jpeg_->marker = static_cast<stbi_uc>(marker);
      }
      ++restarts_;
      return true;
    }
  }

  // Whether the data of this interval ended before its blocks did. What the decoder has read ahead
  // may still hold some.
  bool ran_out(std::int64_t blocks_left) {
    constexpr std::int64_t kReadAhead = 32;  // bits
    // A block takes a bit for its DC coefficient at least and one for the others, but in a
    // progressive file many blocks without others may share one code.
    if (jpeg_->nomore == 0) return false;
    if (jpeg_->progressive == 0) return 2 * blocks_left > kReadAhead;
    if (jpeg_->spec_start == 0) return blocks_left > kReadAhead;
    return jpeg_->eob_run == 0 && ++starved_ > kReadAhead / 2;
  }

  using Component = std::remove_reference_t<decltype(stbi__jpeg::img_comp[0])>;

  // Where the coefficients and the samples of a block of 8 x 8 begin.
  static short* coefficients(const Component& c, int column, int row) {
    const std::ptrdiff_t at = std::ptrdiff_t{row} * c.coeff_w + column;
    return c.coeff + 64 * at;
  }
  static stbi_uc* samples(const Component& c, int column, int row) {
    const std::ptrdiff_t at = std::ptrdiff_t{row} * c.w2 + column;
    return c.data + 8 * at;
  }

  bool block(int n, int column, int row) {
    stbi__jpeg* const j = jpeg_.get();
    auto& c = j->img_comp[n];
    if (j->progressive != 0) {
      short* const data = coefficients(c, column, row);
      return (j->spec_start == 0 ? stbi__jpeg_decode_block_prog_dc(j, data, &j->huff_dc[c.hd], n)
                                 : stbi__jpeg_decode_block_prog_ac(j, data, &j->huff_ac[c.ha],
                                                                   j->fast_ac[c.ha])) != 0;
    }
    STBI_SIMD_ALIGN(short, data[64]);
    if (stbi__jpeg_decode_block(j, data, &j->huff_dc[c.hd], &j->huff_ac[c.ha], j->fast_ac[c.ha], n,
                                j->dequant[c.tq]) == 0) {
      return false;
    }
    j->idct_block_kernel(samples(c, column, row), c.w2, data);
    return true;
  }

  // One unit after the other: a block of the one component, or an MCU (T.81, A.2).
  bool scan() {
    stbi__jpeg* const j = jpeg_.get();
    begin_interval();
    restarts_ = 0;
    const bool alone = j->scan_n == 1;
    const auto& only = j->img_comp[j->order[0]];
    const int columns = alone ? (only.x + 7) >> 3 : j->img_mcu_x;
    const int rows = alone ? (only.y + 7) >> 3 : j->img_mcu_y;
    std::int64_t left = std::int64_t{columns} * rows;
    int blocks = 0;  // of a unit
    for (int k = 0; k < j->scan_n; ++k) {
      const auto& c = j->img_comp[j->order[k]];
      blocks += alone ? 1 : c.h * c.v;
    }
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x, --left) {
        missing_ = missing_ || ran_out(std::min(left, until_restart_) * blocks);
        if (!missing_ && !(alone ? block(j->order[0], x, y) : mcu(x, y))) return false;
        if (--until_restart_ == 0 && left > 1 && !restart()) return false;
      }
    }
    for (int k = 0; k < j->scan_n; ++k) scanned_[static_cast<std::size_t>(j->order[k])] = true;
    return true;
  }

  bool mcu(int x, int y) {
    for (int k = 0; k < jpeg_->scan_n; ++k) {
      const int n = jpeg_->order[k];
      const auto& c = jpeg_->img_comp[n];
      for (int v = 0; v < c.v; ++v) {
        for (int h = 0; h < c.h; ++h) {
          if (!block(n, x * c.h + h, y * c.v + v)) return false;
        }
      }
    }
    return true;
  }

  // Coefficients to samples, component by component: each gives its coefficients back before the
  // pixels are allocated.
  void finish() {
    stbi__jpeg* const j = jpeg_.get();
    if (j->progressive == 0) return;
    for (int n = 0; n < context_.img_n; ++n) {
      auto& c = j->img_comp[n];
      for (int y = 0; y < (c.y + 7) >> 3; ++y) {
        for (int x = 0; x < (c.x + 7) >> 3; ++x) {
          short* const data = coefficients(c, x, y);
          stbi__jpeg_dequantize(data, j->dequant[c.tq]);
          j->idct_block_kernel(samples(c, x, y), c.w2, data);
        }
      }
      free_block(std::exchange(c.raw_coeff, nullptr));
      c.coeff = nullptr;
    }
  }

  stbi__context context_{};
  std::unique_ptr<stbi__jpeg, FreeDecoder> jpeg_;
  std::array<bool, 4> scanned_{};
  int restarts_ = 0;                // of this scan, so far
  std::int64_t until_restart_ = 0;  // units
  int starved_ = 0;                 // blocks read of this interval since its data ended
  bool missing_ = false;            // the interval at hand lies not in the file, or ended early
  int adobe_transform_ = -1;
};

// The rows of a component at the picture's full size, one after the other.
class FullRows {
 public:
  // False without memory.
  bool open(stbi__jpeg* jpeg, int n) {
    component_ = &jpeg->img_comp[n];
    scale_x_ = jpeg->img_h_max / component_->h;
    scale_y_ = jpeg->img_v_max / component_->v;
    width_ = (static_cast<int>(jpeg->s->img_x) + scale_x_ - 1) / scale_x_;
    step_ = scale_y_ >> 1;
    near_ = far_ = component_->data;
    resample_ = scale_x_ == 1 && scale_y_ == 1   ? resample_row_1
                : scale_x_ == 1 && scale_y_ == 2 ? stbi__resample_row_v_2
                : scale_x_ == 2 && scale_y_ == 1 ? stbi__resample_row_h_2
                : scale_x_ == 2 && scale_y_ == 2 ? jpeg->resample_row_hv_2_kernel
                                                 : stbi__resample_row_generic;
    // Resampling writes up to one step beyond the row.
    line_ = allocate_bytes(static_cast<std::size_t>(jpeg->s->img_x) + 3);
    return line_ != nullptr;
  }

  const std::uint8_t* next() {
    const bool below = step_ >= scale_y_ >> 1;
    const std::uint8_t* const row =
        resample_(line_.get(), below ? far_ : near_, below ? near_ : far_, width_, scale_x_);
    if (++step_ >= scale_y_) {
      step_ = 0;
      near_ = far_;
      if (++row_ < component_->y) far_ += component_->w2;
    }
    return row;
  }

 private:
  decltype(&stbi__jpeg::img_comp[0]) component_ = nullptr;
  resample_row_func resample_ = nullptr;
  std::uint8_t* near_ = nullptr;
  std::uint8_t* far_ = nullptr;
  ByteBlock line_;
  int scale_x_ = 1;
  int scale_y_ = 1;
  int width_ = 0;  // of a row as it is stored
  int step_ = 0;
  int row_ = 0;
};

void Decoder::convert(const std::array<const std::uint8_t*, 4>& rows, std::uint8_t* out) const {
  const stbi__jpeg* const j = jpeg_.get();
  const int width = static_cast<int>(context_.img_x);
  const int transform = adobe_transform_ >= 0 ? adobe_transform_ : j->app14_color_transform;
  const bool is_rgb =
      context_.img_n == 3 && (j->rgb == 3 || (j->app14_color_transform == 0 && j->jfif == 0));
  const bool is_cmyk = context_.img_n == 4 && transform == 0;
  std::uint8_t* pixel = out;
  if (context_.img_n == 1 || is_rgb || is_cmyk) {
    for (int x = 0; x < width; ++x, pixel += kChannels) {
      pixel[0] = rows[0][x];
      pixel[1] = context_.img_n == 1 ? rows[0][x] : rows[1][x];
      pixel[2] = context_.img_n == 1 ? rows[0][x] : rows[2][x];
      pixel[3] = 255;
    }
  } else {
    j->YCbCr_to_RGB_kernel(out, rows[0], rows[1], rows[2], width, kChannels);
  }
  if (context_.img_n < 4) return;
  // Stored inverted by every program that writes four components.
  pixel = out;
  for (int x = 0; x < width; ++x, pixel += kChannels) {
    for (int c = 0; c < 3; ++c) {
      const std::uint8_t ink = is_cmyk ? pixel[c] : static_cast<std::uint8_t>(255 - pixel[c]);
      pixel[c] = stbi__blinn_8x8(ink, rows[3][x]);
    }
  }
}

Result<Image> Decoder::pixels(int orientation) {
  const int width = static_cast<int>(context_.img_x);
  const int height = static_cast<int>(context_.img_y);
  std::array<FullRows, 4> components;
  for (int n = 0; n < context_.img_n; ++n) {
    if (!components[static_cast<std::size_t>(n)].open(jpeg_.get(), n)) return no_room();
  }
  Result<UprightRows> image = UprightRows::open(width, height, orientation);
  if (!image) return image.error();
  for (int y = 0; y < height; ++y) {
    std::array<const std::uint8_t*, 4> rows{};
    for (int n = 0; n < context_.img_n; ++n) {
      rows[static_cast<std::size_t>(n)] = components[static_cast<std::size_t>(n)].next();
    }
    convert(rows, image->row());
    image->next();
  }
  return image->finish();
}

// Why stb_image gave up. Only the reasons that are not damage have a name.
Error reason(bool cut) {
  const char* const text = stbi_failure_reason();
  if (text != nullptr && std::strcmp(text, "outofmem") == 0) return no_room();
  return cut ? cut_short(Format::kJpeg) : damaged(Format::kJpeg);
}

}  // namespace

Result<Image> decode_jpeg(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const JpegLayout layout = scan_jpeg(bytes);
  const Result<Size> size = check_jpeg(bytes, layout, limits);
  if (!size) return size.error();
  const ByteBlock padded = layout.has_end ? ByteBlock() : with_ones_behind(bytes);
  if (!layout.has_end && !padded) return no_room();
  const ByteSpan data = padded ? ByteSpan(padded.get(), bytes.size() + kOnes.size()) : bytes;
  Decoder decoder;
  if (!decoder.open(data)) return no_room();
  if (!decoder.decode()) return reason(!layout.has_end);
  // Which of the two kinds four components are, Adobe's segment says. Without it they are CMYK.
  const bool named = layout.adobe_transform == 0 || layout.adobe_transform == 2;
  if (layout.components == 4 && !named) {
    decoder.set_adobe_transform(layout.adobe_transform < 0 ? 0 : 2);
  }
  const Size decoded = decoder.size();
  if (decoded.width != size->width || decoded.height != size->height) return damaged(Format::kJpeg);
  return decoder.pixels(tiff_orientation(layout.exif));
}

}  // namespace masklens
