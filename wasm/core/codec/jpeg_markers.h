// The marker segments of a JPEG file (ITU-T T.81, annex B): what must be known before its pixels
// are decoded. Nothing is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/result.h"
#include "core/codec/limits.h"

namespace masklens {

struct JpegLayout {
  // Of the frame header (SOF); 0 where there is none.
  int width = 0;
  int height = 0;
  int components = 0;
  int precision = 0;         // bits a sample
  std::uint8_t process = 0;  // the marker's second byte: 0xC0 baseline, 0xC2 progressive, ...
  std::size_t frame_at = 0;  // where the frame header's 0xFF lies

  int adobe_transform = -1;            // of APP14: 0 as stored, 1 YCbCr, 2 YCCK; -1 without APP14
  std::span<const std::uint8_t> exif;  // the TIFF structure of the first APP1 "Exif"; may be empty

  bool has_end = false;         // an end of image (EOI) was met outside any segment
  bool cut_in_segment = false;  // a segment's length is impossible or reaches over the end
  bool scans_complete = false;  // there is as much as browsers show
  int scans = 0;                // up to where the picture is whole: nothing behind them is read
  // Every table (DHT, DQT) fits its segment, and scans name only tables that are there. stb_image
  // 2.27 checks neither, and reads and writes beside its own tables.
  bool tables_valid = true;
  // Blocks of 8 x 8 samples: of the scans that bring components for the first time, and of all.
  std::int64_t first_visits = 0;
  std::int64_t visits = 0;
  // Bytes that decoding takes at its most, beside the file: the pixels of a picture in one scan. Of
  // several, what a scan brings is kept until the last one is there.
  std::int64_t memory = 0;
};

// The Huffman tables that a file without its own means (T.81, annex K.3): the content of a segment
// with its length.
extern const std::array<std::uint8_t, 418> kStandardHuffmanTables;

// Walks the segments up to the first end of image. Damaged lengths end the walk.
JpegLayout scan_jpeg(std::span<const std::uint8_t> bytes);

// The size of the picture, when it is of a kind that is decoded, lies whole in the file and takes
// no more work than such a picture does. Fails with bad-image, unsupported-format, image-too-large.
Result<Size> check_jpeg(std::span<const std::uint8_t> bytes, const JpegLayout& layout,
                        const DecodeLimits& limits);

}  // namespace masklens
