#include "core/codec/gif_lzw.h"

namespace masklens {
namespace {

constexpr int kMaxCodeBits = 12;
static_assert(GifStrings::kLongest == 1 << kMaxCodeBits);

}  // namespace

GifStrings::GifStrings(ByteSpan bytes, std::size_t at, int root_bits)
    : bytes_(bytes),
      at_(at),
      root_bits_(root_bits),
      width_(root_bits + 1),
      known_((1 << root_bits) + 2) {
  for (std::size_t i = 0; i < std::size_t{1} << root_bits; ++i) {
    first_[i] = static_cast<std::uint8_t>(i);
    last_[i] = static_cast<std::uint8_t>(i);
    length_[i] = 1;
  }
}

// Lowest bits first. Nothing at the chain's end.
std::optional<int> GifStrings::code() {
  while (count_ < width_) {
    if (left_ == 0) {
      left_ = at_ < bytes_.size() ? bytes_[at_++] : 0;
      if (left_ == 0) return std::nullopt;
    }
    if (at_ >= bytes_.size()) return std::nullopt;
    bits_ |= static_cast<std::uint32_t>(bytes_[at_++]) << count_;
    count_ += 8;
    --left_;
  }
  const int code = static_cast<int>(bits_ & ((1U << width_) - 1));
  bits_ >>= width_;
  count_ -= width_;
  return code;
}

GifStrings::Step GifStrings::next() {
  const int clear = 1 << root_bits_;
  std::optional<int> read = code();
  while (read && *read == clear) {
    width_ = root_bits_ + 1;
    known_ = clear + 2;
    string_ = -1;
    read = code();
  }
  if (!read || *read == clear + 1) return Step::kEnd;
  // A code that gets its meaning only now is the string before and its own first colour again.
  const bool repeats = *read == known_ && string_ >= 0 && known_ < kLongest;
  if (*read >= known_ && !repeats) return Step::kDamaged;
  if (string_ >= 0 && known_ < kLongest) {
    const auto before = static_cast<std::size_t>(string_);
    const auto fresh = static_cast<std::size_t>(known_++);
    prefix_[fresh] = static_cast<std::uint16_t>(before);
    length_[fresh] = static_cast<std::uint16_t>(length_[before] + 1);
    first_[fresh] = first_[before];
    last_[fresh] = repeats ? first_[before] : first_[static_cast<std::size_t>(*read)];
  }
  // With one bit a colour, the codes grow before the first of them gets a meaning.
  if (known_ == 1 << width_ && width_ < kMaxCodeBits) ++width_;
  string_ = *read;
  return Step::kString;
}

void GifStrings::write(std::uint8_t* out) const {
  auto at = static_cast<std::size_t>(string_);
  for (int i = length_[at] - 1; i > 0; --i, at = prefix_[at]) out[i] = last_[at];
  out[0] = last_[at];
}

}  // namespace masklens
