#include "core/codec/gif_decode.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/byte_order.h"

namespace masklens {
namespace {

constexpr std::uint8_t kExtension = 0x21;
constexpr std::uint8_t kGraphicControl = 0xF9;
constexpr std::uint8_t kImageDescriptor = 0x2C;
constexpr std::size_t kHeaderSize = 13;      // signature and logical screen descriptor
constexpr std::size_t kDescriptorSize = 10;  // with its introducing byte
constexpr int kMaxCodeBits = 12;
constexpr int kMaxCodes = 1 << kMaxCodeBits;

Error damaged() {
  return {ErrorCode::kBadImage,
          "This GIF file is damaged. Download or copy it again, or save it anew as PNG."};
}

std::size_t palette_bytes(std::uint8_t flags) {
  return (flags & 0x80) != 0 ? std::size_t{6} << (flags & 7) : 0;
}

// The position behind a chain of sub-blocks (length byte, that many bytes, ..., 0), or nothing when
// the file ends before it does.
std::optional<std::size_t> skip_blocks(ByteSpan bytes, std::size_t at) {
  while (at < bytes.size()) {
    const std::size_t length = bytes[at];
    at += 1 + length;
    if (length == 0) return at;
  }
  return std::nullopt;
}

// Codes of 3 to 12 bits out of a chain of sub-blocks, lowest bits first.
class CodeReader {
 public:
  CodeReader(ByteSpan bytes, std::size_t at) : bytes_(bytes), at_(at) {}

  // Nothing at the chain's end.
  std::optional<int> next(int width) {
    while (count_ < width) {
      if (left_ == 0) {
        left_ = at_ < bytes_.size() ? bytes_[at_++] : 0;
        if (left_ == 0) return std::nullopt;
      }
      if (at_ >= bytes_.size()) return std::nullopt;
      bits_ |= static_cast<std::uint32_t>(bytes_[at_++]) << count_;
      count_ += 8;
      --left_;
    }
    const int code = static_cast<int>(bits_ & ((1U << width) - 1));
    bits_ >>= width;
    count_ -= width;
    return code;
  }

 private:
  ByteSpan bytes_;
  std::size_t at_;
  std::size_t left_ = 0;  // bytes of the current sub-block
  std::uint32_t bits_ = 0;
  int count_ = 0;
};

// The strings of the LZW dictionary as chains: each is another string and one colour more.
struct Dictionary {
  std::array<std::uint16_t, kMaxCodes> prefix{};
  std::array<std::uint8_t, kMaxCodes> last{};
  std::array<std::uint8_t, kMaxCodes> first{};
  std::array<std::uint8_t, kMaxCodes> string{};  // one string being written out, from its end
};

// Where the pixels of a frame go, in the order in which they are stored.
class PixelOrder {
 public:
  PixelOrder(int width, int height, bool interlaced)
      : width_(width), height_(height), step_(interlaced ? 8 : 1), pass_(interlaced ? 0 : 3) {}

  bool done() const { return y_ >= height_; }
  int x() const { return x_; }
  int y() const { return y_; }

  void advance() {
    if (++x_ < width_) return;
    x_ = 0;
    y_ += step_;
    // Every 8th row from 0, from 4, every 4th from 2, every 2nd from 1 (appendix E).
    while (y_ >= height_ && pass_ < 3) {
      ++pass_;
      y_ = 8 >> pass_;
      step_ = 16 >> pass_;
    }
  }

