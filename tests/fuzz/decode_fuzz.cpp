// Files into the decoders and the reader of EXIF: a whole picture or an error, within the limits;
// of an animated PNG each frame.
#include <utility>
#include <vector>

#include "core/base/byte_order.h"
#include "core/codec/decode.h"
#include "core/codec/exif.h"
#include "fuzz.h"

namespace {

// Small, so that a header that announces a large picture costs nothing; those of tests/fixtures
// fit.
constexpr std::int64_t kMostPixels = 160 * 112;

masklens::DecodeLimits small_limits() {
  masklens::DecodeLimits limits;
  limits.max_pixels = kMostPixels;
  return limits;
}

// With the checksums of a PNG's chunks put right: what the fuzzer changes would seldom be looked
// at.
std::vector<std::uint8_t> with_checksums(std::vector<std::uint8_t> bytes) {
  if (bytes.size() < 8 || bytes[0] != 0x89 || bytes[1] != 'P') return bytes;
  for (std::size_t at = 8; bytes.size() - at >= 12;) {
    const std::size_t length = masklens::big32(bytes, at);
    if (length > bytes.size() - at - 12) break;
    std::uint32_t crc = ~0U;
    for (std::size_t i = at + 4; i < at + 8 + length; ++i) {
      crc ^= bytes[i];
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[at + 8 + length + i] = static_cast<std::uint8_t>(~crc >> (24 - 8 * i));
    }
    at += 12 + length;
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> copy(data, data + size);
  // Those of odd lengths as they are.
  if (size % 2 == 0) copy = with_checksums(std::move(copy));
  const std::span<const std::uint8_t> bytes(copy);
  const auto image = masklens::decode(bytes, small_limits());
  if (image) {
    masklens::fuzz::must_be_whole(*image);
    masklens::fuzz::must(std::int64_t{image->width()} * image->height() <= kMostPixels);
  } else {
    masklens::fuzz::must(!image.error().message.empty());
  }
  const int orientation = masklens::exif_orientation(bytes);
  masklens::fuzz::must(orientation >= 1 && orientation <= 8);
  masklens::fuzz::must(masklens::frame_count(bytes) >= 0);
  masklens::Result<masklens::PngAnimation> animation = masklens::open_png(bytes, small_limits());
  constexpr int kMostFrames = 4;
  for (int i = 0; animation && i < kMostFrames && !animation->done(); ++i) {
    const auto frame = animation->next();
    if (frame) masklens::fuzz::must_be_whole(frame->image);
  }
  return 0;
}
