#include "core/codec/png_animation.h"

#include <climits>
#include <cstring>
#include <utility>

#include "core/codec/compose.h"
#include "core/codec/decode_errors.h"
#include "core/codec/exif.h"
#include "core/codec/png_decode.h"
#include "core/codec/png_reader.h"
#include "core/codec/upright.h"

namespace masklens {
namespace {

// Straight pixels onto straight pixels (section 13.16).
void put_over(const std::uint8_t* from, std::uint8_t* to) {
  const int alpha = from[3];
  if (alpha == 255 || to[3] == 0) {
    std::memcpy(to, from, kChannels);
    return;
  }
  if (alpha == 0) return;
  const int front = alpha * 255;
  const int back = (255 - alpha) * to[3];
  const int sum = front + back;
  for (int c = 0; c < 3; ++c) {
    to[c] = static_cast<std::uint8_t>((from[c] * front + to[c] * back + sum / 2) / sum);
  }
  to[3] = static_cast<std::uint8_t>((sum + 127) / 255);
}

}  // namespace

[[gnu::cold]] Result<PngAnimation> PngAnimation::open(std::span<const std::uint8_t> bytes,
                                                      const DecodeLimits& limits) {
  PngAnimation animation;
  animation.bytes_ = bytes;
  animation.layout_ = scan_png(bytes, true);
  const PngLayout& layout = animation.layout_;
  const Result<Size> size = check_png(bytes, layout, limits);
  if (!size) return size.error();
  const std::optional<PngSamples> samples = png_samples(layout);
  if (!samples) return damaged(Format::kPng);
  animation.samples_ = *samples;
  animation.orientation_ = tiff_orientation(layout.exif);
  const std::uint32_t plays = png_plays(bytes);
  animation.loop_ = plays == 0           ? 0
                    : plays == 1         ? -1
                    : plays <= USHRT_MAX ? static_cast<int>(plays) - 1
                                         : 0;
  Result<Image> canvas =
      Image::allocate(static_cast<int>(size->width), static_cast<int>(size->height));
  if (!canvas) return canvas.error();
  animation.canvas_ = std::move(*canvas);
  std::memset(animation.canvas_.data(), 0, animation.canvas_.bytes());
  return animation;
}

int PngAnimation::width() const {
  return swaps_sides(orientation_) ? canvas_.height() : canvas_.width();
}

int PngAnimation::height() const {
  return swaps_sides(orientation_) ? canvas_.width() : canvas_.height();
}

std::uint8_t* PngAnimation::pixel(int x, int y) {
  return canvas_.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(canvas_.width()) +
                           static_cast<std::size_t>(x)) *
                              kChannels;
}

Result<bool> PngAnimation::draw(const PngFrame& frame) {
  const PixelRect& rect = frame.layout.shown;
  if (frame.layout.data_bytes == 0) return cut_short(Format::kPng);
  PngReader reader(bytes_, frame.layout, samples_);
  const ByteBlock row = allocate_bytes(static_cast<std::size_t>(rect.width) * kChannels);
  if (!row || !reader.open(rect.width)) return no_room();
  // The first one has nothing before it to be restored.
  const bool restore = frame.disposal == Disposal::kRestore;
  const Disposal disposal = restore && read_ == 1 ? Disposal::kClear : frame.disposal;
  if (!undo_.prepare(canvas_, rect, disposal)) return no_room();
  const auto put = [&](int x, int y, const std::uint8_t* from, int count, int step) {
    for (int i = 0; i < count; ++i, from += kChannels) {
      std::uint8_t* const to = pixel(x + i * step, y);
      if (frame.over) {
        put_over(from, to);
      } else {
        std::memcpy(to, from, kChannels);
      }
    }
  };
  if (for_each_row(reader, frame.layout, row.get(), put)) return true;
  return frame.layout.cut_short ? cut_short(Format::kPng) : damaged(Format::kPng);
}

// Upright, over white.
Result<Image> PngAnimation::shown() const {
  const int width = canvas_.width();
  Result<UprightRows> rows = UprightRows::open(width, canvas_.height(), orientation_);
  if (!rows) return rows.error();
  for (int y = 0; y < canvas_.height(); ++y) {
    std::memcpy(rows->row(), canvas_.view().row(y), static_cast<std::size_t>(width) * kChannels);
    compose_over_white(rows->row(), static_cast<std::size_t>(width));
    rows->next();
  }
  return rows->finish();
}

Result<AnimationFrame> PngAnimation::next() {
  ++read_;
  undo_.apply(canvas_);
  const std::optional<PngFrame> frame = next_png_frame(bytes_, layout_, at_);
  if (!frame) return damaged(Format::kPng);
  const Result<bool> drawn = draw(*frame);
  if (!drawn) {
    told_ = told_ || frame->layout.cut_short;
    return drawn.error();
  }
  Result<Image> image = shown();
  if (!image) return image.error();
  return AnimationFrame{std::move(*image), frame->delay_ms};
}

std::optional<Error> PngAnimation::missing() const {
  if (!layout_.cut_short || told_) return std::nullopt;
  return cut_short(Format::kPng);
}

}  // namespace masklens
