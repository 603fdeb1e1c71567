#include "core/annotate/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/annotate/paint.h"
#include "core/annotate/text.h"
#include "fixtures.h"

namespace masklens {
namespace {

using Rgb = std::array<int, 3>;

constexpr Rgb kGreen = {0x00, 0x9E, 0x73};
constexpr Rgb kOrange = {0xE6, 0x9F, 0x00};
constexpr Rgb kVermillion = {0xD5, 0x5E, 0x00};
constexpr Rgb kSky = {0x56, 0xB4, 0xE9};

Image plain(int width, int height, std::uint8_t level = 128) {
  Result<Image> image = Image::allocate(width, height);
  EXPECT_TRUE(image);
  for (std::size_t i = 0; i < image->bytes(); ++i) {
    image->data()[i] = i % kChannels == 3 ? std::uint8_t{255} : level;
  }
  return std::move(*image);
}

Rgb pixel(const Image& image, int x, int y) {
  const std::uint8_t* at = image.view().row(y) + x * kChannels;
  return {at[0], at[1], at[2]};
}

Face face_at(const Box& box, Label label = Label::kCorrect, bool uncertain = false) {
  Face face;
  face.box = box;
  face.label = label;
  face.uncertain = uncertain;
  face.probabilities[static_cast<std::size_t>(label)] = 0.98f;
  return face;
}

int count(const Image& image, const Box& area, const Rgb& colour) {
  int found = 0;
  for (int y = static_cast<int>(area.y); y < static_cast<int>(area.bottom()); ++y) {
    for (int x = static_cast<int>(area.x); x < static_cast<int>(area.right()); ++x) {
      found += pixel(image, x, y) == colour ? 1 : 0;
    }
  }
  return found;
}

// Detail finer than a cell: what is shown must not depend on it.
Image striped(int phase) {
  Image image = plain(200, 200);
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 200; ++x) {
      std::uint8_t* at = image.data() + (y * 200 + x) * kChannels;
      const int base = x / 2 + y / 4;
      const int detail = (x + y + phase) % 2 == 0 ? 40 : -40;
      std::fill(at, at + 3, static_cast<std::uint8_t>(base + 50 + detail));
    }
  }
  return image;
}

TEST(Draw, EachLabelHasItsColourOnTheOutline) {
  for (const auto& [label, colour] : {std::pair{Label::kCorrect, kGreen},
                                      {Label::kIncorrect, kOrange},
                                      {Label::kUnmasked, kVermillion}}) {
    Image image = plain(360, 360);
    DrawOptions options;
    options.labels = false;
    draw_faces(image, std::vector{face_at({100, 100, 160, 160}, label)}, options);
    // Two pixels thick, half inside and half outside.
    EXPECT_EQ(pixel(image, 180, 99), colour);
    EXPECT_EQ(pixel(image, 180, 100), colour);
    EXPECT_EQ(pixel(image, 99, 180), colour);
    EXPECT_EQ(pixel(image, 260, 180), colour);
    EXPECT_EQ(pixel(image, 180, 260), colour);
    // Inside and outside the picture is left alone.
    EXPECT_EQ(pixel(image, 180, 180), (Rgb{128, 128, 128}));
    EXPECT_EQ(pixel(image, 180, 105), (Rgb{128, 128, 128}));
    EXPECT_EQ(pixel(image, 180, 94), (Rgb{128, 128, 128}));
  }
}

TEST(Draw, UncertainFacesHaveADashedOutline) {
  Image solid = plain(360, 360);
  Image dashed = plain(360, 360);
  DrawOptions options;
  options.labels = false;
  draw_faces(solid, std::vector{face_at({100, 100, 160, 160})}, options);
  draw_faces(dashed, std::vector{face_at({100, 100, 160, 160}, Label::kCorrect, true)}, options);
  const Box top = {110, 99, 140, 1};
  EXPECT_EQ(count(solid, top, kGreen), 140);
  EXPECT_EQ(count(dashed, top, kGreen), 0) << "doubt has a colour of its own";
  const int dashes = count(dashed, top, kSky);
  EXPECT_GT(dashes, 45);
  EXPECT_LT(dashes, 100);
  EXPECT_GT(count(dashed, top, {128, 128, 128}), 25);
}

