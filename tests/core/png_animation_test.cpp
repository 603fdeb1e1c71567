#include "core/codec/png_animation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/codec/decode.h"
#include "fixtures.h"
#include "png_files.h"

namespace masklens {
namespace {

using namespace test::png;

File animated(std::uint32_t frames, std::uint32_t plays) {
  return chunk("acTL", number(frames) + number(plays));
}

// The greys of a frame's pixels, rows parted by slashes; white is a point. The code of its error
// where there is none.
std::vector<std::string> frames_of(const File& file) {
  std::vector<std::string> out;
  Result<PngAnimation> animation = open_png(file);
  if (!animation) return {std::string(code_name(animation.error().code))};
  while (!animation->done()) {
    const Result<AnimationFrame> frame = animation->next();
    if (!frame) {
      out.emplace_back(code_name(frame.error().code));
      continue;
    }
    EXPECT_EQ(frame->image.width(), animation->width());
    EXPECT_EQ(frame->delay_ms, 100);
    out.push_back(test::shown(frame->image, [](const std::uint8_t* pixel) {
      return pixel[0] == 255 ? "." : std::to_string(pixel[0]);
    }));
  }
  return out;
}

using Frames = std::vector<std::string>;

const File kBegin = kSignature + header(3, 2);

TEST(PngAnimation, FramesAreKeptClearedAndRestored) {
  const File one = pixels(1, 1, 5);
  EXPECT_EQ(
      frames_of(kBegin + animated(4, 0) + control(0, 3, 2, 0, 0) + chunk("IDAT", pixels(3, 2, 1)) +
                control(1, 1, 1, 0, 0, {1, 0}) + frame(2, one) + control(3, 1, 1, 1, 0, {2, 0}) +
                frame(4, one) + control(5, 1, 1, 2, 1) + frame(6, one) + kEnd),
      (Frames{"111/111", "511/111", ".51/111", ".11/115"}));
}

TEST(PngAnimation, AHiddenDefaultPictureIsNoFrame) {
  EXPECT_EQ(frames_of(kBegin + animated(2, 0) + chunk("IDAT", pixels(3, 2, 1)) +
                      control(0, 2, 1, 1, 1) + frame(1, pixels(2, 1, 6)) + control(2, 1, 1, 0, 0) +
                      frame(3, pixels(1, 1, 7)) + kEnd),
            (Frames{".../.66", "7../.66"}));
}

// Grey and alpha: half of what is there shows through, all of it, none.
TEST(PngAnimation, BlendsOverWhatIsThere) {
  const auto two = [](int grey, int alpha) {
    return stored({0, static_cast<std::uint8_t>(grey), static_cast<std::uint8_t>(alpha)});
  };
  const File begin = kSignature + chunk("IHDR", number(1) + number(1) + File{8, 4, 0, 0, 0});
  EXPECT_EQ(frames_of(begin + animated(5, 0) + control(0, 1, 1, 0, 0) +
                      chunk("IDAT", two(100, 255)) + control(1, 1, 1, 0, 0, {0, 1}) +
                      frame(2, two(200, 128)) + control(3, 1, 1, 0, 0, {0, 1}) +
                      frame(4, two(9, 0)) + control(5, 1, 1, 0, 0, {0, 0}) + frame(6, two(0, 51)) +
                      control(7, 1, 1, 0, 0, {0, 1}) + frame(8, two(30, 255)) + kEnd),
            (Frames{"100", "150", "150", "204", "30"}));
}

TEST(PngAnimation, ADamagedFrameKeepsTheOthersFromNothing) {
  const File bad = stored({7, 7, 7});  // no such filter
  const File start = kBegin + animated(3, 0) + control(0, 3, 2, 0, 0) +
                     chunk("IDAT", pixels(3, 2, 1)) + control(1, 1, 1, 0, 0);
  const File end = control(3, 1, 1, 1, 0) + frame(4, pixels(1, 1, 5));
  EXPECT_EQ(frames_of(start + frame(2, bad) + end + kEnd),
            (Frames{"111/111", "bad-image", "151/111"}));
  // One without data gives way to the next one, and a number that is left out ends it.
  EXPECT_EQ(frames_of(start + control(2, 1, 1, 1, 0) + frame(3, pixels(1, 1, 5)) + kEnd),
            (Frames{"111/111", "151/111"}));
  EXPECT_EQ(frames_of(start + end + kEnd), (Frames{"111/111"}));
  const File whole = start + frame(2, pixels(1, 1, 4)) + end;
  const File cut(whole.begin(), whole.end() - 8);
  EXPECT_EQ(frames_of(cut), (Frames{"111/111", "411/111", "bad-image"}));
}

// As Chromium 156 has it.
TEST(PngAnimation, NoFrameComesBehindWhatIsNotAsItShouldBe) {
  const File data = pixels(3, 2, 1);
  const File start = kBegin + animated(2, 0) + control(0, 3, 2, 0, 0) + chunk("IDAT", data);
  const File last = frame(2, pixels(1, 1, 5));
  const File end = control(1, 1, 1, 0, 0) + last;
  EXPECT_EQ(frames_of(start + end + chunk("IDAT", data) + kEnd), (Frames{"111/111", "511/111"}));
  File damaged_control = control(1, 1, 1, 0, 0);
  damaged_control.back() ^= 1;
  const File content = number(1) + number(1) + number(1) + number(0) + number(0);
  for (const File& other :
       {frame(9, data), frame(9, {}), chunk("fdAT", {1}), chunk("ABCD", {}), damaged_control + last,
        control(2, 1, 1, 0, 0), control(1, 1, 1, 3, 0), control(1, 1, 1, 0, 0, {3, 0}),
        control(1, 1, 1, 0, 0, {0, 2}), chunk("fcTL", content)}) {
    EXPECT_EQ(frames_of(start + other + end + kEnd), (Frames{"111/111"}));
  }
  EXPECT_EQ(frames_of(start + chunk("abCD", {}) + end + kEnd), (Frames{"111/111", "511/111"}));
  // The first one has the size of the canvas, and number 0.
  for (const File& first :
       {control(0, 1, 1, 0, 0), control(1, 3, 2, 0, 0), chunk("fcTL", content)}) {
    EXPECT_FALSE(decode(kBegin + animated(2, 0) + first + chunk("IDAT", data) + end + kEnd));
  }
  // Of what is announced, so many.
  EXPECT_EQ(frame_count(kBegin + animated(1, 0) + control(0, 3, 2, 0, 0) + chunk("IDAT", data) +
                        end + kEnd),
            1);
}

TEST(PngAnimation, RepetitionsAreThosePlayedAfterTheFirst) {
  for (const auto& [plays, loop] : {std::pair{0U, 0}, {1U, -1}, {3U, 2}, {0xFFFFFFFFU, 0}}) {
    const File file = kBegin + animated(1, plays) + control(0, 3, 2, 0, 0) +
                      chunk("IDAT", pixels(3, 2, 1)) + kEnd;
    const Result<PngAnimation> animation = open_png(file);
    ASSERT_TRUE(animation);
    EXPECT_EQ(animation->loop(), loop) << plays;
    EXPECT_EQ(animation->frame_count(), 1);
  }
}

TEST(PngAnimation, IsTurnedAsExifSays) {
  const File exif = chunk("eXIf", {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0,
                                   3,   0,   0, 0,  1, 0, 6, 0, 0, 0, 0, 0,    0});
  EXPECT_EQ(frames_of(kBegin + exif + animated(2, 0) + control(0, 3, 2, 0, 0) +
                      chunk("IDAT", pixels(3, 2, 1)) + control(1, 1, 1, 0, 0) +
                      frame(2, pixels(1, 1, 5)) + kEnd),
            (Frames{"11/11/11", "15/11/11"}));
}

TEST(PngAnimation, OtherFilesAreRefused) {
  const Result<PngAnimation> gif = open_png(test::read_fixture("animated.gif"));
  ASSERT_FALSE(gif);
  EXPECT_EQ(gif.error().code, ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(frames_of({}), (Frames{"bad-image"}));
}

}  // namespace
}  // namespace masklens
