// Frames of a GIF file (GIF89a specification, CompuServe 1990), one after the other.
//
// Not through stb_image: its animation loader holds every frame in one block beside the copies that
// are made of them, and its disposal "restore to previous" reads before that block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/image.h"
#include "core/base/result.h"

namespace masklens {

// Read by walking over the blocks; no pixel is touched.
struct GifLayout {
  int width = 0;  // of the logical screen; 0: the header is damaged
  int height = 0;
  int frames = 0;  // that lie whole in the file
};

GifLayout scan_gif(std::span<const std::uint8_t> bytes);

// Composes the frames onto one canvas. The bytes must outlive it.
class GifFrames {
 public:
  // The canvas is allocated here: check scan_gif against the limits before. Fails with bad-image,
  // out-of-memory.
  static Result<GifFrames> open(std::span<const std::uint8_t> bytes);

  // Draws the next frame. False after the last one that lies whole in the file. Fails with
  // bad-image for damaged data, out-of-memory.
  Result<bool> next();

  // The whole picture after the frame drawn last; alpha is 0 where nothing was drawn yet.
  const Image& canvas() const { return canvas_; }
  Image take_canvas() { return std::move(canvas_); }
  int delay_ms() const { return delay_ms_; }  // as stored; 0 stays 0

 private:
  enum class Disposal { kKeep, kClear, kRestore };
  struct Rect {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
  };
  using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

  GifFrames() = default;
  void dispose();
  Result<bool> draw(const Rect& rect, bool interlaced, const Palette& palette);

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  Image canvas_;
  Image saved_;  // the canvas before the frame that will be restored
  Palette global_palette_{};
  Disposal disposal_ = Disposal::kKeep;  // of the frame drawn last
  Rect rect_{};                          // of the frame drawn last
  // Of the frame to come, from its graphic control extension.
  Disposal next_disposal_ = Disposal::kKeep;
  std::optional<std::uint8_t> transparent_;
  int next_delay_ms_ = 0;
  int delay_ms_ = 0;
};

}  // namespace masklens