TEST(Draw, PlatesHaveWordsInAnInkThatStandsOut) {
  Image image = plain(360, 360);
  draw_faces(image, std::vector{face_at({100, 100, 160, 160})});
  const Box plate = {100, 75, 120, 24};  // above the box
  EXPECT_GT(count(image, plate, kGreen), 500);
  EXPECT_GT(count(image, plate, {0, 0, 0}), 50);
  // At least 4.5 to 1 (WCAG 2.2, 1.4.3) on every one of the colours.
  for (const Rgb& c : {kGreen, kOrange, kVermillion, kSky}) {
    const Color ground = {static_cast<std::uint8_t>(c[0]), static_cast<std::uint8_t>(c[1]),
                          static_cast<std::uint8_t>(c[2]), 1};
    EXPECT_GT((luminance(ground) + 0.05) / 0.05, 4.5);
  }
}

TEST(Draw, OfAProbabilityNeverAllIsSaid) {
  const auto plate_of = [](float share) {
    Image image = plain(360, 360);
    Face face = face_at({100, 100, 160, 160});
    face.probabilities[static_cast<std::size_t>(face.label)] = share;
    draw_faces(image, std::vector{face});
    return std::vector<std::uint8_t>(image.data(), image.data() + image.bytes());
  };
  EXPECT_EQ(plate_of(1), plate_of(0.99f));
  EXPECT_EQ(plate_of(0.996f), plate_of(0.99f));
  EXPECT_NE(plate_of(0.98f), plate_of(0.99f));
}

TEST(Draw, TheWordsAreThoseOfTheCaller) {
  Image english = plain(360, 360);
  Image german = plain(360, 360);
  DrawOptions options;
  draw_faces(english, std::vector{face_at({100, 100, 160, 160})}, options);
  options.texts.correct =
      "richtig \xC3\xBC"
      "ber der Nase";
  draw_faces(german, std::vector{face_at({100, 100, 160, 160})}, options);
  const Box row = {0, 70, 360, 30};
  EXPECT_GT(count(german, row, kGreen), count(english, row, kGreen) + 400);
}

TEST(Draw, WhatTheFontCannotWriteIsSaidBySignAndNumber) {
  DrawOptions chinese;
  chinese.texts = {"\xE4\xB8\xAD", "\xE4\xB8\xAD", "\xE4\xB8\xAD", "?"};
  DrawOptions words;
  const auto plates = [](const DrawOptions& options) {
    Image image = plain(360, 360);
    draw_faces(image, std::vector{face_at({40, 100, 90, 90}), face_at({220, 100, 90, 90})},
               options);
    return std::pair{count(image, {0, 70, 180, 28}, kGreen),
                     count(image, {180, 70, 180, 28}, kGreen)};
  };
  const auto [first, second] = plates(chinese);
  EXPECT_GT(first, 100);
  EXPECT_GT(second, 100);
  EXPECT_NE(first, second) << "1 and 2";
  EXPECT_GT(plates(words).first, 2 * first);
}

TEST(Draw, BoxesCanBeLeftOutAndOthersThanTheLabelledFacesHidden) {
  DrawOptions options;
  options.labels = false;
  options.boxes = false;
  const std::vector faces{face_at({20, 20, 60, 60})};
  Image untouched = striped(0);
  draw_faces(untouched, faces, options);
  EXPECT_EQ(test::difference(untouched.view(), striped(0).view()).mean, 0);
  options.privacy = Privacy::kPixelate;
  options.hidden = std::vector<Box>{{120, 120, 60, 60}};
  Image image = striped(0);
  draw_faces(image, faces, options);
  const Image before = striped(0);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(pixel(image, 30 + i, 50), pixel(before, 30 + i, 50));
  int changed = 0;
  for (int i = 0; i < 40; ++i) changed += pixel(image, 130 + i, 150) != pixel(before, 130 + i, 150);
  EXPECT_GT(changed, 30);
}

TEST(Draw, HidingTakesAMarginAroundTheBox) {
  DrawOptions options;
  options.labels = false;
  options.boxes = false;
  options.privacy = Privacy::kPixelate;
  const auto changed = [&](int from, int to) {
    Image image = striped(0);
    draw_faces(image, std::vector{face_at({60, 60, 80, 80})}, options);
    const Image before = striped(0);
    int count = 0;
    for (int x = from; x < to; ++x) count += pixel(image, x, 100) != pixel(before, x, 100);
    return count;
  };
  EXPECT_EQ(changed(0, 60), 0);
  EXPECT_EQ(changed(140, 190), 0);
  options.hidden_margin = 0.25f;
  EXPECT_EQ(changed(0, 40), 0);
  EXPECT_GT(changed(40, 60), 15);
  EXPECT_GT(changed(140, 160), 15);
  EXPECT_EQ(changed(160, 190), 0);
}

