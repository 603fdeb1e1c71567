#include "core/codec/png_checksum.h"

namespace masklens {

PngChecksum::PngChecksum() {
  for (std::uint32_t i = 0; i < kTable; ++i) {
    tables_[i] = i;
    for (int bit = 0; bit < 8; ++bit)
      tables_[i] = tables_[i] >> 1 ^ (tables_[i] & 1 ? 0xEDB88320U : 0);
  }
  for (std::size_t i = 0; i < 7 * kTable; ++i) tables_[i + kTable] = next(tables_[i], 0);
}

bool PngChecksum::fits(ByteSpan bytes, std::size_t at) const {
  const std::size_t end = at + 8 + big32(bytes, at);
  std::uint32_t crc = ~0U;
  const auto part = [this](std::uint32_t four, std::size_t behind) {
    const auto* tables = &tables_[behind * kTable];
    return tables[3 * kTable + (four & 255)] ^ tables[2 * kTable + (four >> 8 & 255)] ^
           tables[kTable + (four >> 16 & 255)] ^ tables[four >> 24];
  };
  for (at += 4; end - at >= 8; at += 8) {
    crc = part(crc ^ little32(bytes, at), 4) ^ part(little32(bytes, at + 4), 0);
  }
  for (; at < end; ++at) crc = next(crc, bytes[at]);
  return ~crc == big32(bytes, end);
}

}  // namespace masklens
