#include "core/codec/exif.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fixtures.h"

namespace masklens {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(Exif, JpegOrientationInBothByteOrders) {
  for (int i = 1; i <= 8; ++i) {
    EXPECT_EQ(exif_orientation(test::read_fixture("orientation_" + std::to_string(i) + ".jpg")), i);
  }
}

TEST(Exif, PngOrientationAndFilesWithoutAny) {
  EXPECT_EQ(exif_orientation(test::read_fixture("exif_6.png")), 6);
  for (const char* name :
       {"reference.png", "baseline.jpg", "animated.gif", "rgb24.bmp", "text.jpg", "empty.jpg"}) {
    EXPECT_EQ(exif_orientation(test::read_fixture(name)), 1) << name;
  }
}

// A JPEG with nothing but this TIFF structure in its APP1.
Bytes with_tiff(const Bytes& tiff) {
  const std::size_t length = tiff.size() + 8;
  Bytes bytes = {0xFF,
                 0xD8,
                 0xFF,
                 0xE1,
                 static_cast<std::uint8_t>(length >> 8),
                 static_cast<std::uint8_t>(length),
                 'E',
                 'x',
                 'i',
                 'f',
                 0,
                 0};
  bytes.insert(bytes.end(), tiff.begin(), tiff.end());
  bytes.insert(bytes.end(), {0xFF, 0xD9});
  return bytes;
}

const Bytes kTiff = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0};

// As Chromium 156.
TEST(Exif, OfSeveralOrientationsTheFirstSoundOne) {
  const auto both = [](std::uint8_t type, std::uint8_t count, std::uint8_t value) {
    return with_tiff({'I', 'I', 42, 0,    8, 0, 0, 0, 2, 0, 0x12, 1, type, 0, count, 0, 0, 0, value,
                      0,   0,   0,  0x12, 1, 3, 0, 1, 0, 0, 0,    3, 0,    0, 0,     0, 0, 0, 0});
  };
  EXPECT_EQ(exif_orientation(both(3, 1, 6)), 6);
  EXPECT_EQ(exif_orientation(both(3, 1, 9)), 3);
  EXPECT_EQ(exif_orientation(both(3, 1, 0)), 3);
  EXPECT_EQ(exif_orientation(both(4, 1, 6)), 3);
  EXPECT_EQ(exif_orientation(both(3, 2, 6)), 3);
  Bytes other = with_tiff(kTiff);
  other[11] = 1;  // behind "Exif" and its zero
  EXPECT_EQ(exif_orientation(other), 8);
  other[10] = 1;
  EXPECT_EQ(exif_orientation(other), 1);
}

TEST(Exif, DamagedStructuresMeanUpright) {
  ASSERT_EQ(exif_orientation(with_tiff(kTiff)), 8);
  for (std::size_t size = 0; size < kTiff.size(); ++size) {
    EXPECT_EQ(
        exif_orientation(with_tiff(Bytes(kTiff.begin(), kTiff.begin() + static_cast<long>(size)))),
        1)
        << "cut to " << size;
  }
  const auto changed = [](std::size_t at, std::uint8_t value) {
    Bytes tiff = kTiff;
    tiff[at] = value;
    return exif_orientation(with_tiff(tiff));
  };
  EXPECT_EQ(changed(0, 'X'), 1);   // byte order
  EXPECT_EQ(changed(2, 43), 1);    // magic number
  EXPECT_EQ(changed(7, 0xFF), 1);  // directory far outside
  EXPECT_EQ(changed(4, 20), 1);    // directory at the very end
  EXPECT_EQ(changed(9, 0xFF), 8);  // many more entries announced than present
  EXPECT_EQ(changed(12, 7), 1);    // another type
  EXPECT_EQ(changed(12, 4), 1);    // a long number, which browsers do not obey
  EXPECT_EQ(changed(18, 0), 1);    // not an orientation
  EXPECT_EQ(changed(18, 9), 1);
  EXPECT_EQ(changed(19, 1), 1);
}

TEST(Exif, ALengthThatReachesOverTheFileEndsTheSearch) {
  Bytes bytes = with_tiff(kTiff);
  bytes[4] = 0xFF;
  EXPECT_EQ(exif_orientation(bytes), 1);
  bytes[4] = 0;
  bytes[5] = 1;  // shorter than itself
  EXPECT_EQ(exif_orientation(bytes), 1);
  Bytes png = test::read_fixture("exif_6.png");
  png[33] = 0xFF;  // the length of the chunk behind the header
  EXPECT_EQ(exif_orientation(png), 1);
}

}  // namespace
}  // namespace masklens
