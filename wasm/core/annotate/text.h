// Words on a picture, in the label font (Roboto Medium, Latin-1).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/annotate/paint.h"
#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

// Sizes are the em in pixels. Text is UTF-8; characters that the font lacks show as a box.
class LabelFont {
 public:
  LabelFont();

  float width(std::string_view text, float size) const;

  // Whether it can write the text without boxes in place of letters.
  bool has(std::string_view text) const;

  // `start`: the left end of the baseline. What reaches over the picture's border is cut off.
  void draw(Image& image, std::string_view text, float size, Point start, const Color& color) const;

  // The height of capital letters and digits.
  static float cap_height(float size) { return 0.711f * size; }

 private:
  struct Glyph {
    char32_t character = 0;
    float advance = 0;        // em
    std::size_t outline = 0;  // where it begins in the font file
  };

  // The first one, the box, where the font lacks the character.
  const Glyph& glyph_of(char32_t character) const;

  std::vector<Glyph> glyphs_;
};

}  // namespace masklens
