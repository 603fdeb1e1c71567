#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/byte_order.h"

namespace masklens {

// Whether chunks are what was written (PNG, annex D). zlib's own brings tables of 40 KB.
class PngChecksum {
 public:
  PngChecksum();

  // Of the chunk at `at`, which is whole.
  bool fits(ByteSpan bytes, std::size_t at) const;

 private:
  static constexpr std::size_t kTable = 256;

  std::uint32_t next(std::uint32_t crc, std::uint8_t byte) const {
    return crc >> 8 ^ tables_[(crc ^ byte) & 255];
  }

  // What a byte makes of the checksum, when it is followed by 0 to 7 others.
  std::array<std::uint32_t, 8 * kTable> tables_;
};

}  // namespace masklens
