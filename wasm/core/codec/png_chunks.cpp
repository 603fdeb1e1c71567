#include "core/codec/png_chunks.h"

#include <algorithm>
#include <cstring>

namespace masklens {
namespace {

constexpr std::size_t kHeader = 13;
constexpr std::size_t kFrameControl = 26;
constexpr int kNoColourType = 1;  // which is refused, once the size has been looked at

struct Chunk {
  const std::uint8_t* name = nullptr;
  ByteSpan body;

  bool is(const char* wanted) const { return std::memcmp(name, wanted, 4) == 0; }
};

// Whether the chunk at `at` is what was written (PNG, annex D). Browsers leave out what is not;
// only pixels are looked at all the same. zlib's own is mostly tables, for speed that small chunks
// need not.
bool is_sound(ByteSpan bytes, std::size_t at) {
  const std::size_t end = at + 8 + big32(bytes, at);
  if (bytes.size() - end < 4) return false;
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : bytes.subspan(at + 4, end - at - 4)) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
  }
  return ~crc == big32(bytes, end);
}

// Of an animation's frame: a number, width, height, x, y, then times and ways.
bool read_frame(const Chunk& chunk, const PngLayout& layout, PixelRect& rect) {
  if (chunk.body.size() < kFrameControl) return false;
  const std::int64_t width = big32(chunk.body, 4);
  const std::int64_t height = big32(chunk.body, 8);
  const std::int64_t x = big32(chunk.body, 12);
  const std::int64_t y = big32(chunk.body, 16);
  if (width < 1 || height < 1 || x + width > layout.size.width || y + height > layout.size.height) {
    return false;
  }
  rect = {static_cast<int>(x), static_cast<int>(y), static_cast<int>(width),
          static_cast<int>(height)};
  return true;
}

void read_header(ByteSpan body, PngLayout& layout) {
  layout.header = body;
  layout.size = {big32(body, 0), big32(body, 4)};
  layout.bits = body[8];
  layout.colour_type = body[9];
  layout.interlaced = body[12] != 0;
  constexpr std::int64_t kMost = 0x7FFFFFFF;
  if (layout.size.width < 1 || layout.size.height < 1 || layout.size.width > kMost ||
      layout.size.height > kMost) {
    layout.size = {};
    return;
  }
  layout.shown = layout.whole();
}

}  // namespace

PngLayout scan_png(std::span<const std::uint8_t> bytes) {
  PngLayout layout;
  bool animated = false;      // acTL was met before any pixels
  bool default_shown = true;  // the default picture is the animation's first frame
  bool collecting = false;    // chunks of the wanted data follow one another
  bool frame_waits = false;   // its control was met, its data were not
  bool has_default = false;
  int controls = 0;
  std::size_t at = kPngSignature;
  while (at + 8 <= bytes.size()) {
    const std::size_t length = big32(bytes, at);
    const Chunk whole = {&bytes[at + 4], {}};
    if (length > bytes.size() - at - 8) {
      layout.cut_short = layout.cut_short || !whole.is("IEND");
      break;
    }
    const Chunk chunk = {&bytes[at + 4], bytes.subspan(at + 8, length)};
    const bool is_default = chunk.is("IDAT");
    const bool is_frame = chunk.is("fdAT") && length >= 4;
    if (at == kPngSignature && chunk.is("IHDR") && length >= kHeader) {
      read_header(chunk.body.first(kHeader), layout);
      if (!is_sound(bytes, at)) layout.colour_type = kNoColourType;
    } else if (chunk.is("PLTE") && !has_default) {
      // Browsers show nothing where it is damaged or there are two.
      if (!layout.palette.empty() || !is_sound(bytes, at)) layout.header = {};
      layout.palette = chunk.body;
      if (layout.colour_type == 3) layout.transparency = {};  // which belongs behind it
    } else if ((chunk.is("tRNS") || chunk.is("eXIf")) && !has_default) {
      ByteSpan& part = chunk.is("tRNS") ? layout.transparency : layout.exif;
      if (part.empty() && is_sound(bytes, at)) part = chunk.body;
    } else if (chunk.is("acTL") && length >= 8 && !has_default && is_sound(bytes, at)) {
      animated = big32(chunk.body, 0) > 0;
      default_shown = !animated;
    } else if (chunk.is("fcTL") && animated) {
      ++controls;
      PixelRect rect;
      const bool sound = read_frame(chunk, layout, rect);
      if (!has_default) {
        default_shown = true;  // which has the size of the canvas, whatever is said here
      } else if (!default_shown && layout.data_bytes == 0 && sound) {
        frame_waits = true;
        layout.shown = rect;
      }
    } else if (is_default || is_frame) {
      const bool wanted = is_default ? default_shown : frame_waits && !default_shown;
      const std::size_t skipped = is_default ? 0 : 4;
      if (wanted && (collecting || layout.data_bytes == 0)) {
        if (!collecting) layout.data_at = at;
        collecting = true;
        layout.numbered = is_frame;
        layout.data_bytes += length - skipped;
      }
      has_default = has_default || is_default;
    } else if (chunk.is("IEND")) {
      break;
    }
    if (!is_default && !is_frame) collecting = false;
    at += 8 + length + 4;
  }
  layout.frames = animated && controls > 0 ? controls : 1;
  layout.cut_short = layout.cut_short || layout.data_bytes == 0;
  return layout;
}

