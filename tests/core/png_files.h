// PNG files made byte by byte.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace masklens::test::png {

using File = std::vector<std::uint8_t>;
inline File number(std::uint32_t value) {
  File out;
  for (int i = 3; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return out;
}

inline File operator+(File a, const File& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// CRC-32 of a chunk's name and content.
inline std::uint32_t check(const File& content) {
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : content) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
  }
  return ~crc;
}

inline File chunk(std::string_view name, const File& body) {
  const File content = File(name.begin(), name.end()) + body;
  return number(static_cast<std::uint32_t>(body.size())) + content + number(check(content));
}

// One that was damaged on the way.
inline File damaged(std::string_view name, const File& body) {
  File out = chunk(name, body);
  out.back() ^= 1;
  return out;
}

// A zlib stream that stores its content as it is.
inline File stored(const File& content) {
  const auto size = static_cast<std::uint32_t>(content.size());
  const auto low = static_cast<std::uint8_t>(size);
  const auto high = static_cast<std::uint8_t>(size >> 8);
  return File{0x78,
              1,
              1,
              low,
              high,
              static_cast<std::uint8_t>(~low),
              static_cast<std::uint8_t>(~high)} +
         content + File{0, 0, 0, 0};
}

// width x height pixels of one grey.
inline File pixels(int width, int height, int grey) {
  File rows;
  for (int y = 0; y < height; ++y) {
    rows.push_back(0);
    rows.insert(rows.end(), static_cast<std::size_t>(width), static_cast<std::uint8_t>(grey));
  }
  return stored(rows);
}

inline const File kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
inline const File kEnd = chunk("IEND", {});

inline File header(std::uint32_t width, std::uint32_t height) {
  return chunk("IHDR", number(width) + number(height) + File{8, 0, 0, 0, 0});
}

// Shown for a tenth of a second. ways: disposal (0 keep, 1 clear, 2 restore) and blending (1 over).
inline File control(std::uint32_t order, std::uint32_t width, std::uint32_t height, std::uint32_t x,
                    std::uint32_t y, const File& ways = {0, 0}) {
  return chunk("fcTL", number(order) + number(width) + number(height) + number(x) + number(y) +
                           File{0, 1, 0, 10} + ways);
}

inline File frame(std::uint32_t order, const File& data) {
  return chunk("fdAT", number(order) + data);
}

}  // namespace masklens::test::png
