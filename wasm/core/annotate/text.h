// Words on a picture: the label font (Roboto Medium, Latin-1) through stb_truetype.
#pragma once

#include <memory>
#include <string_view>

#include "core/annotate/paint.h"
#include "core/base/geometry.h"
#include "core/base/image.h"

namespace masklens {

// Sizes are the em in pixels. Text is UTF-8; characters that the font lacks show as a box.
class LabelFont {
 public:
  LabelFont();
  ~LabelFont();
  LabelFont(const LabelFont&) = delete;
  LabelFont& operator=(const LabelFont&) = delete;

  float width(std::string_view text, float size) const;

  // Whether it can write the text without boxes in place of letters.
  bool has(std::string_view text) const;

  // `start`: the left end of the baseline. What reaches over the picture's border is cut off.
  void draw(Image& image, std::string_view text, float size, Point start, const Color& color) const;

  // The height of capital letters and digits.
  static float cap_height(float size) { return 0.711f * size; }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace masklens
