#include "core/codec/gif_encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/annotate/draw.h"
#include "core/codec/gif_decode.h"
#include "fixtures.h"

namespace masklens {
namespace {

using test::decode_fixture;
using test::difference;

std::vector<Image> frames_of(const ByteBuffer& gif, std::vector<int>* delays = nullptr) {
  test::Frames frames = test::frames_of(gif.view());
  if (delays != nullptr) *delays = frames.delays_ms;
  return std::move(frames.images);
}

// A picture whose pixels take `colours` different colours in an order without pattern.
Image noise(int width, int height, unsigned colours, unsigned seed) {
  Result<Image> image = Image::allocate(width, height);
  EXPECT_TRUE(image);
  for (std::size_t i = 0; i < image->bytes(); i += kChannels) {
    seed = seed * 1664525 + 1013904223;
    const unsigned colour = (seed >> 16) % colours;
    image->data()[i] = static_cast<std::uint8_t>(colour * 7);
    image->data()[i + 1] = static_cast<std::uint8_t>(colour);
    image->data()[i + 2] = static_cast<std::uint8_t>(255 - colour / 2);
    image->data()[i + 3] = 255;
  }
  return std::move(*image);
}

TEST(GifEncode, FramesOfFewColoursAreExactAndKeepTheirDelays) {
  const test::Frames source = test::frames_of(test::read_fixture("animated.gif"));
  ASSERT_EQ(source.images.size(), 5U);
  GifEncoder encoder(source.images[0].width(), source.images[0].height());
  for (std::size_t i = 0; i < source.images.size(); ++i) {
    encoder.add(source.images[i].view(), source.delays_ms[i]);
  }
  const Result<ByteBuffer> gif = encoder.finish();
  ASSERT_TRUE(gif);
  std::vector<int> delays;
  const std::vector<Image> back = frames_of(*gif, &delays);
  EXPECT_EQ(delays, source.delays_ms);
  ASSERT_EQ(back.size(), source.images.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(difference(back[i].view(), source.images[i].view()).largest, 0) << "frame " << i;
  }
  // Only the patches that change are stored.
  EXPECT_LT(gif->size(), 2 * test::read_fixture("animated.gif").size());
}

// From one colour to 256, through every width of codes and full dictionaries.
TEST(GifEncode, EveryNumberOfColoursSurvivesTheDictionary) {
  for (const unsigned colours : {1U, 2U, 3U, 4U, 5U, 16U, 17U, 64U, 128U, 129U, 255U, 256U}) {
    for (const int side : {1, 7, 120}) {
      GifEncoder encoder(side, side);
      const Image first = noise(side, side, colours, 1);
      const Image second = noise(side, side, std::min(colours, 255U), 2);
      encoder.add(first.view(), 20);
      encoder.add(second.view(), 20);
      const Result<ByteBuffer> gif = encoder.finish();
      ASSERT_TRUE(gif);
      const std::vector<Image> back = frames_of(*gif);
      ASSERT_EQ(back.size(), 2U);
      EXPECT_EQ(difference(back[0].view(), first.view()).largest, 0) << colours << ", " << side;
      EXPECT_EQ(difference(back[1].view(), second.view()).largest, 0) << colours << ", " << side;
    }
  }
}

TEST(GifEncode, PhotosAreCloseWithTwoHundredFiftySixColours) {
  for (const char* name : {"photos/maksssksksss373.jpg", "photos/maksssksksss523.jpg"}) {
    const Image photo = decode_fixture(name);
    GifEncoder encoder(photo.width(), photo.height());
    encoder.add(photo.view(), 100);
    const Result<ByteBuffer> gif = encoder.finish();
    ASSERT_TRUE(gif);
    const std::vector<Image> back = frames_of(*gif);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_LT(difference(back[0].view(), photo.view()).mean, 4) << name;
  }
}

TEST(GifEncode, AFrameThatChangesLittleCostsLittle) {
  Image photo = decode_fixture("photos/maksssksksss523.jpg");
  const auto size_with = [&](int frames, bool moving) {
    GifEncoder encoder(photo.width(), photo.height());
    for (int i = 0; i < frames; ++i) {
      Result<Image> frame = photo.clone();
      EXPECT_TRUE(frame);
      Face face;
      face.box = {60 + 4.0f * static_cast<float>(moving ? i : 0), 60, 60, 60};
      draw_faces(*frame, std::vector{face});
      encoder.add(frame->view(), 40);
    }
    const Result<ByteBuffer> gif = encoder.finish();
    EXPECT_TRUE(gif);
    return gif ? gif->size() : 0;
  };
  const std::size_t one = size_with(1, false);
  EXPECT_LT(size_with(5, false), one + 4 * 850);  // a palette and nothing else each
  EXPECT_LT(size_with(5, true), 2 * one);
}

TEST(GifEncode, DelaysAreRoundedAndBounded) {
  const Image image = noise(4, 4, 4, 1);
  GifEncoder encoder(4, 4);
  for (const int delay : {0, 4, 5, 33, 40, -7, 2'000'000'000}) encoder.add(image.view(), delay);
  const Result<ByteBuffer> gif = encoder.finish();
  ASSERT_TRUE(gif);
  std::vector<int> delays;
  frames_of(*gif, &delays);
  EXPECT_EQ(delays, (std::vector<int>{0, 0, 10, 30, 40, 0, 655350}));
}

TEST(GifEncode, PartsTakenAfterEveryFrameAreTheSameFile) {
  const auto encode = [](bool in_parts, int loop) {
    GifEncoder encoder(20, 10, loop);
    std::vector<std::uint8_t> file;
    const auto append = [&](const ByteBuffer& part) {
      file.insert(file.end(), part.view().begin(), part.view().end());
    };
    for (unsigned i = 0; i < 4; ++i) {
      encoder.add(noise(20, 10, 200, i).view(), 40);
      if (in_parts) append(encoder.take());
    }
    const Result<ByteBuffer> rest = encoder.finish();
    EXPECT_TRUE(rest);
    if (rest) append(*rest);
    return file;
  };
  for (const int loop : {-1, 0, 3}) {
    const std::vector<std::uint8_t> whole = encode(false, loop);
    EXPECT_EQ(encode(true, loop), whole);
    EXPECT_EQ(scan_gif(whole).loop, loop);
    EXPECT_EQ(scan_gif(whole).frames, 4);
  }
}

TEST(GifEncode, MistakesAreToldAtTheEnd) {
  GifEncoder none(4, 4);
  const Result<ByteBuffer> nothing = none.finish();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kBadImage);
  GifEncoder mixed(4, 4);
  mixed.add(noise(4, 4, 4, 1).view(), 40);
  mixed.add(noise(5, 4, 4, 1).view(), 40);
  const Result<ByteBuffer> sizes = mixed.finish();
  ASSERT_FALSE(sizes);
  EXPECT_NE(sizes.error().message.find("5 x 4"), std::string::npos);
}

}  // namespace
}  // namespace masklens
