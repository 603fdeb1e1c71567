// The frames of a GIF file (GIF89a specification, CompuServe 1990), one after the other, as
// browsers show them.
//
// Not through stb_image: its animation loader holds every frame in one block beside the copies that
// are made of them, and its disposal "restore to previous" reads before that block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/geometry.h"
#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/animation_frame.h"
#include "core/codec/limits.h"

namespace masklens {

// Read by walking over the blocks; no pixel is touched.
struct GifLayout {
  // Of the canvas: the logical screen, and the first frame where that is larger. 0: no frame.
  int width = 0;
  int height = 0;
  int frames = 0;  // whose data begin in the file
  int loop = -1;   // as stored: 0 without end; -1 where the file does not say, which is once
  bool cut_short = false;  // the file ends within its header or a block
};

GifLayout scan_gif(std::span<const std::uint8_t> bytes);

// Composes the frames onto one canvas, which is all the memory that it takes, and that again where
// a frame is to be undone. The bytes must outlive it.
class GifReader {
 public:
  // Fails with bad-image, image-too-large, out-of-memory.
  static Result<GifReader> open(std::span<const std::uint8_t> bytes,
                                const DecodeLimits& limits = {});

  int width() const { return canvas_.width(); }
  int height() const { return canvas_.height(); }
  int frame_count() const { return layout_.frames; }  // with those that are damaged
  int loop() const { return layout_.loop; }           // see GifLayout
  bool done() const { return read_ == layout_.frames; }

  // The next frame; not after done(). Fails with bad-image where this frame is damaged or cut short
  // (the next one can be asked for all the same), and with out-of-memory.
  Result<AnimationFrame> next();

  // After done(): bad-image where the file ends before what it announces, and no frame said so.
  std::optional<Error> missing() const;

  // As next(), without a copy: the canvas itself becomes the picture, and the reader is used up.
  Result<Image> last();

 private:
  using Palette = std::array<std::array<std::uint8_t, 3>, 256>;
  // Of the frame to come, from its graphic control extension.
  struct Control {
    Disposal disposal = Disposal::kKeep;
    std::optional<std::uint8_t> transparent;
    int delay_ms = 0;
  };

  GifReader() = default;
  Result<int> draw_next(bool to_be_undone);  // gives the delay
  void read_control();
  Result<bool> draw(const PixelRect& frame, bool interlaced, const Palette& palette,
                    std::optional<std::uint8_t> transparent);
  std::size_t offset(int x, int y) const;

  std::span<const std::uint8_t> bytes_;
  GifLayout layout_;
  std::size_t at_ = 0;
  int read_ = 0;  // frames so far
  bool last_is_cut_ = false;
  Image canvas_;  // alpha is 0 where nothing was drawn yet
  Palette global_palette_{};
  Control control_;
  PixelRect rect_{};  // of the frame drawn last, within the canvas
  Undo undo_;         // likewise
};

}  // namespace masklens
