#include "core/codec/jpeg_decode.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
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

#include "core/codec/jpeg_headers.h"  // behind what they use
#include "core/codec/jpeg_rows.h"

namespace masklens {
namespace {

constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kHuffmanTables = 0xC4;
constexpr std::uint8_t kFirstRestart = 0xD0;
constexpr std::uint8_t kFirstSegment = 0xC0;  // lower markers stand alone

// stb_image's parts, put together anew: its own loop over the scans takes a byte before a restart
// marker for the end of the picture, and leaves what is missing uninitialised; its reading of scan
// headers takes components of one name for one.
class Decoder {
 public:
  // False without memory.
  bool open(ByteSpan bytes) {
    void* const block = allocate_block(sizeof(stbi__jpeg));
    if (block == nullptr) return false;
    std::memset(block, 0, sizeof(stbi__jpeg));
    jpeg_.reset(static_cast<stbi__jpeg*>(block));
    jpeg_->s = &context_;
    stbi__g_failure_reason = nullptr;  // of another file
    stbi__setup_jpeg(jpeg_.get());
    stbi__start_mem(&context_, kStandardHuffmanTables.data(),
                    static_cast<int>(kStandardHuffmanTables.size()));
    stbi__process_marker(jpeg_.get(), kHuffmanTables);
    stbi__start_mem(&context_, bytes.data(), static_cast<int>(bytes.size()));
    return true;
  }

  // Up to the frame header. False where there is none that can be read; stb_image has the reason.
  bool begin() {
    stbi__jpeg* const j = jpeg_.get();
    j->app14_color_transform = -1;
    j->marker = STBI__MARKER_none;
    next_marker();  // the start of the image
    int marker = next_marker();
    for (; !stbi__SOF(marker); marker = next_marker()) {
      if (!read_segment(j, marker)) return false;
    }
    j->progressive = stbi__SOF_progressive(marker);
    return stbi__process_frame_header(j, STBI__SCAN_header) != 0 && lay_out_components(j);
  }

  Size size() const { return {context_.img_x, context_.img_y}; }
  void set_adobe_transform(int transform) { adobe_transform_ = transform; }

  // After begin(): upright pixels, of so many scans. Nothing when the data cannot be decoded to
  // their end; stb_image has the reason.
  std::optional<Image> decode(int orientation, int scans) {
    orientation_ = orientation;
    while (scans > 0) {
      const int marker = next_marker();
      if (marker == kEndOfImage || marker == STBI__MARKER_none) break;
      if (marker == kStartOfScan) {
        if (!read_scan_header(jpeg_.get()) || !make_room() || !scan()) return {};
        --scans;
      } else if (marker >= kFirstSegment && !read_segment(jpeg_.get(), marker)) {
        return {};
      }
    }
    if (!made_room_ || !transform() || !begin_rows()) return {};
    put_rows(INT_MAX);
    return image_->finish();
  }

 private:
  static bool no_memory() { return stbi__err("outofmem", "Out of memory") != 0; }

  // Before the first scan. One that brings all components at once becomes pixels as it is read, and
  // a few rows of samples are enough; else what a component has is kept until all are there: its
  // coefficients, where they come bit by bit. What no scan describes is grey, as in browsers.
  bool make_room() {
    if (std::exchange(made_room_, true)) return true;
    stbi__jpeg* const j = jpeg_.get();
    if (j->progressive != 0) return make_room_for_coefficients();
    in_one_scan_ = j->scan_n == context_.img_n;
    for (int n = 0; n < context_.img_n; ++n) {
      JpegComponent& c = j->img_comp[n];
      const int rows = in_one_scan_ ? std::min(c.h2, 2 * 8 * c.v) : c.h2;
      c.raw_data = allocate_block(samples_of(c, rows) + kAlignment);
      if (c.raw_data == nullptr) return no_memory();
      c.data = aligned(c.raw_data);
      std::memset(c.data, kGrey, samples_of(c, rows));
      kept_rows_[static_cast<std::size_t>(n)] = rows;
    }
    return !in_one_scan_ || begin_rows();
  }

  // Of all components in one block, which their samples will lie in.
  [[gnu::cold]] bool make_room_for_coefficients() {
    const std::size_t bytes = all_samples() * sizeof(short);
    if (bytes > kMaxBlock) return no_memory();
    coefficients_ = allocate_bytes(bytes + kAlignment);
    if (!coefficients_) return no_memory();
    auto* next = reinterpret_cast<short*>(aligned(coefficients_.get()));
    std::memset(next, 0, bytes);
    for (int n = 0; n < context_.img_n; ++n) {
      jpeg_->img_comp[n].coeff = next;
      next += samples_of(jpeg_->img_comp[n], jpeg_->img_comp[n].h2);
    }
    return true;
  }

  std::size_t all_samples() const {
    std::size_t sum = 0;
    for (int n = 0; n < context_.img_n; ++n) {
      sum += samples_of(jpeg_->img_comp[n], jpeg_->img_comp[n].h2);
    }
    return sum;
  }

  // Pixels can be written from now on.
  bool begin_rows() {
    if (image_) return true;
    for (int n = 0; n < context_.img_n; ++n) {
      const auto at = static_cast<std::size_t>(n);
      if (!rows_[at].open(jpeg_.get(), n, kept_rows_[at])) return no_memory();
    }
    const auto [width, height] = size();
    Result<UprightRows> image =
        UprightRows::open(static_cast<int>(width), static_cast<int>(height), orientation_);
    if (!image) return no_memory();
    image_.emplace(std::move(*image));
    return true;
  }

