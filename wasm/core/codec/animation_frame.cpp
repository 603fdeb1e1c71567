#include "core/codec/animation_frame.h"

#include <cstddef>
#include <cstring>
#include <utility>

namespace masklens {
namespace {

std::size_t row_bytes(const PixelRect& rect) {
  return static_cast<std::size_t>(rect.width) * kChannels;
}

}  // namespace

bool Undo::prepare(const Image& canvas, const PixelRect& rect, Disposal disposal) {
  disposal_ = Disposal::kKeep;
  rect_ = rect;
  if (rect.width == 0 || rect.height == 0) return true;
  if (disposal == Disposal::kRestore) {
    if (covered_.width() != rect.width || covered_.height() != rect.height) {
      covered_ = Image();
      Result<Image> fresh = Image::allocate(rect.width, rect.height);
      if (!fresh) return false;
      covered_ = std::move(*fresh);
    }
    const std::size_t left = static_cast<std::size_t>(rect.x) * kChannels;
    for (int y = 0; y < rect.height; ++y) {
      std::memcpy(covered_.data() + static_cast<std::size_t>(y) * row_bytes(rect),
                  canvas.view().row(rect.y + y) + left, row_bytes(rect));
    }
  }
  disposal_ = disposal;
  return true;
}

void Undo::apply(Image& canvas) {
  if (disposal_ == Disposal::kKeep) return;
  const std::size_t row = row_bytes(rect_);
  for (int y = 0; y < rect_.height; ++y) {
    const std::size_t at =
        static_cast<std::size_t>(rect_.y + y) * static_cast<std::size_t>(canvas.width()) +
        static_cast<std::size_t>(rect_.x);
    std::uint8_t* const to = canvas.data() + at * kChannels;
    if (disposal_ == Disposal::kClear) {
      std::memset(to, 0, row);
    } else {
      std::memcpy(to, covered_.data() + static_cast<std::size_t>(y) * row, row);
    }
  }
  disposal_ = Disposal::kKeep;
}

}  // namespace masklens