 private:
  int width_;
  int height_;
  int x_ = 0;
  int y_ = 0;
  int step_;
  int pass_;
};

}  // namespace

GifLayout scan_gif(std::span<const std::uint8_t> bytes) {
  GifLayout layout;
  if (bytes.size() < kHeaderSize) return layout;
  layout.width = static_cast<int>(little16(bytes, 6));
  layout.height = static_cast<int>(little16(bytes, 8));
  if (layout.height == 0) layout.width = 0;
  std::size_t at = kHeaderSize + palette_bytes(bytes[10]);
  while (at < bytes.size()) {
    const std::uint8_t block = bytes[at];
    if (block == kExtension) {
      const auto end = skip_blocks(bytes, at + 2);
      if (!end) break;
      at = *end;
    } else if (block == kImageDescriptor && at + kDescriptorSize < bytes.size()) {
      const std::size_t data = at + kDescriptorSize + palette_bytes(bytes[at + 9]);
      const auto end = skip_blocks(bytes, data + 1);
      if (!end) break;
      ++layout.frames;
      at = *end;
    } else {
      break;  // the trailer, or something that is not a block
    }
  }
  return layout;
}

Result<GifFrames> GifFrames::open(std::span<const std::uint8_t> bytes) {
  const GifLayout layout = scan_gif(bytes);
  if (layout.width == 0 || layout.frames == 0) return damaged();
  GifFrames gif;
  gif.bytes_ = bytes;
  Result<Image> canvas = Image::allocate(layout.width, layout.height);
  if (!canvas) return canvas.error();
  gif.canvas_ = std::move(*canvas);
  std::memset(gif.canvas_.data(), 0, gif.canvas_.bytes());
  // A frame lies whole behind the palette, so the palette does too.
  const std::size_t palette = palette_bytes(bytes[10]);
  for (std::size_t i = 0; i < palette; ++i) {
    gif.global_palette_[i / 3][i % 3] = bytes[kHeaderSize + i];
  }
  gif.at_ = kHeaderSize + palette;
  return gif;
}

void GifFrames::dispose() {
  if (disposal_ == Disposal::kClear) {
    const std::size_t row = static_cast<std::size_t>(rect_.width) * kChannels;
    for (int y = rect_.y; y < rect_.y + rect_.height; ++y) {
      const std::size_t first =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(canvas_.width()) +
          static_cast<std::size_t>(rect_.x);
      std::memset(canvas_.data() + first * kChannels, 0, row);
    }
  } else if (disposal_ == Disposal::kRestore) {
    std::copy(saved_.data(), saved_.data() + saved_.bytes(), canvas_.data());
  }
}

Result<bool> GifFrames::next() {
  while (at_ < bytes_.size()) {
    const std::uint8_t block = bytes_[at_];
    if (block == kExtension) {
      const auto end = skip_blocks(bytes_, at_ + 2);
      if (!end) return false;
      if (bytes_[at_ + 1] == kGraphicControl && bytes_[at_ + 2] >= 4) {
        const std::uint8_t flags = bytes_[at_ + 3];
        const int method = flags >> 2 & 7;
        next_disposal_ = method == 2   ? Disposal::kClear
                         : method == 3 ? Disposal::kRestore
                                       : Disposal::kKeep;
        next_delay_ms_ = static_cast<int>(little16(bytes_, at_ + 4)) * 10;
        transparent_ = (flags & 1) != 0 ? std::optional(bytes_[at_ + 6]) : std::nullopt;
      }
      at_ = *end;
      continue;
    }
    if (block != kImageDescriptor || at_ + kDescriptorSize >= bytes_.size()) return false;
    const Rect rect = {
        static_cast<int>(little16(bytes_, at_ + 1)), static_cast<int>(little16(bytes_, at_ + 3)),
        static_cast<int>(little16(bytes_, at_ + 5)), static_cast<int>(little16(bytes_, at_ + 7))};
    const std::uint8_t flags = bytes_[at_ + 9];
    const std::size_t palette_size = palette_bytes(flags);
    const auto end = skip_blocks(bytes_, at_ + kDescriptorSize + palette_size + 1);
    if (!end) return false;
    Palette palette = global_palette_;
    for (std::size_t i = 0; i < palette_size; ++i) {
      palette[i / 3][i % 3] = bytes_[at_ + kDescriptorSize + i];
    }
    at_ += kDescriptorSize + palette_size;
    dispose();
    Result<bool> drawn = draw(rect, (flags & 0x40) != 0, palette);
    at_ = *end;
    return drawn;
  }
  return false;
}

Result<bool> GifFrames::draw(const Rect& rect, bool interlaced, const Palette& palette) {
  disposal_ = next_disposal_;
  delay_ms_ = next_delay_ms_;
  rect_.x = std::min(rect.x, canvas_.width());
  rect_.y = std::min(rect.y, canvas_.height());
  rect_.width = std::min(rect.width, canvas_.width() - rect_.x);
  rect_.height = std::min(rect.height, canvas_.height() - rect_.y);
  if (disposal_ == Disposal::kRestore) {
    Result<Image> copy = canvas_.clone();
    if (!copy) return copy.error();
    saved_ = std::move(*copy);
  }
  const std::optional<std::uint8_t> transparent = std::exchange(transparent_, std::nullopt);
  next_disposal_ = Disposal::kKeep;
  next_delay_ms_ = 0;

  const int root_bits = bytes_[at_];
  if (root_bits < 1 || root_bits > 8) return damaged();
  if (rect.width == 0 || rect.height == 0) return true;
  const int clear = 1 << root_bits;
  const int end = clear + 1;
  Dictionary words;
  for (int i = 0; i < clear; ++i) {
    words.first[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
    words.last[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
  }
  CodeReader codes(bytes_, at_ + 1);
  PixelOrder order(rect.width, rect.height, interlaced);
  int width = root_bits + 1;
  int known = clear + 2;  // codes with a meaning
  int previous = -1;
  while (!order.done()) {
    const std::optional<int> code = codes.next(width);
    if (!code || *code == end) break;  // fewer pixels than announced: the rest stays as it was
    if (*code == clear) {
      width = root_bits + 1;
      known = clear + 2;
      previous = -1;
      continue;
    }
    const bool repeats = *code == known && previous >= 0 && known < kMaxCodes;
    if (*code >= known && !repeats) return damaged();
    // The code that is about to get its meaning: the string before, and this one's first colour.
    if (previous >= 0 && known < kMaxCodes) {
      const auto before = static_cast<std::size_t>(previous);
      const auto fresh = static_cast<std::size_t>(known);
      words.prefix[fresh] = static_cast<std::uint16_t>(previous);
      words.first[fresh] = words.first[before];
      words.last[fresh] =
          repeats ? words.first[before] : words.first[static_cast<std::size_t>(*code)];
      ++known;
      if (known == 1 << width && width < kMaxCodeBits) ++width;
    }
    previous = *code;
    std::size_t length = 0;
    auto word = static_cast<std::size_t>(*code);
    for (; word >= static_cast<std::size_t>(clear); word = words.prefix[word]) {
      words.string[length++] = words.last[word];
    }
    words.string[length++] = words.last[word];
    while (length > 0 && !order.done()) {
      const std::uint8_t index = words.string[--length];
      const int x = rect_.x + order.x();
      const int y = rect_.y + order.y();
      order.advance();
      if (index == transparent || x >= canvas_.width() || y >= canvas_.height()) continue;
      std::uint8_t* pixel = canvas_.data() + (static_cast<std::size_t>(y) *
                                                  static_cast<std::size_t>(canvas_.width()) +
                                              static_cast<std::size_t>(x)) *
                                                 kChannels;
      std::copy(palette[index].begin(), palette[index].end(), pixel);
      pixel[3] = 255;
    }
  }
  return true;
}

}  // namespace masklens
