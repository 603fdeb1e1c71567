#include "core/annotate/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/annotate/label_layout.h"
#include "core/annotate/paint.h"
#include "core/annotate/text.h"

namespace masklens {
namespace {

constexpr Color kBlack = {0, 0, 0, 1};
constexpr Color kWhite = {255, 255, 255, 1};
constexpr Color kCasing = {0, 0, 0, 0.55f};  // around lines, so that they show on their own colour

// Wong 2011, "Color blindness" (the Okabe-Ito palette): bluish green, orange, vermillion; sky blue
// for verdicts that nobody should rely on.
Color colour_of(const Face& face) {
  if (face.uncertain) return {0x56, 0xB4, 0xE9, 1};
  switch (face.label) {
    case Label::kCorrect:
      return {0x00, 0x9E, 0x73, 1};
    case Label::kIncorrect:
      return {0xE6, 0x9F, 0x00, 1};
    case Label::kUnmasked:
      return {0xD5, 0x5E, 0x00, 1};
  }
  return kWhite;
}

// Black or white, whichever stands out more (WCAG 2.2, "contrast ratio").
Color ink_on(const Color& ground) {
  const float light = luminance(ground);
  const float black_contrast = (light + 0.05f) / 0.05f;
  const float white_contrast = 1.05f / (light + 0.05f);
  return black_contrast >= white_contrast ? kBlack : kWhite;
}

// Sizes in pixels. They follow the picture, so that a photo of 12 megapixels shrunk onto a screen
// shows the same as a small one; faces that are small beside it get less, down to what is readable.
struct Scale {
  float line = 0;        // of an outline
  float text = 0;        // the em on the plates of large faces
  float least_text = 0;  // ... and of small ones

