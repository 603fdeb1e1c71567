#include "core/codec/jpeg_decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/codec/jpeg_markers.h"
#include "fixtures.h"

namespace masklens {
namespace {

using File = std::vector<std::uint8_t>;
using test::decode_fixture;
using test::difference;
using test::read_fixture;

File with(const File& file, std::size_t at, const File& more) {
  File out = file;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
  return out;
}

File without(const File& file, std::size_t from, std::size_t to) {
  File out = file;
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(from),
            out.begin() + static_cast<std::ptrdiff_t>(to));
  return out;
}

// Where the markers of these kinds lie.
std::vector<std::size_t> markers(const File& file, int first, int last) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i + 1 < file.size(); ++i) {
    if (file[i] == 0xFF && file[i + 1] >= first && file[i + 1] <= last) found.push_back(i);
  }
  return found;
}

// The file without the segments of this kind.
File without_segments(File file, int marker) {
  for (std::size_t at = 2; file[at + 1] != 0xDA;) {
    const std::size_t end = at + 2 + static_cast<std::size_t>(file[at + 2] << 8) + file[at + 3];
    if (file[at + 1] == marker) {
      file = without(file, at, end);
    } else {
      at = end;
    }
  }
  return file;
}

int largest_difference(const File& file, const char* fixture) {
  const Result<Image> image = decode(file);
  EXPECT_TRUE(image) << (image ? "" : image.error().message);
  return image ? difference(image->view(), decode_fixture(fixture).view()).largest : 255;
}

TEST(JpegDecode, BytesBeforeARestartMarkerAreSkipped) {
  const File file = read_fixture("restarts.jpg");
  const std::vector<std::size_t> restarts = markers(file, 0xD0, 0xD7);
  ASSERT_GT(restarts.size(), 4U);
  const std::vector<File> junk = {
      {0}, File(9, 0), File(700, 0), {17, 200, 3, 99, 250, 1}, {0xFF, 0, 0xFF, 0}, {0xFF, 0xFF}};
  for (const File& bytes : junk) {
    File all = file;
    for (auto at = restarts.rbegin(); at != restarts.rend(); ++at) all = with(all, *at, bytes);
    EXPECT_EQ(largest_difference(all, "restarts.jpg"), 0) << bytes.size();
  }
}

TEST(JpegDecode, ALostIntervalIsGreyAndTheOthersKeepTheirPlace) {
  const File file = read_fixture("restarts.jpg");
  const std::vector<std::size_t> restarts = markers(file, 0xD0, 0xD7);
  const Image whole = decode_fixture("restarts.jpg");
  const auto rows_that_differ = [&](const File& damaged) {
    const Result<Image> image = decode(damaged);
    EXPECT_TRUE(image);
    int rows = 0;
    for (int y = 0; image && y < whole.height(); ++y) {
      const std::uint8_t* row = whole.view().row(y);
      rows += !std::equal(row, row + whole.width() * kChannels, image->view().row(y));
    }
    return rows;
  };
  // An interval is a row of 16 pixels; chroma is smoothed over one more on either side.
  EXPECT_LE(rows_that_differ(without(file, restarts[2], restarts[3])), 18);
  EXPECT_GE(rows_that_differ(without(file, restarts[2], restarts[3])), 8);
  EXPECT_LE(rows_that_differ(without(file, restarts[2], restarts[2] + 2)), 34);
  EXPECT_EQ(rows_that_differ(with(file, restarts[2], {0xFF, file[restarts[1] + 1]})), 0);
}

TEST(JpegDecode, BytesBehindTheLastScanAreNotMissed) {
  for (const char* name : {"baseline.jpg", "progressive.jpg"}) {
    const File file = read_fixture(name);
    const std::size_t end = markers(file, 0xD9, 0xD9).back();
    for (const File& junk : {File{0xFF, 0x02, 0, 1}, File{'j', 'u', 'n', 'k', 0}, File{0xFF, 0xBF},
                             File{0xFF, 0xD3}, File{0xFF, 0xFE, 0, 3, 'x'}, File{0xFF, 0xD9}}) {
      EXPECT_EQ(largest_difference(with(file, end, junk), name), 0) << name;
    }
  }
  const File file = read_fixture("baseline.jpg");
  const std::size_t end = markers(file, 0xD9, 0xD9).back();
  EXPECT_EQ(largest_difference(with(file, end, {0xFF, 0xE5, 0xFF, 0xF0}), "baseline.jpg"), 0);
}

