// Boxes and label plates drawn onto a picture, sized with it so that they are readable on any
// photo.
#pragma once

#include <span>
#include <string>

#include "core/annotate/privacy.h"
#include "core/base/face.h"
#include "core/base/image.h"

namespace masklens {

// The words on the plates; UTF-8, Latin-1 repertoire (other characters show as a box).
struct LabelTexts {
  std::string correct = "correct";
  std::string incorrect = "incorrect";
  std::string unmasked = "no mask";
  std::string uncertain_suffix = "?";
};

struct DrawOptions {
  LabelTexts texts;
  bool labels = true;                // plates with text and percent beside the boxes
  bool landmarks = false;            // small dots at the five points
  Privacy privacy = Privacy::kNone;  // how faces themselves are shown
};

// Draws in place. Faces may reach over the picture's border. Colours: Okabe-Ito (distinguishable
// with colour-vision deficiency). Colour is never alone: plates say the label in words, or by a
// sign (check mark, exclamation mark, cross) where space is short; uncertain faces have a dashed
// box.
void draw_faces(Image& image, std::span<const Face> faces, const DrawOptions& options = {});

}  // namespace masklens
