// Boxes and label plates drawn onto a picture, sized with it so that they are readable on any
// photo.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/annotate/privacy.h"
#include "core/base/face.h"
#include "core/base/image.h"

namespace masklens {

// The words on the plates; UTF-8. Where the font lacks a character (it has Latin-1) plates have
// signs and numbers alone.
struct LabelTexts {
  std::string correct = "correct";
  std::string incorrect = "incorrect";
  std::string unmasked = "no mask";
  std::string doubt = "?";  // comes first on the plates of uncertain faces
};

struct DrawOptions {
  LabelTexts texts;
  bool boxes = true;                 // the outlines
  bool labels = true;                // plates with text and percent beside the boxes
  bool landmarks = false;            // small dots at the five points
  Privacy privacy = Privacy::kNone;  // how faces themselves are shown
  // What `privacy` hides instead of the faces: more than are labelled, or others.
  std::optional<std::vector<Box>> hidden;
  float hidden_margin = 0;  // hidden besides on each side, as a share of the box's sides
};

// Draws in place. Faces may reach over the picture's border. Colours: Okabe-Ito (distinguishable
// with colour-vision deficiency), one for each label and one for doubt. Colour is never alone:
// plates say the label in words, or by a sign (check mark, exclamation mark, cross, question mark)
// and the face's number, counted from 1 in the order given, where space is short; uncertain faces
// have a dashed box.
void draw_faces(Image& image, std::span<const Face> faces, const DrawOptions& options = {});

}  // namespace masklens
