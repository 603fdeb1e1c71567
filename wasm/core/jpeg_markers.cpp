#include "core/jpeg_markers.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/byte_order.h"

namespace masklens {
namespace {

constexpr std::uint8_t kFirstRestart = 0xD0;
constexpr std::uint8_t kLastRestart = 0xD7;
constexpr std::uint8_t kStartOfImage = 0xD8;
constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kRestartInterval = 0xDD;
constexpr std::uint8_t kApp1 = 0xE1;
constexpr std::uint8_t kApp14 = 0xEE;

bool is_frame_header(std::uint8_t marker) {
  // C4, C8 and CC are tables and a reserved code in the middle of the SOF range.
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool is_restart(std::uint8_t marker) { return marker >= kFirstRestart && marker <= kLastRestart; }

bool starts_with(ByteSpan bytes, const char* text, std::size_t length) {
  return bytes.size() >= length && std::memcmp(bytes.data(), text, length) == 0;
}

std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

struct Component {
  std::uint8_t id = 0;
  std::size_t h = 1;  // sampling factors
  std::size_t v = 1;
};

struct Walk {
  JpegLayout layout;
  std::array<Component, 4> components{};
  std::size_t restart_interval = 0;  // in units of a scan; 0: no restarts
  std::size_t restarts_due = 0;      // in the scan being walked
  std::size_t restarts_met = 0;

  void frame_header(ByteSpan body, std::uint8_t marker, std::size_t at) {
    if (layout.process != 0 || body.size() < 6) return;
    layout.process = marker;
    layout.frame_at = at;
    layout.precision = body[0];
    layout.height = static_cast<int>(big16(body, 1));
    layout.width = static_cast<int>(big16(body, 3));
    layout.components = body[5];
    const std::size_t count = std::min<std::size_t>(body[5], components.size());
    for (std::size_t i = 0; i < count && 6 + 3 * i + 2 < body.size(); ++i) {
      const std::uint8_t factors = body[6 + 3 * i + 1];
      components[i] = {body[6 + 3 * i], std::max<std::size_t>(factors >> 4, 1),
                       std::max<std::size_t>(factors & 15, 1)};
    }
  }

  // How many restart markers the scan must hold: one between every two intervals of units, which
  // are blocks of the one component, or whole MCUs (T.81, A.2).
  void scan_header(ByteSpan body) {
    layout.has_scan = true;
    restarts_met = 0;
    restarts_due = 0;
    if (restart_interval == 0 || body.size() < 2) return;
    std::size_t h_max = 1;
    std::size_t v_max = 1;
    for (const Component& c : components) {
      h_max = std::max(h_max, c.h);
      v_max = std::max(v_max, c.v);
    }
    std::size_t unit_width = 8 * h_max;
    std::size_t unit_height = 8 * v_max;
    if (body[0] == 1) {
      for (const Component& c : components) {
        if (c.id != body[1]) continue;
        unit_width = 8 * h_max / c.h;
        unit_height = 8 * v_max / c.v;
        break;
      }
    }
    const std::size_t units = ceil_div(static_cast<std::size_t>(layout.width), unit_width) *
                              ceil_div(static_cast<std::size_t>(layout.height), unit_height);
    if (units > 0) restarts_due = ceil_div(units, restart_interval) - 1;
  }

  void segment(ByteSpan body, std::uint8_t marker, std::size_t at) {
    if (is_frame_header(marker)) {
      frame_header(body, marker, at);
    } else if (marker == kStartOfScan) {
      scan_header(body);
    } else if (marker == kRestartInterval && body.size() >= 2) {
      restart_interval = big16(body, 0);
    } else if (marker == kApp1 && layout.exif.empty() && starts_with(body, "Exif\0\0", 6)) {
      layout.exif = body.subspan(6);
    } else if (marker == kApp14 && body.size() >= 12 && starts_with(body, "Adobe", 5)) {
      layout.adobe_transform = body[11];
    }
  }
};

}  // namespace

JpegLayout scan_jpeg(std::span<const std::uint8_t> bytes) {
  Walk walk;
  std::size_t at = 0;
  while (at + 1 < bytes.size()) {
    // Between segments stands a marker; inside a scan everything up to the next one is data.
    const auto* hit =
        static_cast<const std::uint8_t*>(std::memchr(&bytes[at], 0xFF, bytes.size() - at));
    if (hit == nullptr) break;
    at = static_cast<std::size_t>(hit - bytes.data());
    if (at + 1 >= bytes.size()) break;
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == kEndOfImage) {
      walk.layout.has_end = true;
      break;
    }
    if (marker < 0xC0 || marker == kStartOfImage || is_restart(marker)) {  // no length follows
      walk.restarts_met += is_restart(marker) ? 1 : 0;
      at += 2;
      continue;
    }
    if (at + 4 > bytes.size()) break;
    const std::size_t length = big16(bytes, at + 2);
    if (length < 2 || at + 2 + length > bytes.size()) break;
    walk.segment(bytes.subspan(at + 4, length - 2), marker, at);
    at += 2 + length;
  }
  walk.layout.restarts_missing = walk.restarts_met < walk.restarts_due;
  return walk.layout;
}

}  // namespace masklens
