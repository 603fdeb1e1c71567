// Boxes and label plates drawn onto a picture, sized with it so that they are readable on any photo.
#pragma once

#include <span>
#include <string>

#include "core/face.h"
#include "core/image.h"

namespace masklens {

// The words on the plates; UTF-8, Latin-1 repertoire (other characters show as a box).
struct LabelTexts {
  std::string correct = "correct";
  std::string incorrect = "incorrect";
  std::string unmasked = "no mask";
  std::string uncertain_suffix = "?";
};

// How faces themselves are shown: as they are, or hidden on export.
enum class Privacy { kNone, kBlur, kPixelate };

struct DrawOptions {
  LabelTexts texts;
  bool labels = true;     // plates with text and percent beside the boxes
  bool landmarks = false; // small dots at the five points
  Privacy privacy = Privacy::kNone;
};

// Draws in place. Faces may reach over the picture's border. Colours: Okabe-Ito (distinguishable
// with colour-vision deficiency), plus a dashed box for `uncertain`, so colour is never alone.
void draw_faces(Image& image, std::span<const Face> faces, const DrawOptions& options = {});

}  // namespace masklens
