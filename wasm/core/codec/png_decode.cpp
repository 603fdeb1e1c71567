#include "core/codec/png_decode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "core/base/byte_order.h"
#include "core/codec/compose.h"
#include "core/codec/decode_errors.h"
#include "core/codec/exif.h"
#include "core/codec/png_chunks.h"
#include "core/codec/stb_memory.h"

namespace masklens {
namespace {

// What the largest block may have that the picture at hand needs. A file of a few bytes can unpack
// to gigabytes, and stb_image has no place for a caller's data.
thread_local std::size_t block_limit = kMaxBlock;
thread_local bool limit_met = false;

void* allocate_limited(std::size_t size) {
  limit_met = limit_met || size > block_limit;
  return size > block_limit ? nullptr : allocate_block(size);
}

void* resize_limited(void* block, std::size_t old_size, std::size_t new_size) {
  void* const larger = allocate_limited(new_size);
  if (larger == nullptr || block == nullptr) return larger;
  std::memcpy(larger, block, std::min(old_size, new_size));
  free_block(block);
  return larger;
}

}  // namespace
}  // namespace masklens

#define STBI_MALLOC(size) masklens::allocate_limited(size)
#define STBI_REALLOC_SIZED(block, old_size, size) masklens::resize_limited(block, old_size, size)
#define STBI_FREE(block) masklens::free_block(block)
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace masklens {
namespace {

// The file that stb_image is given: what makes up the picture, and nothing else. It stumbles over
// empty pieces of data, and looks for no animation.
class PlainPng {
 public:
  // Null without memory.
  static ByteBlock write(ByteSpan bytes, const PngLayout& layout, std::size_t* size) {
    PlainPng png;
    std::array<std::uint8_t, 13> header{};
    std::copy(layout.header.begin(), layout.header.end(), header.begin());
    put32(header.data(), static_cast<std::uint32_t>(layout.shown.width));
    put32(header.data() + 4, static_cast<std::uint32_t>(layout.shown.height));
    constexpr std::size_t kAround = 12;  // length, name, checksum
    *size = 8 + 5 * kAround + header.size() + layout.palette.size() + layout.transparency.size() +
            layout.data_bytes;
    ByteBlock file = allocate_bytes(*size);
    if (!file) return file;
    png.out_ = std::copy_n("\x89PNG\r\n\x1A\n", 8, file.get());
    png.chunk("IHDR", header);
    png.chunk("PLTE", layout.palette);
    png.chunk("tRNS", layout.transparency);
    png.begin("IDAT", layout.data_bytes);
    for_each_data(bytes, layout, [&](ByteSpan piece) { png.append(piece); });
    png.end();
    png.chunk("IEND", {});
    *size = static_cast<std::size_t>(png.out_ - file.get());
    return file;
  }

 private:
  static void put32(std::uint8_t* at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }
  void begin(const char* name, std::size_t length) {
    put32(out_, static_cast<std::uint32_t>(length));
    out_ = std::copy_n(name, 4, out_ + 4);
  }
  void append(ByteSpan piece) { out_ = std::copy(piece.begin(), piece.end(), out_); }
  void end() { out_ = std::fill_n(out_, 4, std::uint8_t{0}); }  // the checksum: nobody asks for it
  void chunk(const char* name, ByteSpan body) {
    // Empty ones are errors, but for the last.
    if (body.empty() && std::strcmp(name, "IEND") != 0) return;
    begin(name, body.size());
    append(body);
    end();
  }

  std::uint8_t* out_ = nullptr;
};

// The most that a block may have: filtered rows (twice, as they may be compressed into more), or
// pixels of 16 bits a channel.
std::size_t largest_block(const PngLayout& layout) {
  constexpr std::size_t kSlack = std::size_t{1} << 18;
  const auto pixels =
      static_cast<std::size_t>(layout.shown.width) * static_cast<std::size_t>(layout.shown.height);
  const std::size_t channels = layout.bits == 16 ? 2 * kChannels : kChannels;
  return std::min(kMaxBlock,
                  2 * (pixels * channels + static_cast<std::size_t>(layout.shown.height)) + kSlack);
}

// Straight RGBA of the picture that is shown, without what surrounds it.
Result<Image> decode_shown(ByteSpan bytes, const PngLayout& layout) {
  std::size_t size = 0;
  const ByteBlock file = PlainPng::write(bytes, layout, &size);
  if (!file) return no_room();
  block_limit = largest_block(layout);
  limit_met = false;
  int width = 0;
  int height = 0;
  int channels = 0;
  ByteBlock pixels(stbi_load_from_memory(file.get(), static_cast<int>(size), &width, &height,
                                         &channels, kChannels));
  if (!pixels) {
    if (limit_met) return out_of_proportion(Format::kPng);
    const char* const reason = stbi_failure_reason();
    if (reason != nullptr && std::strcmp(reason, "outofmem") == 0) return no_room();
    return layout.cut_short ? cut_short(Format::kPng) : damaged(Format::kPng);
  }
  if (width != layout.shown.width || height != layout.shown.height) return damaged(Format::kPng);
  return Image::adopt(std::move(pixels), width, height);
}

}  // namespace

Result<Image> decode_png(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const PngLayout layout = scan_png(bytes);
  if (layout.header.empty()) {
    return bytes.size() < 33 ? cut_short(Format::kPng) : damaged(Format::kPng);
  }
  if (layout.size.width == 0) return damaged(Format::kPng);
  const Result<Size> size = within(layout.size, limits);
  if (!size) return size.error();
  if (layout.data_bytes == 0) return cut_short(Format::kPng);
  // Compressed data grow by a few bytes at most: what has more than the pixels is no picture.
  if (layout.data_bytes > largest_block(layout)) return out_of_proportion(Format::kPng);
  Result<Image> shown = decode_shown(bytes, layout);
  if (!shown) return shown;
  compose_over_white(*shown);
  const PixelRect& rect = layout.shown;
  if (rect.width == layout.size.width && rect.height == layout.size.height) {
    return upright(std::move(*shown), tiff_orientation(layout.exif));
  }
  Result<Image> canvas =
      Image::allocate(static_cast<int>(layout.size.width), static_cast<int>(layout.size.height));
  if (!canvas) return canvas;
  std::memset(canvas->data(), 255, canvas->bytes());
  const auto row = static_cast<std::size_t>(rect.width) * kChannels;
  for (int y = 0; y < rect.height; ++y) {
    const std::size_t first =
        static_cast<std::size_t>(rect.y + y) * static_cast<std::size_t>(canvas->width()) +
        static_cast<std::size_t>(rect.x);
    std::memcpy(canvas->data() + first * kChannels, shown->view().row(y), row);
  }
  return upright(std::move(*canvas), tiff_orientation(layout.exif));
}

}  // namespace masklens
