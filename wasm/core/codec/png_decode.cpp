#include "core/codec/png_decode.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/byte_block.h"
#include "core/codec/compose.h"
#include "core/codec/decode_errors.h"
#include "core/codec/exif.h"
#include "core/codec/png_chunks.h"
#include "core/codec/png_rows.h"

// Of stb_image the decoder of zlib streams alone: into memory that is given, so that a file of a
// few bytes cannot ask for gigabytes.
#define STBI_SUPPORT_ZLIB
#define STBI_NO_JPEG
#define STBI_NO_PNG
#define STBI_NO_BMP
#define STBI_NO_PSD
#define STBI_NO_TGA
#define STBI_NO_GIF
#define STBI_NO_HDR
#define STBI_NO_PIC
#define STBI_NO_PNM
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace masklens {
namespace {

// More than the longest piece that the decoder writes at a time (a stored block): when what the
// stream has does not fit, then all that is wanted is there.
constexpr std::size_t kSlack = std::size_t{1} << 16;

constexpr std::size_t kChecksum = 4;  // behind the compressed data

// The compressed data in one piece, with room for another checksum. Empty without memory.
ByteBlock joined(ByteSpan bytes, const PngLayout& layout) {
  ByteBlock all = allocate_bytes(layout.data_bytes + kChecksum);
  std::uint8_t* next = all.get();
  if (all) {
    for_each_data(bytes, layout,
                  [&](ByteSpan piece) { next = std::copy(piece.begin(), piece.end(), next); });
  }
  return all;
}

// Whether at least `wanted` bytes came out. room: wanted + kSlack at least.
bool inflate(ByteSpan data, std::uint8_t* out, std::size_t room, std::size_t wanted) {
  const int size = stbi_zlib_decode_buffer(reinterpret_cast<char*>(out), static_cast<int>(room),
                                           reinterpret_cast<const char*>(data.data()),
                                           static_cast<int>(data.size()));
  if (size >= 0) return static_cast<std::size_t>(size) >= wanted;
  const char* const reason = stbi_failure_reason();
  return reason != nullptr && std::strcmp(reason, "output buffer limit") == 0;
}

// Some programs leave the checksum out, and the decoder then lacks bits to look ahead. Others may
// stand in for them, but not for data: whatever they are, the same must come out.
bool inflate_without_checksum(ByteBlock& data, std::size_t size, ByteBlock& out, std::size_t room,
                              std::size_t wanted) {
  std::array<std::uint64_t, 2> sums{};
  for (const std::size_t round : {0, 1}) {
    std::memset(data.get() + size, round == 0 ? 0 : 255, kChecksum);
    if (!inflate({data.get(), size + kChecksum}, out.get(), room, wanted)) return false;
    // Not what may follow what is wanted.
    for (std::size_t i = 0; i < wanted; ++i) sums[round] = sums[round] * 31 + out[i];
  }
  return sums[0] == sums[1];
}

Error failed(const PngLayout& layout) {
  return layout.cut_short ? cut_short(Format::kPng) : damaged(Format::kPng);
}

// Straight RGBA of the picture that is shown, without what surrounds it.
Result<Image> decode_shown(ByteSpan bytes, const PngLayout& layout, const PngSamples& samples) {
  const auto [x, y, width, height] = layout.shown;
  const std::size_t pixels =
      static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * kChannels;
  const std::size_t wanted = layout.interlaced ? interlaced_bytes(samples, width, height)
                                               : filtered_bytes(samples, width, height);
  const std::size_t room = kSlack + (layout.interlaced ? wanted : std::max(wanted, pixels));
  if (room > INT_MAX || layout.data_bytes > INT_MAX - kChecksum) return no_room();
  ByteBlock rows = allocate_bytes(room);
  if (!rows) return no_room();
  {
    ByteBlock data = joined(bytes, layout);
    if (!data) return no_room();
    const std::size_t size = layout.data_bytes;
    if (!inflate({data.get(), size}, rows.get(), room, wanted) &&
        (layout.cut_short || !inflate_without_checksum(data, size, rows, room, wanted))) {
      return failed(layout);
    }
  }
  if (layout.interlaced) {
    Result<Image> image = Image::allocate(width, height);
    if (!image) return image;
    if (!expand_interlaced(rows.get(), samples, width, height, image->data())) {
      return failed(layout);
    }
    return image;
  }
  if (!unfilter(rows.get(), samples, width, height)) return failed(layout);
  expand(rows.get(), samples, width, height);
  return Image::adopt(std::move(rows), width, height);
}

// The picture at its place on the canvas, white around it.
Result<Image> on_canvas(Image shown, const PngLayout& layout) {
  const PixelRect& rect = layout.shown;
  if (rect.width == layout.size.width && rect.height == layout.size.height) return shown;
  Result<Image> canvas =
      Image::allocate(static_cast<int>(layout.size.width), static_cast<int>(layout.size.height));
  if (!canvas) return canvas;
  std::memset(canvas->data(), 255, canvas->bytes());
  const auto row = static_cast<std::size_t>(rect.width) * kChannels;
  for (int y = 0; y < rect.height; ++y) {
    const std::size_t first =
        static_cast<std::size_t>(rect.y + y) * static_cast<std::size_t>(canvas->width()) +
        static_cast<std::size_t>(rect.x);
    std::memcpy(canvas->data() + first * kChannels, shown.view().row(y), row);
  }
  return canvas;
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
  const std::optional<PngSamples> samples = png_samples(layout);
  if (!samples) return damaged(Format::kPng);
  Result<Image> shown = decode_shown(bytes, layout, *samples);
  if (!shown) return shown;
  if (samples->has_alpha()) compose_over_white(*shown);
  Result<Image> image = on_canvas(std::move(*shown), layout);
  return image ? upright(std::move(*image), tiff_orientation(layout.exif)) : std::move(image);
}

}  // namespace masklens
