#include "core/codec/png_chunks.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

#include "core/codec/png_checksum.h"

namespace masklens {
namespace {

constexpr std::size_t kHeader = 13;
constexpr std::size_t kFrameControl = 26;
constexpr std::size_t kPalette = 3 * 256;  // at most
constexpr int kNoColourType = 1;           // which is refused, once the size has been looked at

struct Chunk {
  const std::uint8_t* name = nullptr;
  ByteSpan body;

  bool is(const char* wanted) const { return std::memcmp(name, wanted, 4) == 0; }
};

// Of an animation's frame: a number, width, height, x, y, times, then disposal and blending.
bool read_frame(const Chunk& chunk, const PngLayout& layout, PixelRect& rect) {
  if (chunk.body.size() != kFrameControl || chunk.body[24] > 2 || chunk.body[25] > 1) return false;
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
  // Ways to compress and to filter, of which there is one each, and of interlacing.
  if (body[10] != 0 || body[11] != 0 || body[12] > 1) layout.colour_type = kNoColourType;
  constexpr std::int64_t kMost = 0x7FFFFFFF;
  if (layout.size.width < 1 || layout.size.height < 1 || layout.size.width > kMost ||
      layout.size.height > kMost) {
    layout.size = {};
    return;
  }
  layout.shown = layout.whole();
}

}  // namespace

// At what is not as it should be reading ends, as in browsers: there is no picture then, or behind
// its pixels no further frame.
PngLayout scan_png(std::span<const std::uint8_t> bytes, bool for_pixels) {
  PngLayout layout;
  const PngChecksum checksum;
  std::uint32_t announced = 0;  // frames, before any pixels
  std::uint32_t frames = 0;
  std::uint32_t number = 0;  // of the animation's next chunk
  bool has_default = false;
  bool default_shown = false;  // the default picture is the animation's first frame
  bool frame_waits = false;    // its control was met, its data were not
  bool collecting = false;     // chunks of the wanted data follow one another
  bool sound = true;
  PixelRect rect;
  std::size_t at = kPngSignature;
  while (sound && at + 8 <= bytes.size()) {
    const std::size_t length = big32(bytes, at);
    const std::size_t there = bytes.size() - at - 8;
    if (there < 4 || length > there - 4) {
      layout.cut_short = !Chunk{&bytes[at + 4], {}}.is("IEND");
      break;
    }
    const Chunk chunk = {&bytes[at + 4], bytes.subspan(at + 8, length)};
    const bool is_default = chunk.is("IDAT");
    const bool is_frame = chunk.is("fdAT");
    const bool goes_on = std::exchange(collecting, false) && layout.numbered == is_frame;
    if (is_default || is_frame) {
      // Browsers do not look at the checksums of an animation's data.
      sound = is_default ? !for_pixels || checksum.fits(bytes, at)
                         : has_default && length >= 4 && big32(chunk.body, 0) == number++;
      if (!has_default) default_shown = announced == 0 || frame_waits;
      has_default = has_default || is_default;
      const bool starts = is_default ? default_shown : !default_shown && frame_waits && frames == 0;
      if (sound && (goes_on || (starts && layout.data_bytes == 0))) {
        if (!goes_on) layout.data_at = at;
        if (!goes_on && is_frame) layout.shown = rect;
        collecting = true;
        layout.numbered = is_frame;
        layout.data_bytes += length - (is_frame ? 4 : 0);
      }
      if (sound && std::exchange(frame_waits, false)) ++frames;
    } else if (chunk.is("fcTL")) {
      if (checksum.fits(bytes, at)) {
        sound =
            read_frame(chunk, layout, rect) && big32(chunk.body, 0) == number++ &&
            (has_default || (rect.width == layout.size.width && rect.height == layout.size.height));
        frame_waits = sound;
      }
    } else if (at == kPngSignature && chunk.is("IHDR") && length == kHeader) {
      read_header(chunk.body, layout);
      if (!checksum.fits(bytes, at)) layout.colour_type = kNoColourType;
    } else if (chunk.is("PLTE") && !has_default) {
      const bool fits = (layout.colour_type & 2) == 0 || (length > 0 && length <= kPalette);
      sound = fits && layout.palette.data() == nullptr && checksum.fits(bytes, at);
      layout.palette = chunk.body;
    } else if ((chunk.name[0] & 0x20) == 0) {  // not to be left out, or the end
      sound = false;
    } else if (!has_default && checksum.fits(bytes, at)) {
      if (chunk.is("acTL") && length == 8 && announced == 0) {
        announced = big32(chunk.body, 0);
      } else if (chunk.is("eXIf") && layout.exif.data() == nullptr) {
        layout.exif = chunk.body;
      } else if (chunk.is("tRNS") && layout.transparency.empty()) {
        // Of a palette's colours; else a colour, and what follows it does no harm.
        const bool fits = layout.colour_type == 3
                              ? length <= 256 && layout.palette.data() != nullptr
                          : layout.colour_type == 0 ? length >= 2
                                                    : length >= 6;
        if (fits) layout.transparency = chunk.body;
      }
    }
    at += 8 + length + 4;
  }
  if (!sound && layout.data_bytes == 0) layout.header = {};
  if (sound && frame_waits) ++frames;  // which is cut short
  if (announced <= INT_MAX && announced > 0 && frames > 0)
    layout.frames = static_cast<int>(std::min(frames, announced));
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
    if (is_control && collected) break;  // without data it gives way to the next one
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
