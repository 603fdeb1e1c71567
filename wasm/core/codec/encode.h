// Pixels -> PNG, JPEG (stb_image_write). No metadata is written. Animated GIF: gif_encode.h.
#pragma once

#include "core/base/byte_buffer.h"
#include "core/base/image.h"
#include "core/base/result.h"

namespace masklens {

// Opaque pictures are stored as RGB, others as RGBA. Fails with out-of-memory.
Result<ByteBuffer> encode_png(ImageView image);

// quality 1..100 (clamped); 90 is a good default. Alpha is composed over white. Fails with
// out-of-memory.
Result<ByteBuffer> encode_jpeg(ImageView image, int quality = 90);

}  // namespace masklens
