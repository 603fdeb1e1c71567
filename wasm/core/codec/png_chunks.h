// The chunks of a PNG file (PNG 3rd edition, section 5) that make up the picture that browsers
// show: the default one, or the first of an animation that leaves the default one out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/byte_order.h"
#include "core/base/geometry.h"
#include "core/codec/animation_frame.h"
#include "core/codec/inflate.h"
#include "core/codec/limits.h"

namespace masklens {

struct PngLayout {
  Size size;            // of the canvas; 0 x 0 where the header is missing
  int bits = 0;         // a sample
  int colour_type = 0;  // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  bool interlaced = false;
  ByteSpan header;         // the content of IHDR
  ByteSpan palette;        // of PLTE
  ByteSpan transparency;   // of tRNS
  ByteSpan exif;           // the TIFF structure; browsers take none from behind the pixels
  int frames = 1;          // of the animation; 1 for a still
  bool cut_short = false;  // a chunk reaches over the end of the file, or pixels have none

  PixelRect whole() const {
    return {0, 0, static_cast<int>(size.width), static_cast<int>(size.height)};
  }

  // The picture that is shown, within the canvas. Its compressed data lie in `data_chunks` chunks,
  // which begin at `data_at`; each brings a number first where it is an animation's (fdAT).
  PixelRect shown;
  std::size_t data_at = 0;
  std::size_t data_bytes = 0;
  bool numbered = false;
};

// for_pixels: damaged pixels are looked for as well, which takes a while.
PngLayout scan_png(std::span<const std::uint8_t> bytes, bool for_pixels = false);

// Of an animation: how often it is shown, 0 without end (acTL).
std::uint32_t png_plays(std::span<const std::uint8_t> bytes);

// One frame of an animation (fcTL).
struct PngFrame {
  PngLayout layout;  // whose data may be none
  int delay_ms = 0;
  Disposal disposal = Disposal::kKeep;
  bool over = false;  // onto what is there; else in its place
};

// The frame whose control is the next one at or behind `at`, which is moved behind its data.
// Nothing where no sound one follows. layout: of the file.
std::optional<PngFrame> next_png_frame(std::span<const std::uint8_t> bytes, const PngLayout& layout,
                                       std::size_t& at);
inline constexpr std::size_t kPngSignature = 8;

// The compressed data of the picture that is shown, one piece after the other.
class PngData final : public Inflater::Source {
 public:
  // The bytes must outlive it.
  PngData(ByteSpan bytes, const PngLayout& layout)
      : bytes_(bytes),
        at_(layout.data_at),
        left_(layout.data_bytes),
        skipped_(layout.numbered ? 4 : 0) {}

  // Empty at the end.
  ByteSpan next() override {
    while (left_ > 0) {
      const std::size_t length = big32(bytes_, at_);
      const ByteSpan piece = bytes_.subspan(at_ + 8 + skipped_, length - skipped_);
      left_ -= piece.size();
      at_ += 8 + length + 4;
      if (!piece.empty()) return piece;
    }
    return {};
  }

 private:
  ByteSpan bytes_;
  std::size_t at_;
  std::size_t left_;
  std::size_t skipped_;
};

}  // namespace masklens