TEST(Draw, LinesAndWordsGrowWithThePicture) {
  Image small = plain(600, 600);
  Image large = plain(3000, 3000);
  draw_faces(small, std::vector{face_at({200, 200, 200, 200})});
  draw_faces(large, std::vector{face_at({1000, 1000, 1000, 1000})});
  const auto coloured = [](const Image& image) {
    const Box all = {0, 0, static_cast<float>(image.width()), static_cast<float>(image.height())};
    return count(image, all, kGreen);
  };
  const double ratio = static_cast<double>(coloured(large)) / coloured(small);
  EXPECT_GT(ratio, 18);  // of the areas: 25
  EXPECT_LT(ratio, 32);
}

TEST(Draw, ATinyFaceGetsASignOfReadableSize) {
  std::vector<Face> crowd;
  for (int i = 0; i < 40; ++i) {
    const auto x = 8 + 48.0f * static_cast<float>(i % 8);
    crowd.push_back(face_at({x, 30 + 50.0f * static_cast<float>(i / 8), 12, 12}));
  }
  Image image = plain(400, 280);
  draw_faces(image, crowd);
  for (const Face& face : crowd) {
    const Box around = {std::max(0.0f, face.box.x - 20), face.box.y - 20, 52, 50};
    EXPECT_GT(count(image, around, kGreen), 90);
    // What the box frames stays visible.
    EXPECT_GT(count(image, {face.box.x + 3, face.box.y + 3, 6, 6}, {128, 128, 128}), 30);
  }
}

TEST(Draw, LandmarksAreDottedOnRequest) {
  Face face = face_at({100, 100, 160, 160});
  face.has_landmarks = true;
  face.landmarks = {{{140, 150}, {220, 150}, {180, 180}, {150, 220}, {210, 220}}};
  Image image = plain(360, 360);
  draw_faces(image, std::vector{face});
  EXPECT_EQ(pixel(image, 180, 180), (Rgb{128, 128, 128}));
  DrawOptions options;
  options.landmarks = true;
  draw_faces(image, std::vector{face}, options);
  for (const Point& p : face.landmarks) {
    EXPECT_EQ(pixel(image, static_cast<int>(p.x), static_cast<int>(p.y)), (Rgb{255, 255, 255}));
  }
}

TEST(Draw, FacesOverTheBorderAndWithoutMeaningAreHarmless) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Privacy privacy : {Privacy::kNone, Privacy::kBlur, Privacy::kPixelate}) {
    DrawOptions options;
    options.privacy = privacy;
    options.landmarks = true;
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {64, 48}}) {
      Image image = plain(width, height);
      std::vector<Face> faces = {
          face_at({-5, -5, 12, 12}),       face_at({60, 40, 50, 50}),
          face_at({-100, -100, 500, 500}), face_at({0, 0, 0, 0}),
          face_at({3, 3, -4, 5}),          face_at({kNan, 0, 10, 10}),
          face_at({0, 0, kInfinity, 10}),  face_at({1e30f, 0, 10, 10}),
          face_at({500, 500, 10, 10}),     face_at({2, 2, 0.01f, 0.01f}),
      };
      for (Face& face : faces) {
        face.has_landmarks = true;
        face.landmarks[0] = {kNan, kNan};
        face.landmarks[1] = {-1e30f, 1e30f};
        face.probabilities[0] = kNan;
      }
      draw_faces(image, faces, options);
      for (std::size_t i = 3; i < image.bytes(); i += kChannels) ASSERT_EQ(image.data()[i], 255);
    }
  }
}

