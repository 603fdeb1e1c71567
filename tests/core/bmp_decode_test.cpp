#include "core/codec/bmp_decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <string>
#include <utility>
#include <vector>

#include "fixtures.h"

namespace masklens {
namespace {

using File = std::vector<std::uint8_t>;

File operator+(File a, const File& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

File number(std::uint64_t value, int bytes) {
  File out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return out;
}

const File kRed = {0, 0, 255};
const File kGreen = {0, 255, 0};
const File kBlue = {255, 0, 0};
const File kGrey = {9, 9, 9};
const File kPalette =
    kRed + File{0} + kGreen + File{0} + kBlue + File{0} + kGrey + File{0};  // of four bytes each

struct Header {
  int width = 4;
  int height = 2;
  int bits = 24;
  int compression = 0;
  int colours = 0;
  int size = 40;
  File extra = {};  // of the longer headers
};

File bytes_of(const Header& h) {
  File out = number(static_cast<std::uint64_t>(h.size), 4) + number(h.width, 4) +
             number(h.height, 4) + number(1, 2) + number(h.bits, 2);
  if (h.size >= 20) out = out + number(h.compression, 4);
  if (h.size >= 24) out = out + File(12, 0);
  if (h.size >= 36) out = out + number(h.colours, 4) + number(0, 4);
  out = out + h.extra;
  out.resize(std::max(out.size(), static_cast<std::size_t>(h.size)));
  return out;
}

// `between`: palette or masks. gap: bytes before the pixels that belong to nothing.
File bmp(const File& header, const File& between, const File& pixels, const File& gap = {}) {
  const std::size_t at = 14 + header.size() + between.size() + gap.size();
  return File{'B', 'M'} + number(at + pixels.size(), 4) + number(0, 4) + number(at, 4) + header +
         between + gap + pixels;
}

// A letter a pixel; the code of the error where there is no picture.
std::string shown(const File& file) {
  const Result<Image> image = decode(file);
  return image ? test::letters(*image) : std::string(code_name(image.error().code));
}

const File kRow24 = kRed + kGreen + kBlue + kGrey;
const File kRows24 = kRow24 + kRow24;
const std::string kShown = "RGB9/RGB9";

File rows32(int alpha) {
  const File a = {static_cast<std::uint8_t>(alpha)};
  const File row = kRed + a + kGreen + a + kBlue + a + kGrey + a;
  return row + row;
}

// Every expectation is what Chromium 156 shows, unless it says otherwise.

TEST(BmpDecode, HeadersOfEveryAge) {
  EXPECT_EQ(shown(bmp(number(12, 4) + number(4, 2) + number(2, 2) + number(1, 2) + number(24, 2),
                      {}, kRows24)),
            kShown);
  for (const int size : {16, 40, 42, 46, 52, 56, 60, 64, 108, 124}) {
    Header header;
    header.size = size;
    EXPECT_EQ(shown(bmp(bytes_of(header), {}, kRows24)), kShown) << size;
    EXPECT_EQ(shown(bmp(bytes_of(header), {}, kRows24, {1, 2, 3})), kShown) << size;
  }
  for (const int size : {14, 38, 50, 66, 128}) {
    Header unknown;
    unknown.size = size;
    EXPECT_EQ(shown(bmp(bytes_of(unknown), {}, kRows24)), "bad-image") << size;
  }
}

TEST(BmpDecode, RowsFromTheTopToo) {
  const File stored = kRed + kRed + kRed + kRed + kRow24;
  Header header;
  EXPECT_EQ(shown(bmp(bytes_of(header), {}, stored)), "RGB9/RRRR");
  header.height = -2;
  EXPECT_EQ(shown(bmp(bytes_of(header), {}, stored)), "RRRR/RGB9");
}

TEST(BmpDecode, AFourthByteIsAlphaOnlyWhereTheHeaderSaysSo) {
  const File masks = number(0xFF0000, 4) + number(0xFF00, 4) + number(0xFF, 4);
  for (const int byte : {0, 1, 128, 255}) {
    EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32}), {}, rows32(byte))), kShown) << byte;
    EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 3}), masks, rows32(byte))), kShown) << byte;
  }
  for (const int size : {56, 108, 124}) {
    for (const int compression : {0, 3}) {
      Header header = {4, 2, 32, compression, 0, size, masks + number(0xFF000000, 4)};
      if (compression == 0 && size == 56) continue;
      EXPECT_EQ(shown(bmp(bytes_of(header), {}, rows32(255))), kShown) << size;
      EXPECT_EQ(shown(bmp(bytes_of(header), {}, rows32(0))), "..../....") << size;
    }
  }
}

