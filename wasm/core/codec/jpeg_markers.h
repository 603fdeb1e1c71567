// The marker segments of a JPEG file (ITU-T T.81, annex B): what must be known before its pixels
// are decoded. Nothing is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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
  // Every component has a first scan, and the last scan has the restart markers that its restart
  // interval (DRI) calls for. What is missing would show whatever the memory held before.
  bool scans_complete = false;
  // Every table (DHT, DQT) fits its segment, and scans name only tables that are there. stb_image
  // 2.27 checks neither, and reads and writes beside its own tables.
  bool tables_valid = true;
};

// Walks the segments up to the first end of image. Damaged lengths end the walk.
JpegLayout scan_jpeg(std::span<const std::uint8_t> bytes);

}  // namespace masklens
