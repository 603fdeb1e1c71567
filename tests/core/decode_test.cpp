#include "core/codec/decode.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "core/codec/jpeg_markers.h"
#include "fixtures.h"

namespace masklens {
namespace {

using test::decode_fixture;
using test::difference;
using test::read_fixture;

// Decodes something that must fail; the error, which must come at once.
Error failure(std::span<const std::uint8_t> bytes, const DecodeLimits& limits = {}) {
  const std::clock_t start = std::clock();  // of this process: other programs do not count
  const Result<Image> image = decode(bytes, limits);
  const std::clock_t took = std::clock() - start;
  EXPECT_FALSE(image);
  EXPECT_LT(static_cast<double>(took) / CLOCKS_PER_SEC, 0.05);
  return image ? Error{} : image.error();
}

void expect_failure(const Error& error, ErrorCode code, const std::string& words) {
  EXPECT_EQ(code_name(error.code), code_name(code)) << error.message;
  EXPECT_NE(error.message.find(words), std::string::npos) << error.message;
  EXPECT_EQ(error.message.back(), '.');
}

// JPEG is lossy: what differs from the reference is its compression.
void expect_close(const std::string& name, const std::string& reference, double mean = 5) {
  const Image expected = decode_fixture(reference);
  const Image image = decode_fixture(name);
  const auto d = difference(image.view(), expected.view());
  EXPECT_LT(d.mean, mean) << name;
  EXPECT_TRUE(d.opaque) << name;
}

void expect_same(const std::string& name, const std::string& reference, int largest = 0) {
  const Image expected = decode_fixture(reference);
  const Image image = decode_fixture(name);
  const auto d = difference(image.view(), expected.view());
  EXPECT_LE(d.largest, largest) << name;
  EXPECT_TRUE(d.opaque) << name;
}

TEST(Decode, JpegBaselineProgressiveGreyAndRestarts) {
  expect_close("baseline.jpg", "reference.png");
  expect_close("progressive.jpg", "reference.png");
  expect_close("restarts.jpg", "reference.png");
  expect_close("grey.jpg", "reference_grey.png");
}

TEST(Decode, CmykAndYcckJpegHaveTheColoursOfTheirSource) {
  expect_close("cmyk.jpg", "reference.png", 4);
  expect_close("cmyk_unnamed.jpg", "reference.png", 4);
  expect_close("ycck.jpg", "reference.png", 4);
}

TEST(Decode, EveryOrientationOfAJpegComesOutUpright) {
  const Image expected = decode_fixture("photos/maksssksksss96.jpg");
  for (int i = 1; i <= 8; ++i) {
    const Image image = decode_fixture("orientation_" + std::to_string(i) + ".jpg");
    EXPECT_LT(difference(image.view(), expected.view()).mean, 4) << "orientation " << i;
  }
}

TEST(Decode, PngDepthsPaletteAndInterlaceAreExact) {
  expect_same("rgb16.png", "reference.png");
  expect_same("interlaced.png", "reference.png");
  expect_same("grey16.png", "reference_grey.png");
  expect_close("palette4.png", "reference.png", 20);  // 16 colours
  const Image grey = decode_fixture("reference_grey.png");
  for (const int bits : {1, 2, 4}) {
    const Image image = decode_fixture("grey" + std::to_string(bits) + ".png");
    ASSERT_EQ(image.bytes(), grey.bytes());
    const int levels = (1 << bits) - 1;
    for (std::size_t i = 0; i < image.bytes(); i += kChannels) {
      ASSERT_EQ(image.data()[i], (grey.data()[i] >> (8 - bits)) * 255 / levels) << bits << " bits";
    }
  }
}

TEST(Decode, PngExifOrientationIsApplied) { expect_same("exif_6.png", "reference.png"); }

TEST(Decode, AlphaIsComposedOverWhite) {
  const Image rgb = decode_fixture("reference.png");
  const Image image = decode_fixture("alpha.png");
  ASSERT_EQ(image.bytes(), rgb.bytes());
  for (int y = 0; y < image.height(); y += 7) {
    for (int x = 0; x < image.width(); ++x) {
      const double alpha = x / 159.0;  // the fixture's ramp
      const std::uint8_t* pixel = image.view().row(y) + x * kChannels;
      const std::uint8_t* source = rgb.view().row(y) + x * kChannels;
      for (int c = 0; c < 3; ++c) {
        ASSERT_NEAR(pixel[c], source[c] * alpha + 255 * (1 - alpha), 1.6) << x << "," << y;
      }
      ASSERT_EQ(pixel[3], 255);
    }
  }
  // The first column is transparent altogether.
  const Image grey = decode_fixture("grey_alpha.png");
  EXPECT_EQ(grey.data()[0], 255);
  expect_close("palette8.png", "reference.png", 10);
}

TEST(Decode, BmpOfTwentyFourBitsAndWithPalette) {
  const Image rgb = decode_fixture("rgb24.bmp");
  EXPECT_EQ(rgb.width(), 80);
  EXPECT_EQ(rgb.height(), 56);
  const Image palette = decode_fixture("palette8.bmp");
  EXPECT_LT(difference(rgb.view(), palette.view()).mean, 8);
}

TEST(Decode, GifGivesItsFirstFrame) {
  expect_close("still.gif", "reference.png", 8);
  expect_close("animated.gif", "reference.png", 12);
}

TEST(Decode, AGifComposesEveryFrameAsAViewerShowsIt) {
  const test::Frames frames = test::frames_of(read_fixture("animated.gif"));
  EXPECT_EQ(frames.delays_ms, (std::vector<int>{100, 0, 250, 40, 70}));
  ASSERT_EQ(frames.images.size(), 5U);
  const Image expected = decode_fixture("animated_frames.png");
  const int height = frames.images[0].height();
  ASSERT_EQ(expected.height(), height * 5);
  for (int i = 0; i < 5; ++i) {
    const ImageView frame = frames.images[static_cast<std::size_t>(i)].view();
    const ImageView shown = {expected.view().row(i * height), frame.width, height};
    EXPECT_EQ(difference(frame, shown).largest, 0) << "frame " << i;
  }
}

TEST(Decode, AGifThatIsCutShortKeepsItsWholeFrames) {
  EXPECT_EQ(test::frames_of(read_fixture("truncated.gif")).images.size(), 4U);
}

// What is missing is told by the frame that is cut, or behind the last one.
int times_told(std::span<const std::uint8_t> bytes) {
  Result<GifReader> gif = GifReader::open(bytes);
  int told = 0;
  while (gif && !gif->done()) {
    if (!gif->next()) ++told;
  }
  return told + (gif && gif->missing() ? 1 : 0);
}

TEST(Decode, AGifThatIsCutShortSaysSoOnce) {
  EXPECT_EQ(times_told(read_fixture("truncated.gif")), 1);  // within the palette of its fifth frame
  const std::vector<std::uint8_t> whole = read_fixture("animated.gif");
  EXPECT_EQ(times_told(whole), 0);
  EXPECT_EQ(times_told(std::span(whole).first(whole.size() - 1)), 0);  // the trailer
  for (std::size_t size = whole.size() - 2; size > whole.size() / 2; size -= 7) {
    const auto bytes = std::span(whole).first(size);
    const bool at_a_seam = !scan_gif(bytes).cut_short;
    EXPECT_EQ(times_told(bytes), at_a_seam ? 0 : 1) << size;
  }
}

TEST(Decode, LimitsOfAGifAreThoseOfOneFrame) {
  DecodeLimits limits;
  limits.max_pixels = 160 * 112;
  EXPECT_TRUE(open_gif(read_fixture("animated.gif"), limits));
  limits.max_pixels -= 1;
  const Result<GifReader> refused = open_gif(read_fixture("animated.gif"), limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kImageTooLarge);
}

TEST(Decode, AnythingButAGifHasNoFrames) {
  const Result<GifReader> png = open_gif(read_fixture("reference.png"));
  ASSERT_FALSE(png);
  expect_failure(png.error(), ErrorCode::kUnsupportedFormat, "PNG");
  const Result<GifReader> empty = open_gif({});
  ASSERT_FALSE(empty);
  expect_failure(empty.error(), ErrorCode::kBadImage, "empty");
}

TEST(Decode, EmptyFile) { expect_failure(failure({}), ErrorCode::kBadImage, "empty"); }

TEST(Decode, FilesThatAreNotDecodedAreNamed) {
  expect_failure(failure(read_fixture("text.jpg")), ErrorCode::kUnsupportedFormat, "plain text");
  expect_failure(failure(read_fixture("photo.webp")), ErrorCode::kUnsupportedFormat, "WebP");
  expect_failure(failure(read_fixture("photo.avif")), ErrorCode::kUnsupportedFormat, "AVIF");
  expect_failure(failure(read_fixture("photo.tiff")), ErrorCode::kUnsupportedFormat, "TIFF");
}

TEST(Decode, FilesCutInTheMiddle) {
  for (const char* name : {"truncated.jpg", "truncated_progressive.jpg"}) {
    expect_failure(failure(read_fixture(name)), ErrorCode::kBadImage, "cut short");
  }
  expect_failure(failure(read_fixture("truncated.png")), ErrorCode::kBadImage, "PNG");
  for (const char* name : {"rgb24.bmp", "still.gif"}) {
    auto bytes = read_fixture(name);
    bytes.resize(bytes.size() / 2);
    expect_failure(failure(bytes), ErrorCode::kBadImage, "cut short");
  }
}

TEST(Decode, AJpegCutAnywhereIsRefusedUntilOnlyItsEndMarkerIsMissing) {
  for (const char* name : {"baseline.jpg", "restarts.jpg", "grey.jpg", "cmyk_unnamed.jpg"}) {
    auto bytes = read_fixture(name);
    const std::size_t whole = bytes.size();
    // The last bytes before the marker are padding and the end of the last block, which may be a
    // code that the padding completes.
    for (std::size_t size = 3; size + 8 < whole; size += 7) {
      const Result<Image> image = decode(std::span(bytes).first(size));
      ASSERT_FALSE(image) << name << " cut to " << size << " of " << whole;
      ASSERT_EQ(image.error().code, ErrorCode::kBadImage) << image.error().message;
    }
    EXPECT_TRUE(decode(std::span(bytes).first(whole - 2))) << name;
  }
}

TEST(Decode, JpegWithoutItsEndMarkerOrWithBytesBehindItIsWhole) {
  const Image expected = decode_fixture("baseline.jpg");
  EXPECT_EQ(difference(decode_fixture("no_end_marker.jpg").view(), expected.view()).largest, 0);
  EXPECT_EQ(difference(decode_fixture("trailing_bytes.jpg").view(), expected.view()).largest, 0);
}

TEST(Decode, HugeHeaderIsRefusedBeforePixelsAreAllocated) {
  expect_failure(failure(read_fixture("huge_header.png")), ErrorCode::kImageTooLarge,
                 "60000 x 60000");
}

// What others decode is measured before it is given to them: 38 bytes can be 268 megapixels.
TEST(Decode, FilesThatAreNotDecodedAreTooLargeAllTheSame) {
  const std::string riff("RIFF\x1e\0\0\0WEBP", 12);
  const auto file = [](std::string text) {
    text.resize(40);
    return std::vector<std::uint8_t>(text.begin(), text.end());
  };
  const auto code = [](const std::vector<std::uint8_t>& bytes) { return failure(bytes).code; };
  const std::string size = "\xff\x3f";
  const std::string lossy = riff + std::string("VP8 ....\0\0\0\x9d\x01\x2a", 14);
  EXPECT_EQ(code(file(lossy + size + size)), ErrorCode::kImageTooLarge);
  EXPECT_EQ(code(file(lossy + size + std::string("\1\0", 2))), ErrorCode::kUnsupportedFormat);
  const std::string lossless = riff + "VP8L....\x2f";
  EXPECT_EQ(code(file(lossless + "\xff\xff\xff\x0f")), ErrorCode::kImageTooLarge);
  EXPECT_EQ(code(file(lossless + std::string("\xff\0\0\0", 4))), ErrorCode::kUnsupportedFormat);
  const std::string extended = riff + std::string("VP8X........", 12);
  EXPECT_EQ(code(file(extended + "\xff\xff\1\xff\1\1")), ErrorCode::kImageTooLarge);
  EXPECT_EQ(code(file(extended + std::string("\x40\0\0\x40\0\0", 6))),
            ErrorCode::kUnsupportedFormat);
  for (const std::size_t length : {16U, 29U}) {
    std::vector<std::uint8_t> cut = file(lossy + size + size);
    cut.resize(length);
    EXPECT_EQ(code(cut), ErrorCode::kUnsupportedFormat);
  }
  for (const char* name : {"avif", "heic"}) {
    const std::string begin = std::string(
                                  "\0\0\0\x10"
                                  "ftyp",
                                  8) +
                              name + "....";
    const auto box = [&](std::uint8_t high, char length = 20) {
      std::string text("\0\0\0\x14ispe\0\0\0\0\0\0?\0\0\0?\0", 20);
      text[14] = text[18] = static_cast<char>(high);
      text[3] = length;
      return file(begin + text);
    };
    EXPECT_EQ(code(box(0x3F)), ErrorCode::kImageTooLarge) << name;
    EXPECT_EQ(code(box(0x1F)), ErrorCode::kUnsupportedFormat) << name;
    EXPECT_EQ(code(box(0x3F, 21)), ErrorCode::kUnsupportedFormat) << name;  // letters by chance
  }
  auto arithmetic = read_fixture("baseline.jpg");
  const std::size_t frame = scan_jpeg(arithmetic).frame_at;
  arithmetic[frame + 1] = 0xC9;
  arithmetic[frame + 5] = 0xFF;
  EXPECT_EQ(code(arithmetic), ErrorCode::kImageTooLarge);
}

TEST(Decode, LimitsAreThoseOfTheCaller) {
  const auto bytes = read_fixture("orientation_6.jpg");  // 280 x 400 stored
  DecodeLimits limits;
  limits.max_side = 400;
  limits.max_pixels = 400 * 280;
  limits.max_bytes = bytes.size();
  EXPECT_TRUE(decode(bytes, limits));
  DecodeLimits side = limits;
  side.max_side = 399;
  expect_failure(failure(bytes, side), ErrorCode::kImageTooLarge, "399");
  DecodeLimits pixels = limits;
  pixels.max_pixels -= 1;
  expect_failure(failure(bytes, pixels), ErrorCode::kImageTooLarge, "megapixels");
  DecodeLimits size = limits;
  size.max_bytes -= 1;
  expect_failure(failure(bytes, size), ErrorCode::kImageTooLarge, "MB");
  for (const char* name : {"rgb24.bmp", "still.gif", "rgb16.png"}) {
    DecodeLimits narrow;
    narrow.max_side = 50;
    EXPECT_EQ(failure(read_fixture(name), narrow).code, ErrorCode::kImageTooLarge) << name;
  }
}

TEST(Decode, RareJpegKindsAreNamed) {
  auto bytes = read_fixture("baseline.jpg");
  const std::size_t frame = scan_jpeg(bytes).frame_at;
  bytes[frame + 1] = 0xC9;  // arithmetic coding
  expect_failure(failure(bytes), ErrorCode::kUnsupportedFormat, "arithmetically");
  bytes[frame + 1] = 0xC1;
  bytes[frame + 4] = 12;
  expect_failure(failure(bytes), ErrorCode::kUnsupportedFormat, "12 bits");
}

// Each of these makes stb_image 2.27 read or write beside its tables.
TEST(Decode, JpegTablesThatDoNotFitAreRefusedBeforeTheyAreUsed) {
  const auto whole = read_fixture("baseline.jpg");
  const auto find = [&](std::uint8_t marker) {
    std::size_t at = 2;
    while (whole[at + 1] != marker)
      at += 2 + static_cast<std::size_t>(whole[at + 2] << 8) + whole[at + 3];
    return at;
  };
  auto codes = whole;
  codes[find(0xC4) + 5] = 255;  // codes of one bit
  codes[find(0xC4) + 6] = 255;
  EXPECT_EQ(failure(codes).code, ErrorCode::kBadImage);
  auto scan = whole;
  scan[find(0xDA) + 6] = 0x22;  // tables that were never defined
  EXPECT_EQ(failure(scan).code, ErrorCode::kBadImage);
  auto quantisation = whole;
  quantisation[find(0xC0) + 12] = 3;
  EXPECT_EQ(failure(quantisation).code, ErrorCode::kBadImage);
}

TEST(JpegLayout, SaysWhatTheHeadersHold) {
  const JpegLayout layout = scan_jpeg(read_fixture("orientation_6.jpg"));
  EXPECT_EQ(layout.width, 280);
  EXPECT_EQ(layout.height, 400);
  EXPECT_EQ(layout.components, 3);
  EXPECT_EQ(layout.process, 0xC0);
  EXPECT_FALSE(layout.exif.empty());
  EXPECT_TRUE(layout.has_end);
  EXPECT_TRUE(layout.scans_complete);
  EXPECT_TRUE(layout.tables_valid);
  EXPECT_FALSE(layout.cut_in_segment);
  EXPECT_EQ(scan_jpeg(read_fixture("progressive.jpg")).process, 0xC2);
  EXPECT_EQ(scan_jpeg(read_fixture("cmyk.jpg")).adobe_transform, 0);
  EXPECT_EQ(scan_jpeg(read_fixture("ycck.jpg")).adobe_transform, 2);
  EXPECT_EQ(scan_jpeg(read_fixture("cmyk_unnamed.jpg")).adobe_transform, -1);
  EXPECT_TRUE(scan_jpeg(read_fixture("restarts.jpg")).scans_complete);
}

}  // namespace
}  // namespace masklens