TEST(JpegDecode, NothingIsReadBehindTheScanThatMakesThePictureWhole) {
  for (const char* name : {"baseline.jpg", "restarts.jpg", "progressive.jpg"}) {
    const File file = read_fixture(name);
    for (const File& more :
         {File{0xFF, 0xC4, 0, 3, 0}, File{0xFF, 0xDA, 0, 3, 9}, File{0xFF, 0xDA}, File{0xFF, 0xD8},
          File{0xFF, 2}, File{0xFF, 0xF0, 0, 4, 1, 2}, File{0xFF, 0xDE, 0, 2}, File(500, 0)}) {
      EXPECT_EQ(largest_difference(with(file, file.size() - 2, more), name), 0)
          << name << " " << int{more[1]};
    }
  }
  // One scan before that, it is damage.
  const File file = read_fixture("progressive.jpg");
  const std::size_t last = markers(file, 0xDA, 0xDA).back();
  EXPECT_FALSE(decode(with(file, last, {0xFF, 0xF0, 0, 4, 1, 2})));
}

TEST(JpegDecode, FilesWithoutHuffmanTablesMeanTheStandardOnes) {
  const File file = read_fixture("baseline.jpg");
  // The fixture brings the standard tables, so nothing is lost.
  EXPECT_EQ(largest_difference(without_segments(file, 0xC4), "baseline.jpg"), 0);
  // Quantisation has no standard.
  EXPECT_FALSE(decode(without_segments(file, 0xDB)));
}

// As libjpeg: what stands first in a scan may be any component, what stands second none but the
// second and so on.
TEST(JpegDecode, ComponentsOfOneNameAreToldApartByTheirOrder) {
  const auto named = [](const File& frame, const File& scan) {
    File file = read_fixture("baseline.jpg");
    const std::size_t sof = markers(file, 0xC0, 0xC0)[0];
    const std::size_t sos = markers(file, 0xDA, 0xDA)[0];
    for (std::size_t i = 0; i < 3; ++i) {
      file[sof + 10 + 3 * i] = frame[i];
      file[sos + 5 + 2 * i] = scan[i];
    }
    return file;
  };
  for (const File& names : {File{1, 1, 1}, File{1, 1, 2}, File{1, 2, 1}, File{1, 2, 2},
                            File{0, 0, 0}, File{2, 3, 4}, File{82, 82, 66}}) {
    EXPECT_EQ(largest_difference(named(names, names), "baseline.jpg"), 0);
  }
  for (const File& order : {File{3, 2, 1}, File{2, 1, 3}, File{1, 1, 3}, File{1, 2, 4}}) {
    EXPECT_FALSE(decode(named({1, 2, 3}, order)));
  }
}

TEST(JpegDecode, MarkersWithoutMeaningBeforeTheFrameAreSkipped) {
  const File file = read_fixture("baseline.jpg");
  for (const File& more : {File{0xFF, 1}, File{0xFF, 0xD0}, File{0xFF, 0xD7}, File{0xFF, 0},
                           File{0xFF, 0xFF, 0xFF}, File{0xFF, 0xFE, 0, 0}, File{0xFF, 0xE5, 0, 1},
                           File{0xFF, 0xFE, 0, 2}, File{0xFF, 0xDC, 0, 5, 0, 1, 1}}) {
    EXPECT_EQ(largest_difference(with(file, 2, more), "baseline.jpg"), 0) << int{more[1]};
  }
  EXPECT_FALSE(decode(with(file, 2, {0xFF, 0xD8})));
  EXPECT_FALSE(decode(with(file, 2, {0xFF, 2})));
}

// A byte behind 0xFF that is no marker: at the end it does no harm (junk_ff02_before_eoi.jpg).
TEST(JpegDecode, WhatIsNoMarkerInTheMiddleOfTheDataIsDamage) {
  const File file = read_fixture("baseline.jpg");
  const std::size_t middle = (markers(file, 0xDA, 0xDA)[0] + file.size()) / 2;
  EXPECT_FALSE(decode(with(file, middle, {0xFF, 5})));
  EXPECT_EQ(largest_difference(with(file, file.size() - 2, {0xFF, 5}), "baseline.jpg"), 0);
}

TEST(JpegDecode, WithoutAnEndNoScanMayBeMissing) {
  const File file = read_fixture("progressive.jpg");
  const std::vector<std::size_t> scans = markers(file, 0xDA, 0xDA);
  for (std::size_t i = 1; i < scans.size(); ++i) {
    const File some(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(scans[i]));
    const Result<Image> image = decode(some);
    ASSERT_FALSE(image) << i;
    EXPECT_NE(image.error().message.find("cut short"), std::string::npos) << i;
    EXPECT_TRUE(decode(with(some, some.size(), {0xFF, 0xD9}))) << i;  // as browsers
  }
  const File whole(file.begin(), file.end() - 2);
  EXPECT_EQ(largest_difference(whole, "progressive.jpg"), 0);
}

