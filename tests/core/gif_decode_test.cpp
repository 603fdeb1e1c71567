#include "core/codec/gif_decode.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fixtures.h"

namespace masklens {
namespace {

using File = std::vector<std::uint8_t>;

// Builds GIF files block by block. Colours: 0 red, 1 green, 2 blue, 3 grey.
class Builder {
 public:
  Builder(int width, int height, bool palette = true) {
    text("GIF89a");
    number(width);
    number(height);
    byte(palette ? 0x81 : 0).byte(0).byte(0);
    if (palette) colours();
  }

  Builder& byte(int value) {
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Builder& text(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }
  Builder& number(int value) { return byte(value & 255).byte(value >> 8); }

  Builder& control(int disposal, int delay, int transparent = -1) {
    byte(0x21).byte(0xF9).byte(4).byte(disposal << 2 | (transparent >= 0 ? 1 : 0));
    return number(delay).byte(std::max(transparent, 0)).byte(0);
  }
  Builder& loop(int count, std::string_view name = "NETSCAPE2.0") {
    return byte(0x21).byte(0xFF).byte(11).text(name).byte(3).byte(1).number(count).byte(0);
  }
  Builder& descriptor(int x, int y, int width, int height, int flags = 0) {
    return byte(0x2C).number(x).number(y).number(width).number(height).byte(flags);
  }
  // Codes without strings of more than one colour: a clear code before each.
  Builder& pixels(const std::vector<int>& indices, int root_bits = 2) {
    std::vector<int> codes;
    for (const int index : indices) codes.insert(codes.end(), {1 << root_bits, index});
    codes.push_back((1 << root_bits) + 1);
    // After a clear code and one colour of one bit, codes have three.
    return chain(codes, root_bits, root_bits == 1);
  }
  Builder& chain(const std::vector<int>& codes, int root_bits, bool grow_after_colour = false) {
    File packed;
    unsigned bits = 0;
    int count = 0;
    int width = root_bits + 1;
    for (const int code : codes) {
      bits |= static_cast<unsigned>(code) << count;
      count += width;
      if (grow_after_colour) width = code == 1 << root_bits ? root_bits + 1 : root_bits + 2;
      for (; count >= 8; count -= 8, bits >>= 8) packed.push_back(bits & 255);
    }
    packed.push_back(bits & 255);
    byte(root_bits);
    for (std::size_t at = 0; at < packed.size(); at += 255) {
      const std::size_t size = std::min<std::size_t>(packed.size() - at, 255);
      byte(static_cast<int>(size));
      bytes_.insert(bytes_.end(), packed.begin() + static_cast<std::ptrdiff_t>(at),
                    packed.begin() + static_cast<std::ptrdiff_t>(at + size));
    }
    return byte(0);
  }
  Builder& frame(int x, int y, int width, int height, int colour) {
    return descriptor(x, y, width, height)
        .pixels(std::vector<int>(static_cast<std::size_t>(width * height), colour));
  }
  File file() const {
    File whole = bytes_;
    whole.push_back(0x3B);
    return whole;
  }
  File without_trailer() const { return bytes_; }

 private:
  void colours() {
    for (const int value : {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9}) byte(value);
  }
  File bytes_;
};

// What every frame shows, "error" for one that is damaged; one error alone where nothing opens.
std::vector<std::string> frames_of(const File& file, std::vector<int>* delays = nullptr) {
  Result<GifReader> gif = GifReader::open(file);
  if (!gif) return {std::string(code_name(gif.error().code))};
  std::vector<std::string> frames;
  while (!gif->done()) {
    const Result<AnimationFrame> frame = gif->next();
    frames.push_back(frame ? test::letters(frame->image) : "error");
    if (frame && delays != nullptr) delays->push_back(frame->delay_ms);
  }
  EXPECT_EQ(static_cast<int>(frames.size()), gif->frame_count());
  return frames;
}

using Frames = std::vector<std::string>;

// Every expectation in this file is what Chromium 156 shows.

TEST(GifReader, TheFirstFrameMakesTheCanvasLargerAndLaterOnesAreClipped) {
  const std::string four = "RRRR/RRRR/RRRR/RRRR";
  EXPECT_EQ(frames_of(Builder(0, 0).frame(0, 0, 4, 4, 0).file()), Frames{four});
  EXPECT_EQ(frames_of(Builder(0, 3).frame(0, 0, 4, 4, 0).file()), Frames{four});
  EXPECT_EQ(frames_of(Builder(2, 2).frame(1, 1, 2, 2, 0).file()), Frames{".../.RR/.RR"});
  EXPECT_EQ(frames_of(Builder(2, 2).frame(2, 2, 1, 1, 0).frame(0, 0, 2, 2, 1).file()),
            (Frames{".../.../..R", "GG./GG./..R"}));
  EXPECT_EQ(frames_of(Builder(2, 2).frame(0, 0, 1, 1, 0).frame(1, 0, 4, 4, 1).file()),
            (Frames{"R./..", "RG/.G"}));
  EXPECT_EQ(frames_of(Builder(2, 2).frame(0, 0, 2, 2, 0).frame(7, 7, 2, 2, 1).file()),
            (Frames{"RR/RR", "RR/RR"}));
}

TEST(GifReader, ColoursThatNoPaletteHoldsAreBlack) {
  EXPECT_EQ(frames_of(Builder(2, 1, false).frame(0, 0, 2, 1, 1).file()), Frames{"KK"});
  Builder local(2, 1);
  local.descriptor(0, 0, 2, 1, 0x80);
  for (const int value : {0, 255, 0, 255, 0, 0}) local.byte(value);
  EXPECT_EQ(frames_of(local.pixels({0, 3}).file()), Frames{"GK"});
}

TEST(GifReader, EveryWidthOfColoursFromOneBitToEight) {
  for (int bits = 1; bits <= 8; ++bits) {
    EXPECT_EQ(frames_of(Builder(4, 1).descriptor(0, 0, 4, 1).pixels({0, 1, 1, 0}, bits).file()),
              Frames{"RGGR"})
        << bits;
  }
  for (const int bits : {0, 9, 12, 255}) {
    Builder wrong(1, 1);
    wrong.descriptor(0, 0, 1, 1).byte(bits).byte(1).byte(1).byte(0);
    EXPECT_EQ(frames_of(wrong.file()), Frames{"error"}) << bits;
  }
}

TEST(GifReader, DisposalThreeAndFourGoBackAndHigherOnesStay) {
  for (int disposal = 0; disposal < 8; ++disposal) {
    const File file = Builder(4, 4)
                          .control(1, 10)
                          .frame(0, 0, 4, 4, 0)
                          .control(disposal, 10)
                          .frame(1, 1, 2, 2, 1)
                          .control(1, 10)
                          .frame(0, 0, 1, 1, 2)
                          .file();
    const std::string last = disposal == 2                    ? "BRRR/R..R/R..R/RRRR"
                             : disposal == 3 || disposal == 4 ? "BRRR/RRRR/RRRR/RRRR"
                                                              : "BRRR/RGGR/RGGR/RRRR";
    EXPECT_EQ(frames_of(file), (Frames{"RRRR/RRRR/RRRR/RRRR", "RRRR/RGGR/RGGR/RRRR", last}))
        << disposal;
  }
  // Before the first frame there was nothing.
  EXPECT_EQ(
      frames_of(Builder(2, 1).control(3, 10).frame(0, 0, 2, 1, 0).frame(0, 0, 1, 1, 1).file()),
      (Frames{"RR", "G."}));
}

TEST(GifReader, ADamagedFrameKeepsNoOtherFromBeingShown) {
  // After one colour, 6 is the next code to get a meaning.
  const std::vector<int> bad = {4, 0, 7};
  const auto file = [&](const std::vector<int>& codes) {
    Builder gif(2, 2);
    gif.control(1, 10).frame(0, 0, 2, 2, 3);
    gif.control(3, 10).descriptor(0, 0, 2, 2).chain(codes, 2);
    return gif.control(1, 10).frame(0, 0, 1, 1, 2).file();
  };
  EXPECT_EQ(frames_of(file(bad)), (Frames{"99/99", "error", "B9/99"}));
  EXPECT_EQ(frames_of(file({4, 0, 1, 5})), (Frames{"99/99", "error", "B9/99"}));  // too few
  EXPECT_EQ(frames_of(file({4, 5})), (Frames{"99/99", "error", "B9/99"}));
  EXPECT_EQ(frames_of(file({4, 0, 4, 1, 4, 2, 4, 0, 4, 0, 4, 0})),
            (Frames{"99/99", "RG/BR", "B9/99"}));  // too many
  // The picture of the file is its first frame.
  const Result<Image> refused =
      decode(Builder(2, 2).descriptor(0, 0, 2, 2).chain(bad, 2).frame(0, 0, 2, 2, 1).file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadImage);
}

// As browsers: more than 8 bits a colour.
TEST(GifReader, NoFrameComesBehindAWrongWidthOfColours) {
  const File file = Builder(2, 2)
                        .frame(0, 0, 2, 2, 0)
                        .descriptor(0, 0, 2, 2)
                        .byte(9)
                        .byte(1)
                        .byte(0)
                        .byte(0)
                        .frame(0, 0, 2, 2, 1)
                        .file();
  EXPECT_EQ(frames_of(file), (Frames{"RR/RR", "error"}));
}

TEST(GifReader, AFileThatEndsEarlyNamesTheFrameThatIsCut) {
  const File first = Builder(2, 2).frame(0, 0, 2, 2, 0).without_trailer();
  const File whole = Builder(2, 2).frame(0, 0, 2, 2, 0).frame(0, 0, 2, 2, 1).without_trailer();
  EXPECT_EQ(frames_of(whole), (Frames{"RR/RR", "GG/GG"}));
  for (std::size_t size = first.size(); size < whole.size(); ++size) {
    const File cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const Frames frames = frames_of(cut);
    const bool begun = size >= first.size() + 10;  // its descriptor is there
    // The last byte is the chain's end, without which no pixel is missing.
    const std::string second = size + 3 > whole.size() ? "GG/GG" : "error";
    EXPECT_EQ(frames, begun ? (Frames{"RR/RR", second}) : Frames{"RR/RR"}) << size;
  }
  for (std::size_t size = 6; size + 3 < first.size(); ++size) {
    const Result<Image> refused = decode(std::span(first).first(size));
    ASSERT_FALSE(refused) << size;
    EXPECT_NE(refused.error().message.find("cut short"), std::string::npos) << size;
  }
}

TEST(GifReader, WhatIsNoBlockEndsTheFile) {
  Builder junk(2, 2);
  junk.frame(0, 0, 2, 2, 0).byte(0x77).frame(0, 0, 2, 2, 1);
  EXPECT_EQ(frames_of(junk.file()), Frames{"RR/RR"});
  Builder control(2, 2);
  control.byte(0x21).byte(0xF9).byte(3).byte(4).byte(10).byte(0).byte(0).frame(0, 0, 2, 2, 0);
  EXPECT_EQ(frames_of(control.file()), Frames{"bad-image"});
  EXPECT_EQ(frames_of(Builder(2, 2).file()), Frames{"bad-image"});
}

TEST(GifReader, TransparencyAndEmptyFrames) {
  EXPECT_EQ(frames_of(Builder(2, 1)
                          .control(1, 10, 0)
                          .frame(0, 0, 2, 1, 0)
                          .control(1, 10)
                          .frame(0, 0, 1, 1, 1)
                          .file()),
            (Frames{"..", "G."}));
  EXPECT_EQ(frames_of(Builder(2, 1).descriptor(0, 0, 0, 0).pixels({0}).frame(0, 0, 2, 1, 1).file()),
            (Frames{"..", "GG"}));
}

TEST(GifReader, InterlacedRowsFindTheirPlaceInsideTheCanvasToo) {
  Builder gif(2, 9);
  gif.frame(0, 0, 1, 1, 0).descriptor(1, 3, 3, 9, 0x40);
  gif.pixels({0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 1, 1, 1});
  EXPECT_EQ(frames_of(gif.file()),
            (Frames{"R./../../../../../../../..", "R./../../.R/.G/.9/.B/.B/.9"}));
}

TEST(GifReader, LoopsAndDelaysAreThoseOfTheFile) {
  const auto loop = [](Builder gif) {
    const Result<GifReader> reader = GifReader::open(gif.frame(0, 0, 1, 1, 0).file());
    return reader ? reader->loop() : -2;
  };
  EXPECT_EQ(loop(Builder(1, 1)), -1);
  EXPECT_EQ(loop(Builder(1, 1).loop(0)), 0);
  EXPECT_EQ(loop(Builder(1, 1).loop(3)), 3);
  EXPECT_EQ(loop(Builder(1, 1).loop(5, "ANIMEXTS1.0")), 5);
  EXPECT_EQ(loop(Builder(1, 1).loop(5, "SOMETHING99")), -1);
  EXPECT_EQ(loop(Builder(1, 1).frame(0, 0, 1, 1, 0).loop(65535)), 65535);
  std::vector<int> delays;
  frames_of(Builder(1, 1)
                .control(0, 0)
                .frame(0, 0, 1, 1, 0)
                .control(0, 1)
                .frame(0, 0, 1, 1, 0)
                .control(0, 65535)
                .frame(0, 0, 1, 1, 0)
                .frame(0, 0, 1, 1, 0)
                .file(),
            &delays);
  EXPECT_EQ(delays, (std::vector<int>{0, 10, 655350, 0}));
  EXPECT_EQ(played_ms(0), 100);
  EXPECT_EQ(played_ms(10), 100);
  EXPECT_EQ(played_ms(20), 20);
}

TEST(GifReader, AGiantFrameCostsWhatTheCanvasShows) {
  // Strings grow to thousands of colours: 1.5 MB stand for the four billion pixels of the frame.
  std::vector<int> codes;
  for (int i = 0; i < 400; ++i) {
    codes.push_back(4);
    codes.push_back(0);
  }
  Builder second(1, 1);
  second.frame(0, 0, 1, 1, 0).descriptor(0, 0, 65535, 65535).chain(codes, 2);
  EXPECT_EQ(frames_of(second.file()), (Frames{"R", "error"}));  // 400 of 65535: too few
  const Result<GifReader> first =
      GifReader::open(Builder(1, 1).descriptor(0, 0, 65535, 65535).chain(codes, 2).file());
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kImageTooLarge);
}

}  // namespace
}  // namespace masklens
