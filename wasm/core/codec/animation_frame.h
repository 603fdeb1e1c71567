// One frame of a picture that moves, and what becomes of it when the next one comes.
#pragma once

#include <cstdint>

#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

struct AnimationFrame {
  Image image;       // the whole picture, over white
  int delay_ms = 0;  // as stored; 0 stays 0
};

enum class Disposal : std::uint8_t { kKeep, kClear, kRestore };

// Takes a frame off the canvas again.
class Undo {
 public:
  // Before a frame is drawn within `rect` of the canvas: keeps what it covers, where that is to
  // come back. False without memory; nothing will be undone then.
  bool prepare(const Image& canvas, const PixelRect& rect, Disposal disposal);

  // Before the next one: clears or restores what the last one covered.
  void apply(Image& canvas);

 private:
  Image covered_;  // the canvas within rect_, before the frame
  Disposal disposal_ = Disposal::kKeep;
  PixelRect rect_{};
};

// How long browsers show a frame with this delay, in milliseconds: those of 10 and less are taken
// for mistakes.
constexpr int played_ms(int delay_ms) { return delay_ms > 10 ? delay_ms : 100; }

}  // namespace masklens
