#include "core/codec/limits.h"

#include <climits>

#include "core/base/image.h"
#include "core/codec/decode_errors.h"

namespace masklens {

Result<Size> within(Size size, const DecodeLimits& limits) {
  if (size.width > limits.max_side || size.height > limits.max_side) {
    return side_too_large(size, limits.max_side);
  }
  const std::int64_t pixels = size.width * size.height;
  if (pixels > limits.max_pixels) return too_many_pixels(pixels, limits.max_pixels);
  // stb_image counts bytes in an int.
  if (pixels > INT_MAX / kChannels) return too_many_pixels(pixels, INT_MAX / kChannels);
  return size;
}

}  // namespace masklens