TEST(BmpDecode, MasksMeanWhatTheHeaderAndTheCompressionSay) {
  const File masks = number(0xFF0000, 4) + number(0xFF00, 4) + number(0xFF, 4);
  const File alpha = masks + number(0xFF000000, 4);
  // Of Windows CE, with alpha behind the header.
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 6}), alpha, rows32(255))), kShown);
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 6}), alpha, rows32(0))), "..../....");
  // Without the compression, alpha is the fourth byte from version 4 on, whatever its mask is.
  const File odd = masks + number(0x81000000, 4);
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 0, 0, 108, odd}), {}, rows32(0))), "..../....");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 0, 0, 108, masks}), {}, rows32(0))), kShown);
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 0, 0, 56, alpha}), {}, rows32(0))), kShown);
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 3, 0, 108, odd}), {}, rows32(0))), "bad-image");
  // Wider than the pixel.
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 16, 3}), masks, kRows24)), "bad-image");
  // OS/2 means others by these numbers, and its first header knows fewer kinds.
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 3, 0, 64}), {}, rows32(0))), "unsupported-format");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 24, 4}), {}, kRows24)), "unsupported-format");
  for (const int bits : {2, 16, 32}) {
    const File header = number(12, 4) + number(4, 2) + number(2, 2) + number(1, 2);
    EXPECT_EQ(shown(bmp(header + number(static_cast<std::uint32_t>(bits), 2), kPalette, rows32(0))),
              "unsupported-format");
  }
}

TEST(BmpDecode, MasksOfAnyWidthAndPlace) {
  const auto one_row = [](int bits, const File& masks, const std::vector<std::uint32_t>& pixels) {
    File row;
    for (const std::uint32_t pixel : pixels) row = row + number(pixel, bits / 8);
    return shown(bmp(bytes_of({4, 1, bits, masks.empty() ? 0 : 3}), masks, row));
  };
  EXPECT_EQ(one_row(16, {}, {0x7C00, 0x3E0, 0x1F, 0x421}), "RGB?");
  EXPECT_EQ(one_row(16, number(0xF800, 4) + number(0x7E0, 4) + number(0x1F, 4),
                    {0xF800, 0x7E0, 0x1F, 0xFFFF}),
            "RGB.");
  EXPECT_EQ(one_row(32, number(0x3FF00000, 4) + number(0xFFC00, 4) + number(0x3FF, 4),
                    {0x3FF00000, 0xFFC00, 0x3FF, 0x3FFFFFFF}),
            "RGB.");
  EXPECT_EQ(one_row(16, number(0, 4) + number(0, 4) + number(0, 4), {1, 2, 3, 4}), "KKKK");
  EXPECT_EQ(one_row(32, number(0xF0F0000, 4) + number(0xFF00, 4) + number(0xFF, 4), {1, 2, 3, 4}),
            "bad-image");
  // Half-way values are rounded.
  const Result<Image> half =
      decode(bmp(bytes_of({1, 1, 16}), {}, number(15 << 10 | 1 << 5 | 16, 4)));
  ASSERT_TRUE(half);
  EXPECT_EQ(half->data()[0], 123);
  EXPECT_EQ(half->data()[1], 8);
  EXPECT_EQ(half->data()[2], 132);
}

