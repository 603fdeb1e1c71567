#include "core/codec/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "core/codec/exif.h"
#include "fixtures.h"

namespace masklens {
namespace {

using test::decode_fixture;
using test::difference;

bool contains(std::span<const std::uint8_t> bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
}

TEST(Encode, PngKeepsEveryPixel) {
  const Image image = decode_fixture("photos/maksssksksss523.jpg");
  const Result<ByteBuffer> bytes = encode_png(image.view());
  ASSERT_TRUE(bytes);
  const Result<Image> back = decode(bytes->view());
  ASSERT_TRUE(back);
  EXPECT_EQ(difference(image.view(), back->view()).largest, 0);
}

TEST(Encode, JpegIsCloseAndQualityMeansSize) {
  const Image image = decode_fixture("photos/maksssksksss523.jpg");
  const Result<ByteBuffer> fine = encode_jpeg(image.view(), 95);
  const Result<ByteBuffer> usual = encode_jpeg(image.view());
  const Result<ByteBuffer> coarse = encode_jpeg(image.view(), -3);
  ASSERT_TRUE(fine && usual && coarse);
  EXPECT_GT(fine->size(), usual->size());
  EXPECT_GT(usual->size(), coarse->size());
  const Result<Image> back = decode(usual->view());
  ASSERT_TRUE(back);
  EXPECT_LT(difference(image.view(), back->view()).mean, 3);
}

TEST(Encode, NothingOfTheSourcesMetadataIsWritten) {
  const Image image = decode_fixture("orientation_6.jpg");
  const Result<ByteBuffer> jpeg = encode_jpeg(image.view());
  const Result<ByteBuffer> png = encode_png(image.view());
  ASSERT_TRUE(jpeg && png);
  EXPECT_FALSE(contains(jpeg->view(), "Exif"));
  EXPECT_FALSE(contains(png->view(), "eXIf"));
  EXPECT_FALSE(contains(png->view(), "tEXt"));
  EXPECT_EQ(exif_orientation(jpeg->view()), 1);
}

TEST(Encode, TransparencyStaysInPngAndBecomesWhiteInJpeg) {
  Result<Image> image = Image::allocate(16, 16);
  ASSERT_TRUE(image);
  std::fill(image->data(), image->data() + image->bytes(), std::uint8_t{0});
  const Result<ByteBuffer> png = encode_png(image->view());
  const Result<ByteBuffer> jpeg = encode_jpeg(image->view());
  ASSERT_TRUE(png && jpeg);
  EXPECT_EQ(png->data()[25], 6);  // the colour type: with alpha
  const Result<Image> back = decode(jpeg->view());
  ASSERT_TRUE(back);
  EXPECT_GT(back->data()[0], 250);
}

TEST(Encode, PicturesOfOnePixel) {
  Result<Image> image = Image::allocate(1, 1);
  ASSERT_TRUE(image);
  std::fill(image->data(), image->data() + 4, std::uint8_t{255});
  EXPECT_TRUE(encode_png(image->view()));
  EXPECT_TRUE(encode_jpeg(image->view()));
}

}  // namespace
}  // namespace masklens
