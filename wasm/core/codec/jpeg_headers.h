// The segments and scan headers of a JPEG, with stb_image's parts. For jpeg_decode.cpp alone, which
// has those in it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace masklens {

inline constexpr std::uint8_t kTemporary = 0x01;  // of arithmetic coding; stands alone, as restarts
inline constexpr std::uint8_t kNumberOfLines = 0xDC;
inline constexpr std::uint8_t kApp0 = 0xE0;
inline constexpr std::uint8_t kApp14 = 0xEE;
inline constexpr std::uint8_t kComment = 0xFE;

// Neither a frame's nor a scan's.
inline bool read_segment(stbi__jpeg* j, int marker) {
  if (marker == kTemporary || STBI__RESTART(marker)) return true;
  const bool is_skipped =
      marker == kNumberOfLines || marker == kComment || (marker > kApp0 && marker < kApp14);
  if (!is_skipped) return stbi__process_marker(j, marker) != 0;
  stbi__skip(j->s, std::max(2, stbi__get16be(j->s)) - 2);
  return true;
}

// What scan_jpeg() let pass. The n-th component of a scan is none of the first n, as in libjpeg:
// so they are told apart where their names do not.
inline bool read_scan_header(stbi__jpeg* j) {
  stbi__skip(j->s, 2);  // the length
  j->scan_n = stbi__get8(j->s);
  if (j->scan_n < 1 || j->scan_n > j->s->img_n) return false;
  for (int i = 0; i < j->scan_n; ++i) {
    const int id = stbi__get8(j->s);
    const int tables = stbi__get8(j->s);
    int which = i;
    while (which < j->s->img_n && j->img_comp[which].id != id) ++which;
    if (which == j->s->img_n || (tables & 0xCC) != 0) return false;
    j->order[i] = which;
    j->img_comp[which].hd = tables >> 4;
    j->img_comp[which].ha = tables & 15;
  }
  j->spec_start = stbi__get8(j->s);
  j->spec_end = stbi__get8(j->s);
  const int bits = stbi__get8(j->s);
  j->succ_high = bits >> 4;
  j->succ_low = bits & 15;
  return j->progressive == 0 || (j->spec_start <= j->spec_end && j->spec_end <= 63 &&
                                 j->succ_high <= 13 && j->succ_low <= 13);
}

}  // namespace masklens
