#include "core/codec/gif_decode.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/byte_order.h"
#include "core/codec/compose.h"
#include "core/codec/decode_errors.h"
#include "core/codec/gif_lzw.h"

namespace masklens {
namespace {

constexpr std::uint8_t kExtension = 0x21;
constexpr std::uint8_t kGraphicControl = 0xF9;
constexpr std::uint8_t kApplication = 0xFF;
constexpr std::uint8_t kImageDescriptor = 0x2C;
constexpr std::size_t kHeaderSize = 13;      // signature and logical screen descriptor
constexpr std::size_t kDescriptorSize = 10;  // with its introducing byte
constexpr int kMostBits = 8;                 // of a colour

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

bool is_graphic_control(ByteSpan bytes, std::size_t at) { return bytes[at + 1] == kGraphicControl; }

// Four bytes and the chain's end. Browsers read no further where it has another size.
bool is_sound_control(ByteSpan bytes, std::size_t at) {
  return bytes[at + 2] == 4 && bytes[at + 7] == 0;
}

// The number of repetitions that an application extension tells (Netscape's, and its older twin).
[[gnu::cold]] std::optional<int> loop_of(ByteSpan bytes, std::size_t at, std::size_t end) {
  constexpr std::size_t kSize = 19;
  if (bytes[at + 1] != kApplication || end - at < kSize || bytes[at + 2] != 11) return std::nullopt;
  const bool known = std::memcmp(&bytes[at + 3], "NETSCAPE2.0", 11) == 0 ||
                     std::memcmp(&bytes[at + 3], "ANIMEXTS1.0", 11) == 0;
  if (!known || bytes[at + 14] != 3 || bytes[at + 15] != 1) return std::nullopt;
  return static_cast<int>(little16(bytes, at + 16));
}

PixelRect rect_at(ByteSpan bytes, std::size_t at) {
  return {static_cast<int>(little16(bytes, at + 1)), static_cast<int>(little16(bytes, at + 3)),
          static_cast<int>(little16(bytes, at + 5)), static_cast<int>(little16(bytes, at + 7))};
}

// Where the pixels of a frame go, in the order in which they are stored.
class PixelOrder {
 public:
  PixelOrder(int width, int height, bool interlaced)
      : width_(width), height_(height), step_(interlaced ? 8 : 1), pass_(interlaced ? 0 : 3) {
    if (width == 0) y_ = height;
  }

  bool done() const { return y_ >= height_; }
  int x() const { return x_; }
  int y() const { return y_; }
  int left_in_row() const { return width_ - x_; }