  // The pixels that can be made of so many rows of each component, counted in MCUs.
  void put_rows(int mcu_rows) {
    const auto count = static_cast<std::size_t>(context_.img_n);
    for (; put_ < static_cast<int>(context_.img_y); ++put_) {
      std::array<const std::uint8_t*, 4> rows{};
      for (std::size_t n = 0; n < count; ++n) {
        const int samples = mcu_rows == INT_MAX ? INT_MAX : 8 * rows_per_unit(n) * mcu_rows;
        if (!rows_[n].ready(samples)) return;
      }
      for (std::size_t n = 0; n < count; ++n) rows[n] = rows_[n].next();
      convert_row(*jpeg_, rows, adobe_transform_, image_->row());
      image_->next();
    }
  }

  // Blocks of a component that lie one below the other in a unit of the scan at hand.
  int rows_per_unit(std::size_t n) const { return jpeg_->scan_n == 1 ? 1 : jpeg_->img_comp[n].v; }

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

  // Where the samples of a block of 8 x 8 begin.
  stbi_uc* samples(int n, int column, int row) const {
    const JpegComponent& c = jpeg_->img_comp[n];
    const int kept = 8 * row % kept_rows_[static_cast<std::size_t>(n)];
    return c.data + std::ptrdiff_t{kept} * c.w2 + std::ptrdiff_t{8} * column;
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
    j->idct_block_kernel(samples(n, column, row), c.w2, data);
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
      if (in_one_scan_) begin_unit_row(y);
      for (int x = 0; x < columns; ++x, --left) {
        missing_ = missing_ || ran_out(std::min(left, until_restart_) * blocks);
        if (!missing_ && !(alone ? block(j->order[0], x, y) : mcu(x, y))) return false;
        if (--until_restart_ == 0 && left > 1 && !restart()) return false;
      }
      if (in_one_scan_) put_rows(y + 1);
    }
    // What is no marker in the middle of the data is damage; behind it, it does none.
    return !missing_ || j->marker <= kTemporary || j->marker >= kFirstSegment;
  }

  // What is not in the file stays grey, and not what was there two rows before.
  void begin_unit_row(int y) {
    for (int n = 0; n < context_.img_n; ++n) {
      const auto at = static_cast<std::size_t>(n);
      const int rows = rows_per_unit(at);
      std::memset(samples(n, 0, y * rows), kGrey, samples_of(jpeg_->img_comp[n], 8 * rows));
    }
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

  // Coefficients to samples, in place: those take half as much, and the rest is given back.
  bool transform() {
    stbi__jpeg* const j = jpeg_.get();
    if (j->progressive == 0) return true;
    std::size_t widest = 0;
    for (int n = 0; n < context_.img_n; ++n)
      widest = std::max(widest, samples_of(j->img_comp[n], 8));
    const ByteBlock block = allocate_bytes(widest + kAlignment);
    if (!block) return no_memory();
    stbi_uc* const rows = aligned(block.get());
    stbi_uc* next = aligned(coefficients_.get());
    for (int n = 0; n < context_.img_n; ++n) {
      JpegComponent& c = j->img_comp[n];
      std::memset(rows, kGrey, samples_of(c, 8));
      for (int y = 0; y < c.coeff_h; ++y) {
        for (int x = 0; x < (c.x + 7) >> 3; ++x) {
          short* const data = coefficients(c, x, y);
          stbi__jpeg_dequantize(data, j->dequant[c.tq]);
          j->idct_block_kernel(rows + std::ptrdiff_t{8} * x, c.w2, data);
        }
        next = std::copy_n(rows, samples_of(c, 8), next);
      }
      c.coeff = nullptr;
    }
    shrink(coefficients_, all_samples() + kAlignment);
    next = aligned(coefficients_.get());
    for (int n = 0; n < context_.img_n; ++n) {
      JpegComponent& c = j->img_comp[n];
      c.data = next;
      kept_rows_[static_cast<std::size_t>(n)] = c.h2;
      next += samples_of(c, c.h2);
    }
    return true;
  }

  stbi__context context_{};
  std::unique_ptr<stbi__jpeg, FreeJpeg> jpeg_;
  int restarts_ = 0;                // of this scan, so far
  std::int64_t until_restart_ = 0;  // units
  int starved_ = 0;                 // blocks read of this interval since its data ended
  bool missing_ = false;            // the interval at hand lies not in the file, or ended early
  int adobe_transform_ = -1;
  int orientation_ = 1;
  bool made_room_ = false;
  bool in_one_scan_ = false;        // and sequential: pixels are made as it is read
  std::array<int, 4> kept_rows_{};  // of samples, of each component
  std::array<FullRows, 4> rows_;
  ByteBlock coefficients_;  // of a progressive picture, then its samples
  std::optional<UprightRows> image_;
  int put_ = 0;  // rows of pixels
};

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
  if (!decoder.begin()) return reason(!layout.has_end);
  const Size stored = decoder.size();
  if (stored.width != size->width || stored.height != size->height) return damaged(Format::kJpeg);
  // Which of the two kinds four components are, Adobe's segment says. Without it they are CMYK.
  const bool named = layout.adobe_transform == 0 || layout.adobe_transform == 2;
  if (layout.components == 4 && !named) {
    decoder.set_adobe_transform(layout.adobe_transform < 0 ? 0 : 2);
  }
  std::optional<Image> image = decoder.decode(tiff_orientation(layout.exif), layout.scans);
  if (!image) return reason(!layout.has_end);
  return std::move(*image);
}

}  // namespace masklens
