// Files that only lack their last marker hold the whole picture; files that were cut in the middle
// do not. They are told apart by decoding with ones in place of what is missing: no Huffman code is
// all ones (T.81, annex C), so decoding stops at the cut, and only there.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/byte_block.h"

namespace masklens {

inline constexpr std::array<std::uint8_t, 64> kOnes = [] {
  std::array<std::uint8_t, 64> ones{};  // a stuffed 0xFF each, more than the decoder reads ahead
  for (std::size_t i = 0; i < ones.size(); i += 2) ones[i] = 0xFF;
  return ones;
}();

// A copy of the bytes with kOnes behind them; null without memory.
inline ByteBlock with_ones_behind(std::span<const std::uint8_t> bytes) {
  ByteBlock copy = allocate_bytes(bytes.size() + kOnes.size());
  if (copy)
    std::copy(kOnes.begin(), kOnes.end(), std::copy(bytes.begin(), bytes.end(), copy.get()));
  return copy;
}

}  // namespace masklens