TEST(JpegDecode, ExifBehindAScanIsNotObeyed) {
  const File file = read_fixture("progressive.jpg");
  const File exif = {0xFF, 0xE1, 0, 34,   'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
                     0,    1,    1, 0x12, 0,   3,   0,   0,   0, 1, 0,   6,   0, 0,  0, 0, 0, 0};
  const std::vector<std::size_t> scans = markers(file, 0xDA, 0xDA);
  EXPECT_EQ(largest_difference(with(file, scans[1], exif), "progressive.jpg"), 0);
  const Result<Image> turned = decode(with(file, scans[0], exif));
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned->width(), decode_fixture("progressive.jpg").height());
}

TEST(JpegDecode, DataThatEndTooEarlyLeaveGrey) {
  const File file = read_fixture("baseline.jpg");
  const std::size_t scan = markers(file, 0xDA, 0xDA).front();
  File half(file.begin(), file.begin() + static_cast<std::ptrdiff_t>((scan + file.size()) / 2));
  const Result<Image> cut = decode(half);
  ASSERT_FALSE(cut);
  EXPECT_NE(cut.error().message.find("cut short"), std::string::npos);
  // With an end marker, it is what browsers show.
  half.insert(half.end(), {0xFF, 0xD9});
  const Result<Image> image = decode(half);
  ASSERT_TRUE(image);
  const std::uint8_t* last = image->view().row(image->height() - 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(last[i], 128);
}

TEST(JpegDecode, MoreBlocksThanBitsAreRefusedBeforeAnythingIsAllocated) {
  File file = read_fixture("baseline.jpg");
  const std::size_t frame = scan_jpeg(file).frame_at;
  file[frame + 5] = 0x17;  // 16384 x 6100
  file[frame + 6] = 0xD4;
  file[frame + 7] = 0x40;
  file[frame + 8] = 0;
  const Result<Image> image = decode(file);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kBadImage);
  EXPECT_NE(image.error().message.find("cut short"), std::string::npos);
}

TEST(JpegDecode, ScansWithoutEndAreRefused) {
  const File file = read_fixture("progressive.jpg");
  const JpegLayout layout = scan_jpeg(file);
  EXPECT_GT(layout.visits, layout.first_visits);
  // The last scan, a refinement, with a bit still to come: any number of those is possible.
  const std::size_t scan = markers(file, 0xDA, 0xDA).back();
  File once(file.begin() + static_cast<std::ptrdiff_t>(scan), file.end() - 2);
  once.resize(10);
  once.back() = 0x21;
  File many(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(scan));
  for (int i = 0; i < 100'000; ++i) many.insert(many.end(), once.begin(), once.end());
  many.insert(many.end(), file.begin() + static_cast<std::ptrdiff_t>(scan), file.end());
  const Result<Image> image = decode(many);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kImageTooLarge) << image.error().message;
}

// A progressive file of that size without subsampling, `bytes` long.
File large_in_scans(int side, std::size_t bytes) {
  File file = read_fixture("progressive.jpg");
  const std::size_t frame = scan_jpeg(file).frame_at;
  for (const std::size_t at : {frame + 5, frame + 7}) {
    file[at] = static_cast<std::uint8_t>(side >> 8);
    file[at + 1] = static_cast<std::uint8_t>(side & 255);
  }
  for (std::size_t i = 0; i < 3; ++i) file[frame + 11 + 3 * i] = 0x11;
  file.resize(bytes - 2);
  file.insert(file.end(), {0xFF, 0xD9});
  return file;
}

TEST(JpegDecode, WhatSeveralScansKeepIsWithinThePicturesMemory) {
  constexpr std::size_t kMegabyte = 1'000'000;
  const auto checked = [](const File& file) { return check_jpeg(file, scan_jpeg(file), {}); };
  // 7 bytes a pixel are 64 MB more than 1.2 times 4 of them from 30.5 megapixels on.
  EXPECT_TRUE(checked(large_in_scans(5520, kMegabyte)));
  const Result<Size> size = checked(large_in_scans(5530, kMegabyte));
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, ErrorCode::kImageTooLarge) << size.error().message;
  EXPECT_NE(size.error().message.find("several scans"), std::string::npos);
  // A file that is as large as such photos are may keep more.
  EXPECT_TRUE(checked(large_in_scans(5530, 11 * kMegabyte)));
  EXPECT_EQ(scan_jpeg(large_in_scans(1000, kMegabyte)).memory, 7 * kMegabyte);
}

}  // namespace
}  // namespace masklens
