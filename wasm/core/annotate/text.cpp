#include "core/annotate/text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "core/annotate/coverage.h"

namespace masklens {
namespace {

// Made from assets/label_font.outlines by the build; make_label_font.py says how it is written. The
// file is part of the program: what it says is known to be right.
constexpr std::uint8_t kFontFile[] = {
#include <label_font.inc>
};
constexpr float kUnitsPerEm = 256;

// Takes the first character off a text. Bytes that are not UTF-8 give one U+FFFD each.
char32_t take_character(std::string_view& text) {
  constexpr char32_t kReplacement = 0xFFFD;
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  char32_t character = length < 2 ? lead : lead & (0x7F >> length);
  bool valid = length > 0 && length <= text.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    valid = (next & 0xC0) == 0x80;
    character = character << 6 | (next & 0x3F);
  }
  text.remove_prefix(valid ? length : 1);
  return valid ? character : kReplacement;
}

// The file from a place on.
class FontReader {
 public:
  explicit FontReader(std::size_t at) : at_(at) {}

  std::size_t at() const { return at_; }
  bool ended() const { return at_ == std::size(kFontFile); }

  std::uint32_t number() {
    std::uint32_t value = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint32_t byte = kFontFile[at_++];
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }

  // A signed step, and whether the point has the mark that is written with it.
  int step(bool& marked) {
    const std::uint32_t value = number();
    marked = (value & 1) != 0;
    const auto half = static_cast<int>(value >> 2);
    return (value & 2) != 0 ? -half - 1 : half;
  }

 private:
  std::size_t at_;
};

struct OutlinePoint {
  Point at;
  bool on = false;    // else a curve's control point
  bool last = false;  // of its contour
};

// The points of the glyph whose outline begins there, in pixels; y runs downwards from the
// baseline.
std::vector<OutlinePoint> outline_at(std::size_t at, float size) {
  FontReader reader(at);
  std::vector<OutlinePoint> points(reader.number());
  const float scale = size / kUnitsPerEm;
  int x = 0;
  int y = 0;
  for (OutlinePoint& point : points) {
    x += reader.step(point.on);
    y += reader.step(point.last);
    point.at = {static_cast<float>(x) * scale, -static_cast<float>(y) * scale};
  }
  return points;
}

void add_contour(CoverageMap& map, std::span<const OutlinePoint> points, Point offset) {
  const auto moved = [offset](Point p) { return Point{p.x + offset.x, p.y + offset.y}; };
  const Point start = moved(points.front().at);
  Point from = start;
  Point control;
  bool bends = false;
  const auto reach = [&](Point to) {
    if (bends) {
      map.add_curve(from, control, to);
    } else {
      map.add_edge(from, to);
    }
    from = to;
  };
  for (const OutlinePoint& point : points.subspan(1)) {
    const Point to = moved(point.at);
    if (point.on) {
      reach(to);
    } else if (bends) {
      reach({(control.x + to.x) / 2, (control.y + to.y) / 2});
    }
    control = to;
    bends = !point.on;
  }
  reach(start);
}

}  // namespace

LabelFont::LabelFont() {
  char32_t character = 0;
  for (FontReader reader(0); !reader.ended();) {
    character += reader.number();
    const float advance = static_cast<float>(reader.number()) / kUnitsPerEm;
    glyphs_.push_back({character, advance, reader.at()});
    const std::uint32_t points = reader.number();
    for (std::uint32_t i = 0; i < 2 * points; ++i) reader.number();
  }
}

const LabelFont::Glyph& LabelFont::glyph_of(char32_t character) const {
  for (const Glyph& glyph : glyphs_) {
    if (glyph.character == character) return glyph;
  }
  return glyphs_.front();
}

float LabelFont::width(std::string_view text, float size) const {
  float width = 0;
  while (!text.empty()) width += glyph_of(take_character(text)).advance * size;
  return width;
}

bool LabelFont::has(std::string_view text) const {
  while (!text.empty()) {
    if (glyph_of(take_character(text)).character == 0) return false;
  }
  return true;
}

void LabelFont::draw(Image& image, std::string_view text, float size, Point start,
                     const Color& color) const {
  // A baseline between two rows of pixels keeps the feet of small letters sharp.
  const int baseline = static_cast<int>(std::lround(start.y));
  float pen = start.x;
  while (!text.empty()) {
    const Glyph& glyph = glyph_of(take_character(text));
    const std::vector<OutlinePoint> points = outline_at(glyph.outline, size);
    const float glyph_start = pen;
    pen += glyph.advance * size;
    if (points.empty()) continue;
    Point low = points.front().at;
    Point high = low;
    for (const auto& [at, on, last] : points) {
      low = {std::min(low.x, at.x), std::min(low.y, at.y)};
      high = {std::max(high.x, at.x), std::max(high.y, at.y)};
    }
    const int left = static_cast<int>(std::floor(glyph_start + low.x));
    const int top = static_cast<int>(std::floor(low.y));
    const int width = static_cast<int>(std::ceil(glyph_start + high.x)) - left;
    const int height = static_cast<int>(std::ceil(high.y)) - top;
    CoverageMap map(width, height);
    const Point offset = {glyph_start - static_cast<float>(left), -static_cast<float>(top)};
    for (std::size_t from = 0, i = 0; i < points.size(); ++i) {
      if (!points[i].last) continue;
      add_contour(map, std::span(points).subspan(from, i + 1 - from), offset);
      from = i + 1;
    }
    for (int y = 0; y < height; ++y) {
      const int row = baseline + top + y;
      if (row < 0 || row >= image.height()) continue;
      const std::span<const float> coverage = map.finish_row(y);
      for (int x = std::max(0, -left); x < std::min(width, image.width() - left); ++x) {
        blend(image, left + x, row, color, coverage[static_cast<std::size_t>(x)]);
      }
    }
  }
}

}  // namespace masklens