  explicit Scale(const Image& image) {
    const auto side = static_cast<float>(std::min(image.width(), image.height()));
    line = std::clamp(side / 180, 1.5f, 24.0f);
    text = std::clamp(side / 24, 11.0f, 160.0f);
    least_text = std::clamp(side / 50, 11.0f, 64.0f);
  }
  float line_for(const Box& face) const { return std::clamp(face.short_side() / 16, 1.0f, line); }
  float text_for(const Box& face) const {
    return std::clamp(face.short_side() / 5, least_text, std::max(least_text, text));
  }
};

// No network is certain: what is said goes no further. As in web/lib/api/overlay.ts.
constexpr float kMostSure = 0.99f;

struct Plate {
  std::string words;   // label and percent; empty where the font cannot write it
  std::string label;   // likewise
  std::string number;  // beside a sign; empty where there is one face only
  float text = 0;      // em, pixels
};

float plate_height(float text) { return std::ceil(1.3f * text); }
float plate_padding(float text) { return 0.35f * text; }

Plate plate_for(const Face& face, const LabelFont& font, const LabelTexts& texts, float text) {
  const std::string* label = &texts.correct;
  if (face.label == Label::kIncorrect) label = &texts.incorrect;
  if (face.label == Label::kUnmasked) label = &texts.unmasked;
  const float share = face.probabilities[static_cast<std::size_t>(face.label)];
  // In this order of arguments NaN becomes 0.
  const int percent =
      static_cast<int>(std::lround(std::min(std::max(0.0f, share), kMostSure) * 100));
  Plate plate;
  plate.text = text;
  if (!font.has(*label)) return plate;
  plate.label = (face.uncertain ? texts.doubt + " " : "") + *label;
  plate.words = plate.label + " " + std::to_string(percent) + " %";
  return plate;
}

// One for each form; the sign is as wide as the plate is high. What cannot be said has no place.
std::array<PlateSize, kPlateForms> plate_sizes(const LabelFont& font, const Plate& plate) {
  constexpr float kNoPlace = 1e6f;
  const float height = plate_height(plate.text);
  const float padding = plate_padding(plate.text);
  const auto width = [&](const std::string& words) {
    return words.empty() ? kNoPlace : std::ceil(font.width(words, plate.text) + 2 * padding);
  };
  const float number =
      plate.number.empty() ? 0 : std::ceil(font.width(plate.number, plate.text) + padding);
  return {{{width(plate.words), height}, {width(plate.label), height}, {height + number, height}}};
}

// Check mark, exclamation mark, cross or question mark in a square.
void draw_sign(Image& image, const LabelFont& font, const Face& face, const LabelTexts& texts,
               const Box& square, float text, const Color& ink) {
  const auto at = [&](float x, float y) {
    return Point{square.x + x * square.width, square.y + y * square.height};
  };
  const float line = 0.14f * square.width;
  if (face.uncertain) {
    const float width = font.width(texts.doubt, text);
    font.draw(image, texts.doubt, text,
              {square.x + (square.width - width) / 2,
               square.y + (square.height + LabelFont::cap_height(text)) / 2},
              ink);
  } else if (face.label == Label::kCorrect) {
    stroke_line(image, at(0.24f, 0.53f), at(0.42f, 0.71f), line, ink);
    stroke_line(image, at(0.42f, 0.71f), at(0.77f, 0.3f), line, ink);
  } else if (face.label == Label::kIncorrect) {
    stroke_line(image, at(0.5f, 0.24f), at(0.5f, 0.54f), line, ink);
    stroke_line(image, at(0.5f, 0.76f), at(0.5f, 0.77f), 1.15f * line, ink);
  } else {
    stroke_line(image, at(0.29f, 0.29f), at(0.71f, 0.71f), line, ink);
    stroke_line(image, at(0.71f, 0.29f), at(0.29f, 0.71f), line, ink);
  }
}

void draw_plate(Image& image, const LabelFont& font, const Face& face, const LabelTexts& texts,
                const Plate& plate, const PlatePlace& place) {
  const Color ground = colour_of(face);
  const Color ink = ink_on(ground);
  // Whole pixels, so that the plate's edges are sharp.
  const Box box = {std::round(place.box.x), std::round(place.box.y), place.box.width,
                   place.box.height};
  fill_rounded(image, box, 0.2f * box.height, ground);
  const float baseline = box.y + (box.height + LabelFont::cap_height(plate.text)) / 2;
  if (place.form < 2) {
    const std::string& words = place.form == 0 ? plate.words : plate.label;
    font.draw(image, words, plate.text, {box.x + plate_padding(plate.text), baseline}, ink);
    return;
  }
  draw_sign(image, font, face, texts, {box.x, box.y, box.height, box.height}, plate.text, ink);
  font.draw(image, plate.number, plate.text, {box.x + box.height, baseline}, ink);
}

void draw_outline(Image& image, const Face& face, float line) {
  const float radius = std::min(2 * line, face.box.short_side() / 4);
  const float period = face.uncertain ? std::max(6 * line, 5.0f) : 0;
  const float casing = std::max(1.5f, 0.5f * line);
  stroke_rounded(image, face.box, radius, line + casing, kCasing, period);
  stroke_rounded(image, face.box, radius, line, colour_of(face), period);
}

// Faces come from outside: what is not a number or far outside has no place on the picture.
constexpr float kFar = 1e6f;

bool is_drawable(const Point& p) { return std::abs(p.x) < kFar && std::abs(p.y) < kFar; }

bool is_drawable(const Box& b) {
  return std::abs(b.x) < kFar && std::abs(b.y) < kFar && b.width > 0 && b.height > 0 &&
         b.width < kFar && b.height < kFar;
}

void draw_landmarks(Image& image, const Face& face, float line) {
  const float size = std::max(1.5f * line, 2.0f);
  for (const Point& p : face.landmarks) {
    if (!is_drawable(p)) continue;
    const auto dot = [&](float side, const Color& color) {
      fill_rounded(image, {p.x - side / 2, p.y - side / 2, side, side}, side / 2, color);
    };
    dot(size + std::max(1.0f, line / 2), kCasing);
    dot(size, kWhite);
  }
}

Box with_outline(const Box& box, float line) {
  return {box.x - line, box.y - line, box.width + 2 * line, box.height + 2 * line};
}

}  // namespace

void draw_faces(Image& image, std::span<const Face> faces, const DrawOptions& options) {
  const auto hide = [&](const Box& box) {
    if (!is_drawable(box)) return;
    const float x = options.hidden_margin * box.width;
    const float y = options.hidden_margin * box.height;
    hide_area(image, {box.x - x, box.y - y, box.width + 2 * x, box.height + 2 * y},
              options.privacy);
  };
  if (options.hidden) {
    for (const Box& box : *options.hidden) hide(box);
  } else {
    for (const Face& face : faces) hide(face.box);
  }
  const Scale scale(image);
  const LabelFont font;
  std::vector<const Face*> drawn;
  std::vector<Plate> plates;
  std::vector<PlateRequest> requests;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const Face& face = faces[i];
    if (!is_drawable(face.box)) continue;
    const float line = scale.line_for(face.box);
    if (options.boxes) draw_outline(image, face, line);
    const bool visible = options.privacy == Privacy::kNone;
    if (options.landmarks && visible && face.has_landmarks) draw_landmarks(image, face, line);
    if (!options.labels) continue;
    drawn.push_back(&face);
    plates.push_back(plate_for(face, font, options.texts, scale.text_for(face.box)));
    if (faces.size() > 1) plates.back().number = std::to_string(i + 1);
    requests.push_back({with_outline(face.box, line), plate_sizes(font, plates.back())});
  }
  const std::vector<PlatePlace> places = place_plates(requests, image.width(), image.height());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].shown) draw_plate(image, font, *drawn[i], options.texts, plates[i], places[i]);
  }
}

}  // namespace masklens