TEST(BmpDecode, PalettesAndColoursThatTheyLack) {
  const File rows8 = {0, 1, 2, 3, 3, 2, 1, 0};
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 8, 0, 4}), kPalette, rows8)), "9BGR/RGB9");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 4, 0, 4}), kPalette, {0x32, 0x10, 0, 0, 0x01, 0x23, 0, 0})),
            "RGB9/9BGR");
  EXPECT_EQ(shown(bmp(bytes_of({4, 1, 2, 0, 4}), kPalette, {0xE4, 0, 0, 0})), "9BGR");
  EXPECT_EQ(
      shown(bmp(bytes_of({4, 1, 1, 0, 2}), kRed + File{0} + kGreen + File{0}, {0x50, 0, 0, 0})),
      "RGRG");
  // Black, never what the memory held; that Chromium refuses the last two is no reason to.
  const File over = {0, 1, 2, 3, 4, 5, 200, 255};
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 8, 0, 4}), kPalette, over)), "KKKK/RGB9");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 8, 0, 0}), kPalette, over)), "KKKK/RGB9");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 8, 0, 256}), kPalette, over)), "KKKK/RGB9");
}

// As Chromium 156: the offset says where pixels begin, and nothing of the palette.
TEST(BmpDecode, PixelsThatBeginInsideThePaletteOrTheHeader) {
  const auto from = [](int at, const Header& header, const File& between, const File& pixels) {
    File file = bmp(bytes_of(header), between, pixels);
    const File place = number(at, 4);
    std::copy(place.begin(), place.end(), file.begin() + 10);
    return shown(file);
  };
  const Header one = {4, 1, 8, 0, 4};
  const File row = {0, 1, 2, 3};
  EXPECT_EQ(from(54 + 16, one, kPalette, row), "RGB9");
  EXPECT_EQ(from(54 + 15, one, kPalette, row), "RRGB");  // the last colour's unused byte first
  EXPECT_EQ(from(54 + 8, one, kPalette, row), "KRRR");   // 255, 0, 0, 0
  EXPECT_EQ(from(54, one, kPalette, row), "RRKR");       // 0, 0, 255, 0
  EXPECT_EQ(from(50, one, kPalette, row), "RRRR");       // the header's last four bytes
  EXPECT_EQ(from(46, one, kPalette, row), "KRRR");       // its number of colours, 4
  EXPECT_EQ(from(0, one, kPalette, row), "KKKR");        // BM, and the file's length, 74
  // A palette that is said to have more colours than there are goes on with the pixels' bytes.
  const File longer = {0, 5, 5, 5, 9, 9, 9, 0};
  EXPECT_EQ(from(54 + 16, {4, 1, 8, 0, 6}, kPalette, longer), "R999");
  // Outside the file, as an unsigned number.
  for (const int at : {54 + 17, 54 + 20, 5000, -1, -16, INT_MAX, INT_MIN}) {
    EXPECT_EQ(from(at, one, kPalette, row), "bad-image") << at;
  }
  const File runs = {4, 1, 0, 1};
  EXPECT_EQ(from(54 + 16, {4, 1, 8, 1, 4}, kPalette, runs), "GGGG");
  for (const int at : {54 + 20, 5000, -1, -4, INT_MAX, INT_MIN}) {
    EXPECT_EQ(from(at, {4, 1, 8, 1, 4}, kPalette, runs), "bad-image") << at;
  }
  // What has no palette begins anywhere as well.
  EXPECT_EQ(from(54 - 3, {4, 1, 24, 0, 0}, {}, kRow24), "KRGB");
}

