#include "core/annotate/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>

namespace masklens {
namespace {

// Made from core/assets/label_font.ttf by the build.
constexpr std::uint8_t kFontFile[] = {
#include <label_font.inc>
};

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

}  // namespace

struct LabelFont::State {
  stbtt_fontinfo info{};
};

LabelFont::LabelFont() : state_(std::make_unique<State>()) {
  // The file is part of the program: its tables are known to be right.
  stbtt_InitFont(&state_->info, kFontFile, 0);
}

LabelFont::~LabelFont() = default;

float LabelFont::width(std::string_view text, float size) const {
  const float scale = stbtt_ScaleForMappingEmToPixels(&state_->info, size);
  float width = 0;
  while (!text.empty()) {
    int advance = 0;
    int bearing = 0;
    stbtt_GetCodepointHMetrics(&state_->info, static_cast<int>(take_character(text)), &advance,
                               &bearing);
    width += static_cast<float>(advance) * scale;
  }
  return width;
}

bool LabelFont::has(std::string_view text) const {
  while (!text.empty()) {
    if (stbtt_FindGlyphIndex(&state_->info, static_cast<int>(take_character(text))) == 0) {
      return false;
    }
  }
  return true;
}

void LabelFont::draw(Image& image, std::string_view text, float size, Point start,
                     const Color& color) const {
  const stbtt_fontinfo& font = state_->info;
  const float scale = stbtt_ScaleForMappingEmToPixels(&font, size);
  std::vector<std::uint8_t> coverage;
  // A baseline between two rows of pixels keeps the feet of small letters sharp.
  const int baseline = static_cast<int>(std::lround(start.y));
  float pen = start.x;
  while (!text.empty()) {
    const int glyph = stbtt_FindGlyphIndex(&font, static_cast<int>(take_character(text)));
    int advance = 0;
    int bearing = 0;
    stbtt_GetGlyphHMetrics(&font, glyph, &advance, &bearing);
    const int left = static_cast<int>(std::floor(pen));
    const float shift = pen - static_cast<float>(left);
    int x0 = 0;
    int y0 = 0;
    int x1 = 0;
    int y1 = 0;
    stbtt_GetGlyphBitmapBoxSubpixel(&font, glyph, scale, scale, shift, 0, &x0, &y0, &x1, &y1);
    pen += static_cast<float>(advance) * scale;
    if (x1 <= x0 || y1 <= y0) continue;
    const int width = x1 - x0;
    coverage.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(y1 - y0), 0);
    stbtt_MakeGlyphBitmapSubpixel(&font, coverage.data(), width, y1 - y0, width, scale, scale,
                                  shift, 0, glyph);
    for (int y = std::max(y0, -baseline); y < std::min(y1, image.height() - baseline); ++y) {
      for (int x = std::max(x0, -left); x < std::min(x1, image.width() - left); ++x) {
        const auto at = static_cast<std::size_t>(y - y0) * static_cast<std::size_t>(width) +
                        static_cast<std::size_t>(x - x0);
        blend(image, left + x, baseline + y, color, static_cast<float>(coverage[at]) / 255);
      }
    }
  }
}

}  // namespace masklens
