#include "core/codec/gif_encode.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace masklens {
namespace {

constexpr int kMaxCodeBits = 12;
constexpr std::size_t kMostColours = 256;

Error out_of_memory() {
  return {ErrorCode::kOutOfMemory,
          "There is not enough memory to save this animation. Save fewer or smaller frames."};
}

// The strings met so far: (string, next index) -> string one longer. Open addressing.
class Strings {
 public:
  void clear() { slots_.fill({}); }

  // The code of the longer string, or a place for it.
  std::uint16_t& code(int string, std::uint8_t next) {
    const auto key = static_cast<std::uint32_t>(string << 8 | next) + 1;
    std::size_t slot = key * 2654435761U >> 19;  // of 8192
    while (slots_[slot].key != 0 && slots_[slot].key != key) slot = (slot + 1) % slots_.size();
    slots_[slot].key = key;
    return slots_[slot].code;
  }

 private:
  struct Slot {
    std::uint32_t key = 0;   // 0: free
    std::uint16_t code = 0;  // 0: no such string yet; codes of strings are larger than 1
  };
  std::array<Slot, 8192> slots_{};
};

// Codes, lowest bits first, in sub-blocks of up to 255 bytes.
class CodeWriter {
 public:
  explicit CodeWriter(ByteBuffer& out) : out_(out) {}

  void put(int code, int width) {
    bits_ |= static_cast<std::uint32_t>(code) << count_;
    for (count_ += width; count_ >= 8; count_ -= 8, bits_ >>= 8) {
      put_byte(static_cast<std::uint8_t>(bits_));
    }
  }

  void finish() {
    if (count_ > 0) put_byte(static_cast<std::uint8_t>(bits_));
    flush();
    out_.append(std::uint8_t{0});  // the chain's end
  }

 private:
  void put_byte(std::uint8_t byte) {
    block_[++used_] = byte;
    if (used_ == 255) flush();
  }

  void flush() {
    if (used_ == 0) return;
    block_[0] = static_cast<std::uint8_t>(used_);
    out_.append(std::span(block_).first(used_ + 1));
    used_ = 0;
  }

