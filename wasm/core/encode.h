// Pixels -> PNG, JPEG (stb_image_write), animated GIF. No metadata is written.
#pragma once

#include <cstdint>
#include <vector>

#include "core/image.h"
#include "core/result.h"

namespace masklens {

Result<std::vector<std::uint8_t>> encode_png(ImageView image);
// quality 1..100 (clamped); 90 is a good default. Alpha is composed over white.
Result<std::vector<std::uint8_t>> encode_jpeg(ImageView image, int quality = 90);

}  // namespace masklens
