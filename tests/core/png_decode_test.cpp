#include "core/codec/png_decode.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/codec/png_chunks.h"
#include "fixtures.h"
#include "png_files.h"

namespace masklens {
namespace {

using namespace test::png;
using test::difference;

// A zlib stream in the fixed code, and no checksum. content: bytes below 144.
File coded_without_checksum(const File& content) {
  File out = {0x78, 1};
  int count = 0;
  const auto put = [&](int bit) {
    if (count % 8 == 0) out.push_back(0);
    out.back() = static_cast<std::uint8_t>(out.back() | bit << count % 8);
    ++count;
  };
  for (const int bit : {1, 1, 0}) put(bit);  // the last block, in the fixed code
  for (const std::uint8_t byte : content) {
    for (int i = 7; i >= 0; --i) put((0x30 + byte) >> i & 1);
  }
  for (int i = 0; i < 7; ++i) put(0);  // its end
  return out;
}

// The greys of the pixels, rows parted by slashes; the code of the error where there is none.
std::string shown(const File& file) {
  const Result<Image> image = decode(file);
  if (!image) return std::string(code_name(image.error().code));
  return test::shown(*image, [](const std::uint8_t* pixel) {
    return pixel[0] == 255 ? "." : std::to_string(pixel[0]);
  });
}

const File kTwo = pixels(2, 2, 7);

// Every expectation is what Chromium 156 shows, unless it says otherwise.

TEST(PngDecode, DataInPiecesOfAnySize) {
  const File begin = kSignature + header(2, 2);
  File bytes = begin;
  for (const std::uint8_t byte : kTwo) bytes = bytes + chunk("IDAT", {byte});
  EXPECT_EQ(shown(bytes + kEnd), "77/77");
  const File empty = chunk("IDAT", {});
  EXPECT_EQ(shown(begin + empty + chunk("IDAT", kTwo) + kEnd), "77/77");
  EXPECT_EQ(shown(begin + chunk("IDAT", kTwo) + empty + kEnd), "77/77");
  EXPECT_EQ(shown(begin + empty + empty + kEnd), "bad-image");
  EXPECT_EQ(shown(begin + chunk("IDAT", File(kTwo.begin(), kTwo.end() - 6)) + kEnd), "bad-image");
}

TEST(PngDecode, DataWithoutItsChecksumIsWhole) {
  const File data = coded_without_checksum({0, 7, 8, 0, 9, 10});
  EXPECT_EQ(shown(kSignature + header(2, 2) + chunk("IDAT", data) + kEnd), "78/910");
  const File cut(data.begin(), data.end() - 3);
  EXPECT_EQ(shown(kSignature + header(2, 2) + chunk("IDAT", cut) + kEnd), "bad-image");
}

TEST(PngDecode, TheLastColourStandsForThoseBehindIt) {
  const File begin = kSignature + chunk("IHDR", number(3) + number(1) + File{8, 3, 0, 0, 0}) +
                     chunk("PLTE", {9, 9, 9, 30, 30, 30});
  const File data = chunk("IDAT", stored({0, 0, 1, 2}));
  EXPECT_EQ(shown(begin + data + kEnd), "93030");
  EXPECT_EQ(shown(begin + chunk("tRNS", {255, 0}) + data + kEnd), "9..");
}

TEST(PngDecode, WhatIsDamagedBesideThePixelsIsNotObeyed) {
  const File begin = kSignature + chunk("IHDR", number(3) + number(1) + File{8, 3, 0, 0, 0});
  const File colours = {9, 9, 9, 30, 30, 30, 5, 5, 5};
  const File others = {1, 1, 1, 2, 2, 2, 3, 3, 3};
  const File pixels = chunk("IDAT", stored({0, 0, 1, 2}));
  const File data = pixels + kEnd;
  const File palette = chunk("PLTE", colours);
  const File clear = chunk("tRNS", {0});
  const File upside_down = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0,
                            3,   0,   0, 0,  1, 0, 3, 0, 0, 0, 0, 0,    0};
  EXPECT_EQ(shown(begin + palette + clear + data), ".305");
  EXPECT_EQ(shown(begin + palette + damaged("tRNS", {0}) + data), "9305");
  EXPECT_EQ(shown(begin + palette + chunk("eXIf", upside_down) + data), "5309");
  EXPECT_EQ(shown(begin + palette + damaged("eXIf", upside_down) + data), "9305");
  EXPECT_EQ(
      shown(begin + palette + damaged("eXIf", upside_down) + chunk("eXIf", upside_down) + data),
      "5309");
  EXPECT_EQ(shown(begin + damaged("PLTE", colours) + data), "bad-image");
  const File header = number(3) + number(1) + File{8, 3, 0, 0, 0};
  EXPECT_EQ(shown(kSignature + chunk("IHDR", header) + palette + data), "9305");
  EXPECT_EQ(shown(kSignature + damaged("IHDR", header) + palette + data), "bad-image");
  const File large = number(200'000) + number(1) + File{8, 3, 0, 0, 0};
  EXPECT_EQ(shown(kSignature + damaged("IHDR", large) + palette + data), "image-too-large");

  // Of two, the first one that is sound; where it belongs.
  const File second = chunk("tRNS", {255, 0});
  EXPECT_EQ(shown(begin + palette + clear + second + data), ".305");
  EXPECT_EQ(shown(begin + palette + damaged("tRNS", {0}) + second + data), "9.5");
  EXPECT_EQ(shown(begin + palette + chunk("tRNS", {}) + clear + data), ".305");
  EXPECT_EQ(shown(begin + clear + palette + data), "9305");
  EXPECT_EQ(shown(begin + palette + pixels + clear + kEnd), "9305");
  const File grey = kSignature + test::png::header(2, 1) + chunk("tRNS", {0, 7}) + palette;
  EXPECT_EQ(shown(grey + chunk("IDAT", stored({0, 7, 8})) + kEnd), ".8");
  EXPECT_EQ(shown(begin + palette + chunk("PLTE", others) + data), "bad-image");
  EXPECT_EQ(shown(begin + palette + pixels + chunk("PLTE", others) + kEnd), "9305");
  EXPECT_EQ(shown(begin + palette + pixels + damaged("PLTE", others) + kEnd), "9305");
  EXPECT_EQ(shown(begin + pixels + palette + kEnd), "bad-image");
  EXPECT_EQ(shown(begin + chunk("PLTE", {9, 9, 9, 30, 30, 30, 5, 5}) + data), "93030");
}

TEST(PngDecode, AnAnimationWhoseBeginningIsDamagedIsAStill) {
  const File rest =
      chunk("IDAT", pixels(1, 1, 1)) + control(0, 1, 1, 0, 0) + frame(1, pixels(1, 1, 2)) + kEnd;
  const File content = number(1) + number(0);
  EXPECT_EQ(shown(kSignature + header(1, 1) + chunk("acTL", content) + rest), "2");
  EXPECT_EQ(shown(kSignature + header(1, 1) + damaged("acTL", content) + rest), "1");
}

TEST(PngDecode, ExifBehindThePixelsIsNotObeyed) {
  const File exif = chunk("eXIf", {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0,
                                   3,   0,   0, 0,  1, 0, 6, 0, 0, 0, 0, 0,    0});
  const File begin = kSignature + header(3, 2);
  const File data = chunk("IDAT", pixels(3, 2, 7));
  EXPECT_EQ(shown(begin + exif + data + kEnd), "77/77/77");
  EXPECT_EQ(shown(begin + data + exif + kEnd), "777/777");
}

TEST(PngDecode, AnAnimationShowsItsFirstFrame) {
  const File begin = kSignature + header(3, 3);
  const File animated = chunk("acTL", number(1) + number(0));
  const File hidden = chunk("IDAT", pixels(3, 3, 1));
  const File two = pixels(2, 2, 2);
  EXPECT_EQ(shown(begin + animated + hidden + control(0, 2, 2, 1, 0) + frame(1, two) + kEnd),
            ".22/.22/...");
  EXPECT_EQ(shown(begin + animated + hidden + control(0, 2, 2, 0, 0) +
                  frame(1, File(two.begin(), two.begin() + 5)) + frame(2, {}) +
                  frame(3, File(two.begin() + 5, two.end())) + control(4, 1, 1, 0, 0) +
                  frame(5, pixels(1, 1, 9)) + kEnd),
            "22./22./...");
  EXPECT_EQ(shown(begin + animated + control(0, 3, 3, 0, 0) + hidden + control(1, 2, 2, 0, 0) +
                  frame(2, two) + kEnd),
            "111/111/111");
  // No animation, or one that never begins.
  const File second = control(0, 2, 2, 0, 0) + frame(1, two) + kEnd;
  EXPECT_EQ(shown(begin + hidden + second), "111/111/111");
  EXPECT_EQ(shown(begin + chunk("acTL", number(0) + number(0)) + hidden + second), "111/111/111");
  EXPECT_EQ(shown(begin + animated + hidden + kEnd), "bad-image");
  EXPECT_EQ(shown(begin + animated + hidden + control(0, 2, 2, 2, 2) + frame(1, two) + kEnd),
            "bad-image");
  EXPECT_EQ(scan_png(begin + animated + hidden + second).frames, 1);
  const File next = control(1, 2, 2, 0, 0) + frame(2, two) + kEnd;
  const File both = chunk("acTL", number(2) + number(0)) + control(0, 3, 3, 0, 0) + hidden + next;
  EXPECT_EQ(frame_count(begin + both), 2);
  EXPECT_EQ(frame_count(test::read_fixture("reference.png")), 1);
}

TEST(PngDecode, WhatUnpacksToFarMoreThanItsPixelsIsReadNoFurther) {
  File zeros = {0x78, 0x01};
  for (int i = 0; i < 40; ++i) {
    zeros = zeros + File{0, 0x60, 0xEA, 0x9F, 0x15} + File(60'000, 0);  // stored, and not the last
  }
  EXPECT_EQ(shown(kSignature + header(1, 1) + chunk("IDAT", zeros) + kEnd), "0");
  EXPECT_EQ(shown(kSignature + header(1, 1) + chunk("IDAT", stored(File(60'000, 0))) + kEnd), "0");
}

TEST(PngDecode, KindsThatDoNotExistAreRefused) {
  const auto kind = [](std::uint8_t bits, std::uint8_t colour) {
    return shown(kSignature + chunk("IHDR", number(2) + number(2) + File{bits, colour, 0, 0, 0}) +
                 chunk("IDAT", stored(File(64, 0))) + kEnd);
  };
  EXPECT_EQ(kind(8, 0), "00/00");
  EXPECT_EQ(kind(16, 6), "../..");
  for (const int bits : {0, 3, 5, 32})
    EXPECT_EQ(kind(static_cast<std::uint8_t>(bits), 0), "bad-image");
  for (const int colour : {1, 3, 5, 7}) {
    EXPECT_EQ(kind(8, static_cast<std::uint8_t>(colour)), "bad-image") << colour;
  }
  for (const int colour : {2, 4, 6})
    EXPECT_EQ(kind(4, static_cast<std::uint8_t>(colour)), "bad-image");
}

TEST(PngDecode, EveryFilterIsUndoneAndOthersAreRefused) {
  // The same three rows of greys, written in each way.
  const std::array<std::array<int, 3>, 3> greys = {{{10, 20, 40}, {7, 200, 9}, {90, 80, 255}}};
  const auto at = [&](int x, int y) {
    return x < 0 || y < 0 ? 0 : greys[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
  };
  for (int filter = 0; filter <= 5; ++filter) {
    File rows;
    File wide;  // of 16 bits, of which the lower 8 are anything
    for (int y = 0; y < 3; ++y) {
      rows.push_back(static_cast<std::uint8_t>(filter));
      wide.push_back(rows.back());
      for (int x = 0; x < 3; ++x) {
        const int a = at(x - 1, y);
        const int b = at(x, y - 1);
        const int c = at(x - 1, y - 1);
        const int p = a + b - c;
        const auto far = [&](int v) { return std::abs(p - v); };
        const int nearest = far(a) <= far(b) && far(a) <= far(c) ? a : far(b) <= far(c) ? b : c;
        const std::array<int, 6> predicted = {0, a, b, (a + b) / 2, nearest, 0};
        rows.push_back(
            static_cast<std::uint8_t>(at(x, y) - predicted[static_cast<std::size_t>(filter)]));
        wide.insert(wide.end(), {rows.back(), static_cast<std::uint8_t>(90 * x + 7 * y)});
      }
    }
    const char* const expected = filter < 5 ? "102040/72009/9080." : "bad-image";
    EXPECT_EQ(shown(kSignature + header(3, 3) + chunk("IDAT", stored(rows)) + kEnd), expected)
        << filter;
    const File header16 = chunk("IHDR", number(3) + number(3) + File{16, 0, 0, 0, 0});
    EXPECT_EQ(shown(kSignature + header16 + chunk("IDAT", stored(wide)) + kEnd), expected)
        << filter;
  }
}

TEST(PngDecode, DamagedPixelsAreNotShown) {
  const File begin = kSignature + header(2, 2);
  const auto piece = [](std::ptrdiff_t from, std::ptrdiff_t to) {
    return File(kTwo.begin() + from, kTwo.begin() + to);
  };
  const auto size = static_cast<std::ptrdiff_t>(kTwo.size());
  for (int bad = -1; bad < 3; ++bad) {
    File file = begin;
    for (int i = 0; i < 3; ++i) {
      const File part = piece(size * i / 3, size * (i + 1) / 3);
      file = file + (i == bad ? damaged("IDAT", part) : chunk("IDAT", part));
    }
    EXPECT_EQ(shown(file + kEnd), bad < 0 ? "77/77" : "bad-image") << bad;
  }
  const Result<Image> image = decode(begin + damaged("IDAT", kTwo) + kEnd);
  ASSERT_FALSE(image);
  EXPECT_NE(image.error().message.find("damaged"), std::string::npos) << image.error().message;
}

TEST(PngDecode, WhatIsNotKnownAndImportantIsRefused) {
  const File begin = kSignature + header(2, 2);
  const File data = chunk("IDAT", kTwo);
  for (const char* name : {"ABCD", "AbCd", "IHDR"}) {
    EXPECT_EQ(shown(begin + chunk(name, {1}) + data + kEnd), "bad-image") << name;
    EXPECT_EQ(shown(begin + damaged(name, {1}) + data + kEnd), "bad-image") << name;
    EXPECT_EQ(shown(begin + data + chunk(name, {1}) + kEnd), "77/77") << name;
  }
  EXPECT_EQ(shown(begin + chunk("abCD", {1}) + data + chunk("abCD", {1}) + kEnd), "77/77");
  EXPECT_EQ(shown(begin + data + kEnd + chunk("ABCD", {}) + File{1, 2, 3}), "77/77");
  EXPECT_EQ(shown(begin + data + chunk("IEND", {1, 2, 3})), "77/77");
  // An animation's, where there is none.
  EXPECT_EQ(shown(begin + control(0, 2, 2, 0, 0) + data + kEnd), "77/77");
  EXPECT_EQ(shown(begin + frame(0, kTwo) + data + kEnd), "bad-image");
  EXPECT_EQ(shown(begin + chunk("fcTL", {}) + data + kEnd), "bad-image");
  // One way to compress and to filter there is, and two to interlace.
  const File sides = number(2) + number(2);
  for (const File& ways :
       {File{8, 0, 1, 0, 0}, File{8, 0, 0, 1, 0}, File{8, 0, 0, 0, 2}, File{8, 0, 0, 0, 0, 0}}) {
    EXPECT_EQ(shown(kSignature + chunk("IHDR", sides + ways) + data + kEnd), "bad-image");
  }
}

TEST(PngDecode, TransparencyOfEveryLength) {
  const auto keyed = [](int bits, const File& key, const File& row) {
    const auto depth = static_cast<std::uint8_t>(bits);
    return shown(kSignature + chunk("IHDR", number(2) + number(1) + File{depth, 0, 0, 0, 0}) +
                 chunk("tRNS", key) + chunk("IDAT", stored(row)) + kEnd);
  };
  EXPECT_EQ(keyed(8, {0, 7}, {0, 7, 8}), ".8");
  EXPECT_EQ(keyed(8, {1, 7}, {0, 7, 8}), ".8");
  EXPECT_EQ(keyed(8, {0, 7, 8}, {0, 7, 8}), ".8");
  EXPECT_EQ(keyed(8, {0}, {0, 7, 8}), "78");
  EXPECT_EQ(keyed(4, {1, 3}, {0, 0x31}), ".17");
  EXPECT_EQ(keyed(16, {7, 1}, {0, 7, 1, 8, 1}), ".8");
  EXPECT_EQ(keyed(16, {7, 1}, {0, 7, 2, 7, 1}), "7.");
  EXPECT_EQ(keyed(16, {7, 1, 0}, {0, 7, 1, 8, 1}), "78");
  const auto indexed = [](std::size_t colours, std::size_t clear) {
    const auto header = number(2) + number(1) + File{8, 3, 0, 0, 0};
    return shown(kSignature + chunk("IHDR", header) + chunk("PLTE", File(3 * colours, 9)) +
                 chunk("tRNS", File(clear, 0)) + chunk("IDAT", stored({0, 0, 1})) + kEnd);
  };
  EXPECT_EQ(indexed(2, 1), ".9");
  EXPECT_EQ(indexed(2, 200), "..");
  EXPECT_EQ(indexed(2, 256), "..");
  EXPECT_EQ(indexed(2, 257), "99");
  EXPECT_EQ(indexed(256, 1), ".9");
  EXPECT_EQ(indexed(257, 1), "bad-image");
}

TEST(PngDecode, WhatIsCutSaysSo) {
  const File whole = kSignature + header(2, 2) + chunk("IDAT", kTwo);
  EXPECT_EQ(shown(whole), "77/77");  // Chromium waits for IEND, but no pixel is missing
  for (std::size_t size = 8; size < whole.size(); ++size) {
    const Result<Image> image = decode(std::span(whole).first(size));
    ASSERT_FALSE(image) << size;
    EXPECT_NE(image.error().message.find("cut short"), std::string::npos)
        << size << image.error().message;
  }
  EXPECT_EQ(shown(kSignature + header(0, 2) + chunk("IDAT", kTwo) + kEnd), "bad-image");
  EXPECT_EQ(shown(kSignature + header(0x80000001, 2) + chunk("IDAT", kTwo) + kEnd), "bad-image");
  EXPECT_EQ(shown(kSignature + header(60'000, 60'000) + chunk("IDAT", kTwo) + kEnd),
            "image-too-large");
}

}  // namespace
}  // namespace masklens
