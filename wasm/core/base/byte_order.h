// Numbers out of the bytes of a file, in either byte order. Precondition: at + width <= size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace masklens {

using ByteSpan = std::span<const std::uint8_t>;

inline std::uint32_t big16(ByteSpan bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline std::uint32_t big32(ByteSpan bytes, std::size_t at) {
  return big16(bytes, at) << 16 | big16(bytes, at + 2);
}

inline std::uint32_t little16(ByteSpan bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at] | bytes[at + 1] << 8);
}

inline std::uint32_t little32(ByteSpan bytes, std::size_t at) {
  return little16(bytes, at) | little16(bytes, at + 2) << 16;
}

}  // namespace masklens