  ByteBuffer& out_;
  std::array<std::uint8_t, 256> block_{};  // its length first
  std::size_t used_ = 0;
  std::uint32_t bits_ = 0;
  int count_ = 0;
};

bool same_colour(const std::uint8_t* a, const std::uint8_t* b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

void append_text(ByteBuffer& bytes, std::string_view text) {
  bytes.append({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

GifEncoder::GifEncoder(int width, int height, int loop) : width_(width), height_(height) {
  append_text(bytes_, "GIF89a");
  append16(width);
  append16(height);
  constexpr std::array<std::uint8_t, 3> kNoPalette = {0, 0, 0};
  bytes_.append(kNoPalette);
  if (loop < 0) return;
  // Netscape's extension.
  append_text(bytes_, "\x21\xFF\x0BNETSCAPE2.0\x03\x01");
  append16(std::min(loop, 0xFFFF));
  bytes_.append(std::uint8_t{0});
}

void GifEncoder::append16(int value) {
  const std::array<std::uint8_t, 2> little = {static_cast<std::uint8_t>(value),
                                              static_cast<std::uint8_t>(value >> 8)};
  bytes_.append(little);
}

// The smallest part that holds every pixel that differs from the frame before; one pixel when none
// does, since a frame cannot be empty.
PixelRect GifEncoder::changed(ImageView frame) const {
  if (shown_.data() == nullptr) return {0, 0, width_, height_};
  int left = width_;
  int right = -1;
  int top = height_;
  int bottom = -1;
  const std::size_t row_bytes = static_cast<std::size_t>(width_) * kChannels;
  for (int y = 0; y < height_; ++y) {
    const std::uint8_t* now = frame.row(y);
    const std::uint8_t* before = shown_.view().row(y);
    if (std::memcmp(now, before, row_bytes) == 0) continue;
    for (int x = 0; x < width_; ++x) {
      const std::size_t at = static_cast<std::size_t>(x) * kChannels;
      if (same_colour(now + at, before + at)) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = y;
    }
  }
  if (right < 0) return {0, 0, 1, 1};
  return {left, top, right - left + 1, bottom - top + 1};
}

void GifEncoder::add(ImageView frame, int delay_ms) {
  if (error_) return;
  if (frame.width != width_ || frame.height != height_) {
    error_ = Error{ErrorCode::kBadImage, "All frames of an animation need the same size; one has " +
                                             std::to_string(frame.width) + " x " +
                                             std::to_string(frame.height) + " pixels."};
    return;
  }
  const bool first = shown_.data() == nullptr;
  const PixelRect rect = changed(frame);
  // One entry is kept free for "as before".
  IndexedPixels pixels = index_colours(frame, rect, first ? kMostColours : kMostColours - 1);
  if (!pixels.indices) {
    error_ = out_of_memory();
    return;
  }
  const std::size_t as_before = pixels.palette.size();
  if (!first) {
    pixels.palette.push_back({0, 0, 0});
    std::uint8_t* index = pixels.indices.get();
    for (int y = rect.y; y < rect.y + rect.height; ++y) {
      for (int x = rect.x; x < rect.x + rect.width; ++x, ++index) {
        const std::size_t at = static_cast<std::size_t>(x) * kChannels;
        if (same_colour(frame.row(y) + at, shown_.view().row(y) + at)) {
          *index = static_cast<std::uint8_t>(as_before);
        }
      }
    }
  }
  int palette_bits = 1;
  while (std::size_t{1} << palette_bits < pixels.palette.size()) ++palette_bits;
  pixels.palette.resize(std::size_t{1} << palette_bits);

  // Graphic control extension: the frame stays when its time is over.
  constexpr int kKeep = 1 << 2;
  const std::array<std::uint8_t, 4> control = {0x21, 0xF9, 4,
                                               static_cast<std::uint8_t>(kKeep | (first ? 0 : 1))};
  bytes_.append(control);
  append16(std::clamp((std::min(delay_ms, 1'000'000) + 5) / 10, 0, 0xFFFF));
  bytes_.append(static_cast<std::uint8_t>(first ? 0 : as_before));
  bytes_.append(std::uint8_t{0});
  bytes_.append(std::uint8_t{0x2C});
  append16(rect.x);
  append16(rect.y);
  append16(rect.width);
  append16(rect.height);
  bytes_.append(static_cast<std::uint8_t>(0x80 | (palette_bits - 1)));
  for (const Rgb& colour : pixels.palette) bytes_.append(colour);
  append_codes(pixels.view(), std::max(palette_bits, 2));

  Result<Image> copy = Image::allocate(width_, height_);
  if (!copy || !bytes_.ok()) {
    error_ = out_of_memory();
    return;
  }
  std::copy(frame.data, frame.data + copy->bytes(), copy->data());
  shown_ = std::move(*copy);
}

// LZW with codes that grow (appendix F); the dictionary starts anew when it is full.
void GifEncoder::append_codes(std::span<const std::uint8_t> indices, int root_bits) {
  const int clear = 1 << root_bits;
  const int end = clear + 1;
  bytes_.append(static_cast<std::uint8_t>(root_bits));
  CodeWriter codes(bytes_);
  Strings strings;
  int width = root_bits + 1;
  int next = end + 1;
  codes.put(clear, width);
  int string = indices.front();
  for (const std::uint8_t index : indices.subspan(1)) {
    std::uint16_t& longer = strings.code(string, index);
    if (longer != 0) {
      string = longer;
      continue;
    }
    codes.put(string, width);
    string = index;
    if (next < 1 << kMaxCodeBits) {
      // The decoder learns a string one code later, so the code that is just full is still short.
      if (next == 1 << width) ++width;
      longer = static_cast<std::uint16_t>(next++);
    } else {
      codes.put(clear, width);
      strings.clear();
      width = root_bits + 1;
      next = end + 1;
    }
  }
  codes.put(string, width);
  // What was just written may have completed the decoder's last short code.
  if (next == 1 << width && width < kMaxCodeBits) ++width;
  codes.put(end, width);
  codes.finish();
}

ByteBuffer GifEncoder::take() {
  // A buffer that ran out of memory stays, so that finish() can tell.
  return bytes_.ok() ? std::exchange(bytes_, ByteBuffer()) : ByteBuffer();
}

Result<ByteBuffer> GifEncoder::finish() {
  const bool empty = shown_.data() == nullptr;
  shown_ = Image();
  if (error_) return *std::exchange(error_, std::nullopt);
  if (empty) return Error{ErrorCode::kBadImage, "There is no frame to save. Add one first."};
  bytes_.append(std::uint8_t{0x3B});
  if (!bytes_.ok()) return out_of_memory();
  return std::exchange(bytes_, ByteBuffer());
}

}  // namespace masklens
