// The strings of colours that a frame of a GIF is made of (GIF89a specification, appendix F).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/byte_order.h"

namespace masklens {

// Reads one string after the other out of a chain of sub-blocks. A string costs the same whatever
// its length until it is asked for, so that what lies outside the picture costs next to nothing.
class GifStrings {
 public:
  static constexpr int kLongest = 4096;  // colours in a string

  enum class Step { kString, kEnd, kDamaged };

  // `at`: where the chain's first length byte lies. root_bits: 1 to 8, the colours' width.
  GifStrings(ByteSpan bytes, std::size_t at, int root_bits);

  // kEnd: the end code, or the chain's end.
  Step next();

  // Of the string read last.
  int length() const { return length_[static_cast<std::size_t>(string_)]; }

  // Its colours. out: kLongest.
  void write(std::uint8_t* out) const;

 private:
  std::optional<int> code();

  ByteSpan bytes_;
  std::size_t at_;
  std::size_t left_ = 0;  // bytes of the current sub-block
  std::uint32_t bits_ = 0;
  int count_ = 0;

  int root_bits_;
  int width_;  // of a code, in bits
  int known_;  // codes with a meaning
  int string_ = -1;
  // A string is another one and a colour more.
  std::array<std::uint16_t, kLongest> prefix_;
  std::array<std::uint16_t, kLongest> length_;
  std::array<std::uint8_t, kLongest> last_;
  std::array<std::uint8_t, kLongest> first_;
};

}  // namespace masklens