std::uint32_t png_plays(std::span<const std::uint8_t> bytes) {
  for (std::size_t at = kPngSignature; at + 8 <= bytes.size();) {
    const std::size_t length = big32(bytes, at);
    if (length > bytes.size() - at - 8) break;
    const Chunk chunk = {&bytes[at + 4], bytes.subspan(at + 8, length)};
    if (chunk.is("acTL") && length >= 8) return big32(chunk.body, 4);
    at += 8 + length + 4;
  }
  return 1;
}

std::optional<PngFrame> next_png_frame(std::span<const std::uint8_t> bytes, const PngLayout& layout,
                                       std::size_t& at) {
  std::optional<PngFrame> frame;
  bool collecting = false;
  bool collected = false;
  while (at + 8 <= bytes.size()) {
    const std::size_t length = big32(bytes, at);
    if (length > bytes.size() - at - 8) {
      at = bytes.size();
      if (frame) frame->layout.cut_short = true;
      break;
    }
    const Chunk chunk = {&bytes[at + 4], bytes.subspan(at + 8, length)};
    if (chunk.is("IEND")) {
      at = bytes.size();
      break;
    }
    const bool is_control = chunk.is("fcTL");
    if (is_control && frame) break;
    const bool is_default = chunk.is("IDAT");
    // All of a frame's data are of one kind.
    const bool fits = !collected || (frame && is_default != frame->layout.numbered);
    const bool is_data = fits && (is_default || (chunk.is("fdAT") && length >= 4));
    if (is_control) {
      PixelRect rect;
      if (read_frame(chunk, layout, rect)) {
        frame.emplace();
        frame->layout = layout;
        frame->layout.shown = rect;
        frame->layout.data_bytes = 0;
        frame->layout.cut_short = false;
        const std::uint32_t parts = big16(chunk.body, 22);
        frame->delay_ms =
            static_cast<int>(1000 * big16(chunk.body, 20) / (parts > 0 ? parts : 100));
        frame->disposal = chunk.body[24] == 1   ? Disposal::kClear
                          : chunk.body[24] == 2 ? Disposal::kRestore
                                                : Disposal::kKeep;
        frame->over = chunk.body[25] == 1;
      }
    } else if (is_data && frame && (collecting || !collected)) {
      if (!collecting) frame->layout.data_at = at;
      collecting = collected = true;
      frame->layout.numbered = !is_default;
      if (is_default) frame->layout.shown = layout.whole();
      frame->layout.data_bytes += length - (is_default ? 0 : 4);
    }
    if (!is_data) collecting = false;
    at += 8 + length + 4;
  }
  return frame;
}

}  // namespace masklens