  // At most left_in_row().
  void advance(int count) {
    x_ += count;
    if (x_ < width_) return;
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

[[gnu::cold]] GifLayout scan_gif(std::span<const std::uint8_t> bytes) {
  GifLayout layout;
  layout.cut_short = true;
  if (bytes.size() < kHeaderSize) return layout;
  std::size_t at = kHeaderSize + palette_bytes(bytes[10]);
  while (at < bytes.size()) {
    const std::uint8_t block = bytes[at];
    std::optional<std::size_t> end;
    if (block == kExtension) {
      end = skip_blocks(bytes, at + 2);
      if (!end) break;
      if (is_graphic_control(bytes, at) && !is_sound_control(bytes, at)) {
        layout.cut_short = false;
        break;
      }
      layout.loop = loop_of(bytes, at, *end).value_or(layout.loop);
    } else if (block == kImageDescriptor && at + kDescriptorSize <= bytes.size()) {
      const std::size_t data = at + kDescriptorSize + palette_bytes(bytes[at + 9]);
      if (data > bytes.size()) break;
      if (layout.frames++ == 0) {
        const PixelRect rect = rect_at(bytes, at);
        layout.width = std::max(static_cast<int>(little16(bytes, 6)), rect.x + rect.width);
        layout.height = std::max(static_cast<int>(little16(bytes, 8)), rect.y + rect.height);
      }
      end = skip_blocks(bytes, data + 1);
      if (!end) break;
      if (bytes[data] > kMostBits) {  // of a colour: browsers show no later frame
        layout.cut_short = false;
        break;
      }
    } else {
      // The trailer, or something that is not a block: nothing behind it is looked at.
      layout.cut_short = block == kImageDescriptor;
      break;
    }
    at = *end;
  }
  // Without a trailer all is there.
  if (layout.frames > 0 && at == bytes.size()) layout.cut_short = false;
  return layout;
}

[[gnu::cold]] Result<GifReader> GifReader::open(std::span<const std::uint8_t> bytes,
                                                const DecodeLimits& limits) {
  const GifLayout layout = scan_gif(bytes);
  if (layout.frames == 0) {
    return layout.cut_short ? cut_short(Format::kGif) : damaged(Format::kGif);
  }
  if (layout.width == 0 || layout.height == 0) return damaged(Format::kGif);
  const Result<Size> size = within({layout.width, layout.height}, limits);
  if (!size) return size.error();
  GifReader gif;
  gif.bytes_ = bytes;
  gif.layout_ = layout;
  Result<Image> canvas = Image::allocate(layout.width, layout.height);
  if (!canvas) return canvas.error();
  gif.canvas_ = std::move(*canvas);
  std::memset(gif.canvas_.data(), 0, gif.canvas_.bytes());
  // A frame lies behind the palette, so the palette is whole.
  const std::size_t palette = palette_bytes(bytes[10]);
  for (std::size_t i = 0; i < palette; ++i) {
    gif.global_palette_[i / 3][i % 3] = bytes[kHeaderSize + i];
  }
  gif.at_ = kHeaderSize + palette;
  return gif;
}

std::size_t GifReader::offset(int x, int y) const {
  return (static_cast<std::size_t>(y) * static_cast<std::size_t>(canvas_.width()) +
          static_cast<std::size_t>(x)) *
         kChannels;
}

void GifReader::read_control() {
  const std::uint8_t flags = bytes_[at_ + 3];
  const int method = flags >> 2 & 7;
  // 4 is in no standard; old programs wrote it for 3.
  control_.disposal = method == 2                  ? Disposal::kClear
                      : method == 3 || method == 4 ? Disposal::kRestore
                                                   : Disposal::kKeep;
  control_.delay_ms = static_cast<int>(little16(bytes_, at_ + 4)) * 10;
  control_.transparent.reset();
  if ((flags & 1) != 0) control_.transparent = bytes_[at_ + 6];
}

[[gnu::cold]] Result<int> GifReader::draw_next(bool to_be_undone) {
  // The blocks up to the last frame were walked over before: they are whole.
  while (bytes_[at_] == kExtension) {
    if (is_graphic_control(bytes_, at_)) read_control();
    at_ = skip_blocks(bytes_, at_ + 2).value_or(bytes_.size());
  }
  const PixelRect frame = rect_at(bytes_, at_);
  const std::uint8_t flags = bytes_[at_ + 9];
  const std::size_t palette_size = palette_bytes(flags);
  Palette palette{};  // colours that are not in it are black
  for (std::size_t i = 0; i < palette_size; ++i) {
    palette[i / 3][i % 3] = bytes_[at_ + kDescriptorSize + i];
  }
  const std::size_t data = at_ + kDescriptorSize + palette_size;
  const std::optional<std::size_t> end = skip_blocks(bytes_, data + 1);
  at_ = data;
  const Control control = std::exchange(control_, {});
  ++read_;

  undo_.apply(canvas_);
  rect_.x = std::min(frame.x, width());
  rect_.y = std::min(frame.y, height());
  rect_.width = std::min(frame.width, width() - rect_.x);
  rect_.height = std::min(frame.height, height() - rect_.y);
  if (to_be_undone && !undo_.prepare(canvas_, rect_, control.disposal)) return no_room();
  const Result<bool> drawn =
      draw(frame, (flags & 0x40) != 0, palette_size > 0 ? palette : global_palette_,
           control.transparent);
  at_ = end.value_or(bytes_.size());
  last_is_cut_ = !drawn && !end;
  if (!drawn) return end ? drawn.error() : cut_short(Format::kGif);

  return control.delay_ms;
}

std::optional<Error> GifReader::missing() const {
  if (!layout_.cut_short || last_is_cut_) return std::nullopt;
  return cut_short(Format::kGif);
}

Result<AnimationFrame> GifReader::next() {
  const Result<int> delay_ms = draw_next(true);
  if (!delay_ms) return delay_ms.error();
  Result<Image> image = canvas_.clone();
  if (!image) return image.error();
  compose_over_white(*image);
  return AnimationFrame{std::move(*image), *delay_ms};
}

Result<Image> GifReader::last() {
  const Result<int> delay_ms = draw_next(false);
  if (!delay_ms) return delay_ms.error();
  compose_over_white(canvas_);
  return std::move(canvas_);
}

// Up to the last pixel inside the canvas. Fails with bad-image when there are too few.
Result<bool> GifReader::draw(const PixelRect& frame, bool interlaced, const Palette& palette,
                             std::optional<std::uint8_t> transparent) {
  if (frame.width == 0 || frame.height == 0) return true;
  const int root_bits = at_ < bytes_.size() ? bytes_[at_] : 0;
  if (root_bits < 1 || root_bits > kMostBits) return damaged(Format::kGif);
  GifStrings strings(bytes_, at_ + 1, root_bits);
  std::array<std::uint8_t, GifStrings::kLongest> colours;
  PixelOrder order(frame.width, frame.height, interlaced);
  // Of a frame that is stored row after row, those below the canvas are not needed.
  const int rows = interlaced ? frame.height : rect_.height;
  while (!order.done() && order.y() < rows) {
    if (strings.next() != GifStrings::Step::kString) return damaged(Format::kGif);
    int left = strings.length();
    const bool in_one_row = left <= order.left_in_row();
    const bool outside = order.y() >= rect_.height || order.x() >= rect_.width;
    if (!in_one_row || !outside) strings.write(colours.data());
    const std::uint8_t* colour = colours.data();
    while (left > 0 && !order.done()) {
      const int run = std::min(left, order.left_in_row());
      const int shown = order.y() < rect_.height ? std::min(run, rect_.width - order.x()) : 0;
      std::uint8_t* pixel =
          shown > 0 ? canvas_.data() + offset(rect_.x + order.x(), rect_.y + order.y()) : nullptr;
      for (int i = 0; i < shown; ++i, pixel += kChannels) {
        const std::uint8_t index = colour[i];
        if (index == transparent) continue;
        std::memcpy(pixel, palette[index].data(), palette[index].size());
        pixel[3] = 255;
      }
      colour += run;
      left -= run;
      order.advance(run);
    }
  }
  return true;
}

}  // namespace masklens
