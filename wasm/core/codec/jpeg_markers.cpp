#include "core/codec/jpeg_markers.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/byte_order.h"
#include "core/codec/decode_errors.h"

namespace masklens {
namespace {

constexpr std::uint8_t kProgressive = 0xC2;
constexpr std::uint8_t kHuffmanTables = 0xC4;
constexpr std::uint8_t kFirstRestart = 0xD0;
constexpr std::uint8_t kLastRestart = 0xD7;
constexpr std::uint8_t kStartOfImage = 0xD8;
constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kQuantisationTables = 0xDB;
constexpr std::uint8_t kApp0 = 0xE0;
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
  std::size_t quantisation = 0;  // number of its table
  std::uint64_t whole = 0;  // a bit for each of the 64 coefficients of which all bits are there
};

constexpr std::int64_t kBytesOfPixel = 4;
constexpr std::int64_t kBytesOfCoefficient = 2;

struct Walk {
  JpegLayout layout;
  std::array<Component, 4> components{};
  // The first two are standard ones until the file brings its own.
  std::array<bool, 4> dc_tables{true, true, false, false};
  std::array<bool, 4> ac_tables{true, true, false, false};
  std::array<bool, 4> quantisation{};
  std::size_t in_first_scan = 0;  // components

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
                       std::max<std::size_t>(factors & 15, 1),
                       std::min<std::size_t>(body[6 + 3 * i + 2], 3)};
    }
  }

  // Tables lie one behind the other: a byte of class and number, the numbers of codes of 1 to 16
  // bits, then a byte for each code (T.81, B.2.4.2).
  bool huffman_tables(ByteSpan body) {
    constexpr std::size_t kHead = 17;
    constexpr std::size_t kMostCodes = 255;  // 8-bit samples need 162; stb_image's last is a flag
    while (!body.empty()) {
      if (body.size() < kHead || body[0] >> 4 > 1 || (body[0] & 15) > 3) return false;
      std::size_t codes = 0;
      for (std::size_t i = 1; i < kHead; ++i) codes += body[i];
      if (codes > kMostCodes || codes > body.size() - kHead) return false;
      (body[0] >> 4 == 0 ? dc_tables : ac_tables)[body[0] & 15] = true;
      body = body.subspan(kHead + codes);
    }
    return true;
  }

  // Each a byte of precision and number, then 64 values of one or two bytes (T.81, B.2.4.1).
  bool quantisation_tables(ByteSpan body) {
    while (!body.empty()) {
      const std::size_t size = 1 + (body[0] >> 4 == 0 ? 64 : 128);
      if (body[0] >> 4 > 1 || (body[0] & 15) > 3 || body.size() < size) return false;
      quantisation[body[0] & 15] = true;
      body = body.subspan(size);
    }
    return true;
  }

  // A count of components, two bytes for each, the spectral range and approximation (T.81, B.2.3).
  bool scan_header(ByteSpan body) {
    const std::size_t count = body.empty() ? 0 : body[0];
    if (count < 1 || count > components.size() || body.size() != 4 + 2 * count) return false;
    const bool progressive = layout.process == kProgressive;
    const bool with_dc = !progressive || body[1 + 2 * count] == 0;
    const bool with_ac = !progressive || !with_dc;
    const bool is_first = !progressive || body[3 + 2 * count] >> 4 == 0;
    std::uint64_t whole = ~std::uint64_t{0};
    if (progressive) {
      whole = whole << (body[1 + 2 * count] & 63) & whole >> (~body[2 + 2 * count] & 63);
      if ((body[3 + 2 * count] & 15) != 0) whole = 0;
    }
    std::size_t blocks = 0;  // of an MCU
    Component* component = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
      component = component_of(body[1 + 2 * i], i);
      const std::size_t dc = body[2 + 2 * i] >> 4;
      const std::size_t ac = body[2 + 2 * i] & 15;
      if (component == nullptr || dc > 3 || ac > 3 || !quantisation[component->quantisation] ||
          (with_dc && is_first && !dc_tables[dc]) || (with_ac && !ac_tables[ac])) {
        return false;
      }
      component->whole |= whole;
      blocks += component->h * component->v;
    }
    ++layout.scans;
    if (in_first_scan == 0) in_first_scan = count;
    count_visits(count == 1 ? component : nullptr, blocks, with_dc && is_first);
    return true;
  }

  // The n-th of a scan is none of the first n components, as in libjpeg: they may have one name.
  Component* component_of(std::uint8_t id, std::size_t n) {
    for (Component& c : used_components().subspan(std::min(n, used_components().size()))) {
      if (c.id == id) return &c;
    }
    return nullptr;
  }

  std::span<Component> used_components() {
    const auto count = static_cast<std::size_t>(layout.components);
    return std::span(components).first(std::min(count, components.size()));
  }

  // The units of a scan are the blocks of the one component, or whole MCUs (T.81, A.2).
  void count_visits(const Component* only, std::size_t blocks, bool is_first) {
    const std::size_t units = only != nullptr ? blocks_of(only->h, only->v) : blocks_of(1, 1);
    const auto visits = static_cast<std::int64_t>(only != nullptr ? units : units * blocks);
    layout.visits += visits;
    if (is_first) layout.first_visits += visits;
  }

  // Of a component of that sampling; of 1 x 1 are MCUs.
  std::size_t blocks_of(std::size_t h, std::size_t v) {
    std::size_t h_max = 1;
    std::size_t v_max = 1;
    for (const Component& c : used_components()) {
      h_max = std::max(h_max, c.h);
      v_max = std::max(v_max, c.v);
    }
    const auto width = static_cast<std::size_t>(layout.width);
    const auto height = static_cast<std::size_t>(layout.height);
    return ceil_div(width * h, 8 * h_max) * ceil_div(height * v, 8 * v_max);
  }

  std::int64_t memory() {
    const std::int64_t pixels = kBytesOfPixel * layout.width * layout.height;
    const auto used = used_components();
    if (layout.process != kProgressive && in_first_scan == used.size()) return pixels;
    std::int64_t samples = 0;
    for (const Component& c : used) samples += static_cast<std::int64_t>(64 * blocks_of(c.h, c.v));
    const std::int64_t kept = layout.process == kProgressive ? kBytesOfCoefficient * samples : 0;
    return std::max(kept, samples + pixels);
  }

  // No coefficient is missing.
  bool is_whole() {
    const auto used = used_components();
    return !used.empty() &&
           std::all_of(used.begin(), used.end(), [](const Component& c) { return ~c.whole == 0; });
  }

  void segment(ByteSpan body, std::uint8_t marker, std::size_t at) {
    if (is_whole()) return;  // nothing behind it is read
    if (is_frame_header(marker)) {
      frame_header(body, marker, at);
    } else if (marker == kHuffmanTables) {
      layout.tables_valid = layout.tables_valid && huffman_tables(body);
    } else if (marker == kQuantisationTables) {
      layout.tables_valid = layout.tables_valid && quantisation_tables(body);
    } else if (marker == kStartOfScan) {
      layout.tables_valid = layout.tables_valid && scan_header(body);
    } else if (in_first_scan > 0) {
      return;
    } else if (marker == kApp1 && layout.exif.empty() && body.size() >= 6 &&
               starts_with(body, "Exif", 5)) {  // a zero and a byte of any value
      layout.exif = body.subspan(6);
    } else if (marker == kApp14 && body.size() >= 12 && starts_with(body, "Adobe", 5)) {
      layout.adobe_transform = body[11];
    }
  }
};

