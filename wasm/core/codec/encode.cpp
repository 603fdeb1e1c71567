#include "core/codec/encode.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace masklens {
namespace {

constexpr int kOpaqueChannels = 3;

Error out_of_memory() {
  return {ErrorCode::kOutOfMemory,
          "There is not enough memory to save this picture. Save a smaller one."};
}

bool is_opaque(ImageView image) {
  const std::uint8_t* const end = image.row(image.height);
  for (const std::uint8_t* pixel = image.data; pixel != end; pixel += kChannels) {
    if (pixel[3] != 255) return false;
  }
  return true;
}

// RGB without gaps, alpha composed over white; null without memory.
ByteBlock over_white(ImageView image) {
  const std::size_t count =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  ByteBlock rgb = allocate_bytes(count * kOpaqueChannels);
  if (!rgb) return rgb;
  std::uint8_t* out = rgb.get();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* pixel = image.data + i * kChannels;
    const int alpha = pixel[3];
    for (int c = 0; c < kOpaqueChannels; ++c) {
      *out++ = static_cast<std::uint8_t>((pixel[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  return rgb;
}

// stb_image_write does not survive a failed allocation while it compresses, so the room it needs at
// most is asked for beforehand: the filtered rows, and the compressed data as they double.
bool has_room_for_png(ImageView image, int channels) {
  const std::size_t rows = static_cast<std::size_t>(image.width) *
                           static_cast<std::size_t>(image.height) *
                           static_cast<std::size_t>(channels);
  constexpr std::size_t kMost = SIZE_MAX / 4;
  if (rows > kMost) return false;
  const ByteBlock room = allocate_bytes(rows / 2 * 5);
  return room != nullptr;
}

void append(void* buffer, void* data, int size) {
  static_cast<ByteBuffer*>(buffer)->append(
      {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)});
}

}  // namespace

Result<ByteBuffer> encode_png(ImageView image) {
  ByteBlock rgb;
  if (is_opaque(image)) {
    rgb = over_white(image);
    if (!rgb) return out_of_memory();
  }
  const int channels = rgb ? kOpaqueChannels : kChannels;
  if (!has_room_for_png(image, channels)) return out_of_memory();
  ByteBuffer bytes;
  const int done = stbi_write_png_to_func(append, &bytes, image.width, image.height, channels,
                                          rgb ? rgb.get() : image.data, image.width * channels);
  if (done == 0 || !bytes.ok()) return out_of_memory();
  return bytes;
}

Result<ByteBuffer> encode_jpeg(ImageView image, int quality) {
  ByteBlock rgb;
  if (!is_opaque(image)) {
    rgb = over_white(image);
    if (!rgb) return out_of_memory();
  }
  ByteBuffer bytes;
  const int done = stbi_write_jpg_to_func(
      append, &bytes, image.width, image.height, rgb ? kOpaqueChannels : kChannels,
      rgb ? rgb.get() : image.data, std::clamp(quality, 1, 100));
  if (done == 0 || !bytes.ok()) return out_of_memory();
  return bytes;
}

}  // namespace masklens