TEST(Privacy, WhatIsShownHoldsNothingFinerThanEightCells) {
  const Box area = {41, 41, 80, 80};  // cells of 10
  for (const Privacy privacy : {Privacy::kBlur, Privacy::kPixelate}) {
    Image a = striped(0);
    Image b = striped(1);
    hide_area(a, area, privacy);
    hide_area(b, area, privacy);
    for (int y = 52; y < 110; ++y) {
      for (int x = 52; x < 110; ++x) {
        EXPECT_NEAR(pixel(a, x, y)[0], pixel(b, x, y)[0], 1) << x << "," << y;
      }
    }
    // Far from the face nothing has changed.
    EXPECT_EQ(pixel(a, 20, 20), pixel(striped(0), 20, 20));
    EXPECT_EQ(pixel(a, 150, 70), pixel(striped(0), 150, 70));
  }
}

TEST(Privacy, PixelatedFacesHaveAtMostEightCellsAcross) {
  Image image = test::decode_fixture("photos/maksssksksss523.jpg");
  const Image before = test::decode_fixture("photos/maksssksksss523.jpg");
  const Box face = {68, 77, 112, 128};  // and what lies around it
  hide_area(image, face, Privacy::kPixelate);
  for (const int y : {110, 140, 170}) {
    int steps = 0;
    for (int x = 82; x < 167; ++x) steps += pixel(image, x, y) != pixel(image, x - 1, y) ? 1 : 0;
    EXPECT_LE(steps, 7) << "row " << y;
    EXPECT_GE(steps, 3) << "row " << y;
  }
  EXPECT_GT(test::difference(image.view(), before.view()).mean, 0.5);
}

TEST(Privacy, OfATinyFaceNothingIsLeft) {
  Image a = striped(0);
  hide_area(a, {100, 100, 12, 12}, Privacy::kPixelate);
  int steps = 0;
  for (int x = 101; x < 112; ++x) steps += pixel(a, x, 106) != pixel(a, x - 1, 106) ? 1 : 0;
  EXPECT_LE(steps, 4);
}

TEST(LabelFont, HasTheLatinOneRepertoire) {
  const LabelFont font;
  const auto drawn = [&](std::string_view text) {
    Image image = plain(40, 40, 0);
    font.draw(image, text, 24, {4, 30}, {255, 255, 255, 1});
    return std::vector<std::uint8_t>(image.data(), image.data() + image.bytes());
  };
  const auto missing = drawn("\xE4\xB8\xAD");  // a Chinese character
  EXPECT_NE(missing, drawn(" "));              // a box, not nothing
  for (int c = 0x21; c < 0x100; ++c) {
    if (c >= 0x7F && c <= 0xA0) continue;
    const std::string text = c < 0x80 ? std::string(1, static_cast<char>(c))
                                      : std::string{static_cast<char>(0xC0 | c >> 6),
                                                    static_cast<char>(0x80 | (c & 63))};
    EXPECT_NE(drawn(text), missing) << "U+" << std::hex << c;
  }
  EXPECT_EQ(drawn("\xC3"), missing);  // cut short
  EXPECT_EQ(drawn("\xFF"), missing);  // no UTF-8
  EXPECT_GT(font.width("correct 98 %", 12), font.width("correct", 12));
  EXPECT_FLOAT_EQ(font.width("", 12), 0);
}

// Found by fuzzing: where such a face lies, counted in its cells, is no whole number.
TEST(Draw, FacesOfNextToNoSizeAreHiddenLikeOthers) {
  for (const Privacy privacy : {Privacy::kBlur, Privacy::kPixelate}) {
    Image image = plain(160, 112);
    Face face;
    face.box = {20.5f, 30.5f, 1e-30f, 40};
    DrawOptions options;
    options.privacy = privacy;
    draw_faces(image, std::vector{face}, options);
    for (std::size_t i = 3; i < image.bytes(); i += kChannels) ASSERT_EQ(image.data()[i], 255);
  }
}

// Found by fuzzing: such a point became a coverage that is no number.
TEST(Draw, LandmarksThatAreNoNumbersAreLeftOut) {
  Image image = plain(160, 112);
  Face face;
  face.box = {10, 10, 60, 60};
  face.has_landmarks = true;
  face.landmarks[0] = {std::nanf(""), 20};
  face.landmarks[1] = {20, -std::numeric_limits<float>::infinity()};
  face.landmarks[2] = {3e38f, 20};
  DrawOptions options;
  options.landmarks = true;
  draw_faces(image, std::vector{face}, options);
  for (std::size_t i = 3; i < image.bytes(); i += kChannels) ASSERT_EQ(image.data()[i], 255);
}

}  // namespace
}  // namespace masklens
