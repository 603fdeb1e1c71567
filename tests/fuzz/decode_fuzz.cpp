// Files into the decoders and the reader of EXIF: a whole picture or an error, within the limits;
// of an animated PNG each frame.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
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
