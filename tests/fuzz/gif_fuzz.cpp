// GIFs both ways: every frame of any file is whole or an error, and what the encoder writes of
// sound frames comes back as it was.
#include <algorithm>
#include <vector>

#include "core/codec/gif_decode.h"
#include "core/codec/gif_encode.h"
#include "fuzz.h"

namespace {

using masklens::ByteBuffer;
using masklens::GifReader;
using masklens::Image;
using masklens::Result;
using masklens::fuzz::must;

std::vector<Image> frames_of(std::span<const std::uint8_t> bytes) {
  masklens::DecodeLimits limits;
  limits.max_pixels = 160 * 112;  // as those of tests/fixtures
  std::vector<Image> frames;
  Result<GifReader> gif = GifReader::open(bytes, limits);
  if (!gif) {
    must(!gif.error().message.empty());
    return frames;
  }
  constexpr std::size_t kMostFrames = 8;
  int read = 0;
  while (!gif->done() && frames.size() < kMostFrames) {
    Result<masklens::AnimationFrame> frame = gif->next();
    must(++read <= gif->frame_count());
    if (!frame) continue;
    masklens::fuzz::must_be_whole(frame->image);
    must(frame->image.width() == gif->width() && frame->image.height() == gif->height());
    must(frame->delay_ms >= 0 && frame->delay_ms <= 655'350);
    frames.push_back(std::move(frame->image));
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Image> frames = frames_of({data, size});
  if (frames.empty()) return 0;
  const int loop = static_cast<int>(size % 5) - 1;
  masklens::GifEncoder encoder(frames[0].width(), frames[0].height(), loop);
  ByteBuffer file;
  for (const Image& frame : frames) {
    encoder.add(frame.view(), static_cast<int>(size % 7) * 10);
    file.append(encoder.take().view());
  }
  const Result<ByteBuffer> rest = encoder.finish();
  must(static_cast<bool>(rest));
  file.append(rest->view());
  must(masklens::scan_gif(file.view()).loop == loop);
  const std::vector<Image> back = frames_of(file.view());
  must(back.size() == frames.size());
  // The first frame of few colours is exact; later ones share their palettes with what was there.
  if (frames[0].bytes() <= 256 * masklens::kChannels) {
    must(std::equal(back[0].data(), back[0].data() + back[0].bytes(), frames[0].data()));
  }
  return 0;
}
