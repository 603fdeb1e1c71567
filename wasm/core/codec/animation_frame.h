// One frame of a picture that moves.
#pragma once

#include "core/base/image.h"

namespace masklens {

struct AnimationFrame {
  Image image;       // the whole picture, over white
  int delay_ms = 0;  // as stored; 0 stays 0
};

// How long browsers show a frame with this delay, in milliseconds: those of 10 and less are taken
// for mistakes.
constexpr int played_ms(int delay_ms) { return delay_ms > 10 ? delay_ms : 100; }

}  // namespace masklens