TEST(BmpDecode, RunLengths) {
  const auto runs = [](const File& data, int compression = 1, int bits = 8, int height = 2) {
    return shown(bmp(bytes_of({4, height, bits, compression, 4}), kPalette, data));
  };
  EXPECT_EQ(runs({2, 0, 2, 1, 0, 0, 0, 4, 0, 1, 2, 3, 0, 0, 0, 1}), "RGB9/RRGG");
  EXPECT_EQ(runs({2, 0, 2, 1, 0, 0, 0, 4, 0, 1, 2, 3, 0, 0, 0, 1}, 1, 8, -2), "RRGG/RGB9");
  EXPECT_EQ(runs({0, 3, 0, 1, 2, 0, 1, 3, 0, 0, 4, 1, 0, 0, 0, 1}), "GGGG/RGB9");
  EXPECT_EQ(runs({1, 0, 0, 2, 1, 1, 1, 2, 0, 1}), "KKBK/RKKK");    // moves on
  EXPECT_EQ(runs({9, 0, 0, 0, 1, 2, 0, 1}), "BKKK/RRRR");          // reaches over the row
  EXPECT_EQ(runs({1, 0, 0, 2, 9, 0, 1, 2, 0, 1}), "KKKK/RKKK");    // moves out of it
  EXPECT_EQ(runs({1, 0, 0, 2, 0, 200, 1, 2, 0, 1}), "KKKK/RKKK");  // and out of the picture
  EXPECT_EQ(runs({4, 0, 0, 1}), "KKKK/RRRR");                      // ends early
  EXPECT_EQ(runs({4, 9, 0, 0, 4, 0, 0, 1}), "RRRR/KKKK");
  EXPECT_EQ(runs({4, 0x01, 0, 0, 0, 4, 0x01, 0x23, 0, 0, 0, 1}, 2, 4), "RGB9/RGRG");
  EXPECT_EQ(runs({0, 3, 0x01, 0x20, 1, 0x30, 0, 0, 4, 0x12, 0, 1}, 2, 4), "GBGB/RGB9");
  EXPECT_EQ(runs({4, 0, 0, 0, 2, 2}), "bad-image");  // the end is missing
  EXPECT_EQ(runs({0, 9, 0, 1}), "bad-image");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 24, 4, 0, 64}), {},
                      File{4} + kRed + File{0, 0, 4} + kGreen + File{0, 1})),
            "GGGG/RRRR");
}

TEST(BmpDecode, WhatIsCutSaysSoAndRareKindsAreNamed) {
  const File whole = bmp(bytes_of({}), {}, kRows24);
  EXPECT_EQ(shown(whole + File{1, 2, 3}), kShown);
  for (std::size_t size = 2; size < whole.size(); ++size) {
    const Result<Image> image = decode_bmp(std::span(whole).first(size), {});
    ASSERT_FALSE(image) << size;
    EXPECT_NE(image.error().message.find("cut short"), std::string::npos) << size;
  }
  // What fills up the last row is no part of the picture.
  const Header one = {1, 2};
  const File rows = kRed + File{0} + kGreen;
  EXPECT_EQ(shown(bmp(bytes_of(one), {}, rows + File{0})), "G/R");
  EXPECT_EQ(shown(bmp(bytes_of(one), {}, rows)), "G/R");
  EXPECT_EQ(shown(bmp(bytes_of(one), {}, File(rows.begin(), rows.end() - 1))), "bad-image");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 24, 1}), {}, kRows24)), "unsupported-format");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 24, 3}), {}, kRows24)), "unsupported-format");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 64}), {}, rows32(0))), "unsupported-format");
  EXPECT_EQ(shown(bmp(bytes_of({4, 2, 32, 5}), {}, rows32(0))), "unsupported-format");
  EXPECT_EQ(shown(bmp(bytes_of({0, 2}), {}, kRows24)), "bad-image");
  EXPECT_EQ(shown(bmp(bytes_of({-4, 2}), {}, kRows24)), "bad-image");
  EXPECT_EQ(shown(bmp(bytes_of({100'000, 2}), {}, kRows24)), "image-too-large");
}

}  // namespace
}  // namespace masklens
