#include "core/codec/format.h"

#include <gtest/gtest.h>

#include <string>

#include "fixtures.h"

namespace masklens {
namespace {

Format identify_text(const std::string& bytes) {
  return identify({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

TEST(Format, FilesAreNamedByTheirBytesNotByTheirName) {
  EXPECT_EQ(identify(test::read_fixture("orientation_1.jpg")), Format::kJpeg);
  EXPECT_EQ(identify(test::read_fixture("reference.png")), Format::kPng);
  EXPECT_EQ(identify(test::read_fixture("rgb24.bmp")), Format::kBmp);
  EXPECT_EQ(identify(test::read_fixture("animated.gif")), Format::kGif);
  EXPECT_EQ(identify(test::read_fixture("photo.webp")), Format::kWebp);
  EXPECT_EQ(identify(test::read_fixture("photo.avif")), Format::kAvif);
  EXPECT_EQ(identify(test::read_fixture("photo.tiff")), Format::kTiff);
  EXPECT_EQ(identify(test::read_fixture("text.jpg")), Format::kText);
  EXPECT_EQ(identify(test::read_fixture("empty.jpg")), Format::kEmpty);
}

TEST(Format, FormatsWithoutAFixtureAreNamedByTheirSignatures) {
  const std::string zeros(3, '\0');
  EXPECT_EQ(identify_text(zeros +
                          "\x18"
                          "ftypheic" +
                          zeros + "\0mif1heic"),
            Format::kHeic);
  EXPECT_EQ(identify_text(zeros +
                          "\x1C"
                          "ftypmif1" +
                          zeros + std::string(1, '\0') + "mif1avif"),
            Format::kAvif);
  EXPECT_EQ(identify_text(zeros +
                          "\x18"
                          "ftypisom" +
                          zeros + "\0isommp41"),
            Format::kVideo);
  EXPECT_EQ(identify_text("\x1A\x45\xDF\xA3"
                          "matroska"),
            Format::kVideo);
  EXPECT_EQ(identify_text("%PDF-1.7\n"), Format::kPdf);
  EXPECT_EQ(identify_text("<?xml version='1.0'?>\n<svg xmlns='x'/>"), Format::kSvg);
  EXPECT_EQ(identify_text("\xFF\x0A"
                          "codestream"),
            Format::kJxl);
  EXPECT_EQ(identify_text("BM is how this sentence begins."), Format::kText);
  EXPECT_EQ(identify_text("Umlaute: \xC3\xA4\xC3\xB6\xC3\xBC"), Format::kText);
  EXPECT_EQ(identify_text(std::string("\x01\x02\x03\x04", 4)), Format::kUnknown);
}

TEST(Format, AnyShortBeginningOfAnyFileIsSafeToIdentify) {
  for (const char* name : {"orientation_1.jpg", "reference.png", "rgb24.bmp", "animated.gif",
                           "photo.webp", "photo.avif", "photo.tiff", "text.jpg"}) {
    const auto bytes = test::read_fixture(name);
    for (std::size_t size = 0; size < 40; ++size) {
      const std::vector<std::uint8_t> head(bytes.begin(),
                                           bytes.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(format_name(identify(head)).empty());
    }
  }
}

TEST(Format, PeopleAndProgramsReadDifferentNames) {
  EXPECT_EQ(format_name(Format::kText), "plain text");
  EXPECT_EQ(format_key(Format::kText), "text");
  EXPECT_EQ(format_name(Format::kWebp), "WebP");
  EXPECT_EQ(format_key(Format::kWebp), "webp");
  EXPECT_TRUE(core_decodes(Format::kGif));
  EXPECT_FALSE(core_decodes(Format::kHeic));
}

}  // namespace
}  // namespace masklens