// Blocks visited in all scans together: a progressive file visits them some ten times, each time
// for some of its bytes. One that comes back a thousand times is meant to keep us busy.
constexpr std::int64_t kFreeVisits = 25'000'000;

// In tenths of a byte: of a pixel's 4; beside them, what a picture in one scan may need, and a file
// of 10 MB in several; larger files have more to keep.
constexpr std::int64_t kMemoryOfPixel = 12 * kBytesOfPixel;
constexpr std::int64_t kFreeMemory = std::int64_t{640} << 20;
constexpr std::int64_t kMemoryOfByte = 64;

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
      at += 2;
      continue;
    }
    const std::size_t length = at + 4 <= bytes.size() ? big16(bytes, at + 2) : 0;
    if (length < 2 && marker >= kApp0 && at + 4 <= bytes.size()) {  // means nothing, says libjpeg
      at += 4;
      continue;
    }
    if (length < 2 || at + 2 + length > bytes.size()) {
      walk.layout.has_end = walk.is_whole();
      walk.layout.cut_in_segment = !walk.layout.has_end;
      break;
    }
    walk.segment(bytes.subspan(at + 4, length - 2), marker, at);
    at += 2 + length;
  }
  // Browsers show what has an end with any scan.
  walk.layout.scans_complete = walk.layout.has_end ? walk.layout.scans > 0 : walk.is_whole();
  walk.layout.memory = walk.memory();
  return walk.layout;
}

Result<Size> check_jpeg(std::span<const std::uint8_t> bytes, const JpegLayout& layout,
                        const DecodeLimits& limits) {
  if (layout.process == 0) {
    return layout.has_end ? damaged(Format::kJpeg) : cut_short(Format::kJpeg);
  }
  // Before its kind: what is too large here is not given to others.
  Result<Size> size = within({layout.width, layout.height}, limits);
  if (!size) return size;
  if (layout.process > 0xC2) return rare_kind(Format::kJpeg, "lossless or arithmetically coded");
  if (layout.precision == 12) return rare_kind(Format::kJpeg, "of 12 bits a sample");
  if (layout.precision != 8 || layout.width == 0 || layout.height == 0) {
    return damaged(Format::kJpeg);
  }
  if (!layout.tables_valid) return damaged(Format::kJpeg);
  const auto size_of_file = static_cast<std::int64_t>(bytes.size());
  // A block takes a bit at least: fewer are not what the header announces.
  if (layout.cut_in_segment || !layout.scans_complete || layout.first_visits > 8 * size_of_file) {
    return cut_short(Format::kJpeg);
  }
  const std::int64_t room = std::max(kFreeMemory, kMemoryOfByte * size_of_file);
  if (layout.visits > kFreeVisits + size_of_file ||
      10 * layout.memory > kMemoryOfPixel * size->width * size->height + room) {
    return out_of_proportion();
  }
  return size;
}

}  // namespace masklens
