// Frames -> animated GIF (GIF89a). No metadata is written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/base/byte_buffer.h"
#include "core/base/image.h"
#include "core/base/result.h"
#include "core/codec/palette.h"

namespace masklens {

// Each frame has its own palette and holds only the part that differs from the frame before.
class GifEncoder {
 public:
  // Sides of all frames, 1..65535. loop: how often it repeats, 0 without end, -1 not at all.
  GifEncoder(int width, int height, int loop = 0);

  // delay_ms: how long the frame is shown, rounded to the format's hundredths of a second, at most
  // 655,350; 0 leaves it to the viewer. Alpha is not looked at. Frames of another size and a lack
  // of memory are told by finish().
  void add(ImageView frame, int delay_ms);

  // The bytes of the file that are there so far, and not yet taken: whoever takes them after every
  // frame holds one frame, however many there are.
  ByteBuffer take();

  // The rest of the file; the encoder is empty afterwards. Fails with out-of-memory, and with
  // bad-image when a frame had another size or there was none.
  Result<ByteBuffer> finish();

 private:
  void append16(int value);
  void append_codes(std::span<const std::uint8_t> indices, int root_bits);
  PixelRect changed(ImageView frame) const;

  int width_;
  int height_;
  ByteBuffer bytes_;
  Image shown_;  // the frame added last
  std::optional<Error> error_;
};

}  // namespace masklens
