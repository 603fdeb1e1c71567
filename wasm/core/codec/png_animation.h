// The frames of an animated PNG (PNG 3rd edition, section 11.3.5), one after the other, as browsers
// show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/animation_frame.h"
#include "core/codec/limits.h"
#include "core/codec/png_chunks.h"
#include "core/codec/png_rows.h"

namespace masklens {

// Composes the frames onto one canvas, which is all the memory that it takes, and that again where
// a frame is to be undone. The bytes must outlive it.
class PngAnimation {
 public:
  // Fails with bad-image, image-too-large, out-of-memory.
  static Result<PngAnimation> open(std::span<const std::uint8_t> bytes,
                                   const DecodeLimits& limits = {});

  // Of the upright picture.
  int width() const;
  int height() const;
  int frame_count() const { return layout_.frames; }  // with those that are damaged
  int loop() const { return loop_; }                  // repetitions: 0 without end, -1 none
  bool done() const { return read_ == layout_.frames; }

  // The next frame; not after done(). Fails with bad-image where this frame is damaged or cut short
  // (the next one can be asked for all the same), and with out-of-memory.
  Result<AnimationFrame> next();

  // After done(): bad-image where the file ends before what it announces, and no frame said so.
  std::optional<Error> missing() const;

 private:
  PngAnimation() = default;
  Result<bool> draw(const PngFrame& frame);
  Result<Image> shown() const;
  std::uint8_t* pixel(int x, int y);

  std::span<const std::uint8_t> bytes_;
  PngLayout layout_;
  PngSamples samples_;
  int orientation_ = 1;
  int loop_ = -1;
  std::size_t at_ = kPngSignature;
  int read_ = 0;       // frames so far
  bool told_ = false;  // that the file is cut short
  Image canvas_;       // straight RGBA
  Undo undo_;          // of the frame drawn last
};

}  // namespace masklens
