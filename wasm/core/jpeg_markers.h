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

  bool has_scan = false;  // at least one scan header (SOS) was met
  bool has_end = false;   // an end of image (EOI) was met outside any segment
  // The last scan has fewer restart markers than its restart interval (DRI) calls for.
  bool restarts_missing = false;
};

// Walks the segments up to the first end of image. Damaged lengths end the walk.
JpegLayout scan_jpeg(std::span<const std::uint8_t> bytes);

}  // namespace masklens
