// Votes over time and frames that follow each other, with canned networks. Real ones: tests/lib.
#include "core/pipeline/sequence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "answers.h"
#include "manifests.h"

namespace masklens {
namespace {

constexpr Probabilities kMasked{0.9f, 0.06f, 0.04f};
constexpr Probabilities kBare{0.04f, 0.06f, 0.9f};

TEST(Vote, MaskOnAndOffIsFollowedWithinSevenTenthsOfASecond) {
  for (const double rate : {5.0, 30.0, 60.0}) {
    Vote vote;
    double time = 0;
    const auto until = [&](const Probabilities& seen, Label label) {
      const double begun = time;
      do {
        time += 1 / rate;
        vote.add(seen, seen, false, 1, time, 1 / rate);
      } while (vote.label() != label && time < begun + 5);
      return time - begun;
    };
    until(kMasked, Label::kCorrect);
    for (int i = 0; i < 100; ++i) until(kMasked, Label::kCorrect);
    EXPECT_LT(until(kBare, Label::kUnmasked), 0.7) << rate;
    for (int i = 0; i < 100; ++i) until(kBare, Label::kUnmasked);
    EXPECT_LT(until(kMasked, Label::kCorrect), 0.7) << rate;
  }
}

TEST(Vote, AnAmbiguousFaceDoesNotFlicker) {
  Vote vote;
  int changes = 0;
  Label last = Label::kCorrect;
  for (int frame = 0; frame < 1800; ++frame) {
    const float tilt = 0.2f * std::sin(frame * 1.7f) + 0.1f * std::sin(frame * 0.11f);
    const Probabilities seen{0.48f + tilt, 0.48f - tilt, 0.04f};
    vote.add(seen, seen, false, 1, frame / 30.0, 1 / 30.0);
    if (frame > 0 && vote.label() != last) ++changes;
    last = vote.label();
  }
  EXPECT_EQ(changes, 0);
  Face face;
  face.box = {0, 0, 50, 50};
  vote.judge(face, {0.3f, 0});
  EXPECT_TRUE(face.uncertain);
}

TEST(Vote, TheClassifiersWordIsKeptWhileTheDetectorSaysTheSame) {
  constexpr Probabilities kUnsure{0.5f, 0.4f, 0.1f};
  Vote vote;
  EXPECT_GT(vote.need(kUnsure, 0), 0);
  vote.add(kUnsure, {0.1f, 0.85f, 0.05f}, true, 1, 0, 0);
  for (int frame = 1; frame < 10; ++frame) {
    vote.add(kUnsure, kUnsure, false, 1, frame / 30.0, 1 / 30.0);
  }
  EXPECT_EQ(vote.label(), Label::kIncorrect);
  EXPECT_NEAR(vote.probabilities()[1], 0.85f, 0.02f);
  EXPECT_EQ(vote.need(kUnsure, 0.35), 0);  // sure enough, and asked not long ago
  EXPECT_GT(vote.need(kBare, 0.35), 0);    // the detector says something new
  EXPECT_GT(vote.need(kUnsure, 4), 0);     // for good measure
}

TEST(Vote, ADetectorWithoutAWordLeavesItToTheClassifier) {
  constexpr Probabilities kNone{};
  Vote vote;
  vote.add(kNone, kNone, false, 1, 0, 0);
  EXPECT_FALSE(vote.knows());
  vote.add(kNone, kMasked, true, 1, 0.1, 0.1);
  EXPECT_EQ(vote.label(), Label::kCorrect);
  vote.add(kNone, kNone, false, 1, 0.2, 0.1);
  EXPECT_NEAR(vote.probabilities()[0], 0.9f, 0.01f);
  EXPECT_GT(vote.need(kNone, 0.3), 0);
}

using test::Seen;

class Film {
 public:
  Film() : pipeline_(test::models(manifest()), 1), image_(std::move(*Image::allocate(256, 128))) {
    paint(100);
  }

  void paint(std::uint8_t level) {
    // Half of the picture, so that its structure changes with the level.
    std::fill(image_.data(), image_.data() + image_.bytes(), std::uint8_t{100});
    std::fill(image_.data(), image_.data() + image_.bytes() / 2, level);
  }

  Moment show(double time, const std::vector<Seen>& faces, int max_looks = 1000) {
    SequenceOptions options;
    options.max_looks = max_looks;
    looks = 0;
    sequence_.start(pipeline_, image_.view(), time, options);
    while (const Request* request = pipeline_.next()) {
      if (request->network != "crops") {
        pipeline_.feed(test::one_stage_answer(*request->input, faces));
        continue;
      }
      looks += request->input->shape[0];
      Tensor verdicts{{request->input->shape[0], 3}, {}};
      for (int i = 0; i < request->input->shape[0]; ++i) {
        verdicts.data.insert(verdicts.data.end(), {0, 5, 0});
      }
      pipeline_.feed({verdicts});
    }
    Result<Moment> moment = sequence_.finish(pipeline_);
    EXPECT_TRUE(moment);
    return std::move(*moment);
  }

  // Judges another picture with the same pipeline; the number of its faces.
  std::size_t still(const std::vector<Seen>& faces) {
    const Image other = std::move(*Image::allocate(256, 128));
    pipeline_.start(other.view(), {});
    while (const Request* request = pipeline_.next()) {
      pipeline_.feed(test::one_stage_answer(*request->input, faces));
    }
    return pipeline_.detection()->faces.size();
  }

  int looks = 0;

 private:
  static Manifest manifest() {
    Manifest manifest = test::manifest();
    ManifestEntry& faces = manifest.networks["faces"];
    faces.numbers["maxSide"] = {256};
    faces.numbers["uncertainMargin"] = {0};
    test::set_refinement(faces, 0, 0.9, 0.5);
    return manifest;
  }

  Pipeline pipeline_;
  Image image_;
  Sequence sequence_;
};

std::string told(const Moment& moment) {
  std::string text;
  for (const Event& event : moment.events) {
    text += std::string(event_name(event.kind)) + std::to_string(event.track) + " " +
            std::string(label_name(event.from)) + ">" + std::string(label_name(event.to)) + ";";
  }
  return text;
}

constexpr std::array<float, 3> kSureCorrect{6, 0, 0};
constexpr std::array<float, 3> kSureUnmasked{0, 0, 6};
constexpr std::array<float, 3> kUndecided{1, 0.9f, 0};

TEST(Sequence, TellsWhoEntersChangesAndLeaves) {
  Film film;
  EXPECT_EQ(told(film.show(0, {{60, 60, 4, kSureCorrect}})), "enter1 correct>correct;");
  std::string all;
  for (int f = 1; f < 40; ++f) all += told(film.show(f / 30.0, {{60, 60, 4, kSureUnmasked}}));
  EXPECT_EQ(all, "change1 correct>unmasked;");
  std::size_t with_face = 0;
  all.clear();
  for (int f = 40; f < 120; ++f) {
    const Moment moment = film.show(f / 30.0, {});
    with_face += moment.detection.faces.size();
    all += told(moment);
  }
  EXPECT_EQ(all, "leave1 unmasked>unmasked;");
  EXPECT_NEAR(static_cast<double>(with_face), 15, 1);  // half a second
}

TEST(Sequence, AsksTheClassifierOnlyAboutThoseInDoubtAndAtMostSoMany) {
  Film film;
  const std::vector<Seen> crowd{{40, 40, 4, kUndecided},
                                {90, 40, 4, kUndecided},
                                {140, 40, 4, kUndecided},
                                {190, 40, 4, kUndecided},
                                {60, 90, 4, kSureCorrect}};
  film.show(0, crowd, 2);
  EXPECT_EQ(film.looks, 2);
  int total = film.looks;
  for (int f = 1; f < 30; ++f) {
    film.show(f / 30.0, crowd, 2);
    EXPECT_LE(film.looks, 2);
    total += film.looks;
  }
  EXPECT_EQ(total, 4);  // once each: with the classifier's word they are sure
  const Moment last = film.show(1, crowd, 2);
  int incorrect = 0;
  for (const Face& face : last.detection.faces) incorrect += face.label == Label::kIncorrect;
  EXPECT_EQ(incorrect, 4);
}

TEST(Sequence, ACutEndsEveryoneAndALampDoesNot) {
  const auto after = [](std::uint8_t level, float x) {
    Film film;
    film.paint(60);
    for (int f = 0; f < 10; ++f) film.show(f / 30.0, {{60, 60, 4, kSureCorrect}});
    film.paint(level);
    const Moment moment = film.show(10 / 30.0, {{x, 60, 4, kSureCorrect}});
    EXPECT_EQ(moment.detection.faces.size(), 1u);
    return moment.detection.faces.at(0).track_id;
  };
  EXPECT_EQ(after(60, 60), 1);
  EXPECT_EQ(after(150, 60), 1);   // brighter, but the face is where it was
  EXPECT_EQ(after(150, 200), 2);  // brighter, and the face elsewhere
  EXPECT_EQ(after(255, 60), 2);   // all is different
}

TEST(SceneGlance, LikenessIsOfWhatIsSeenAndNotOfTheLight) {
  // Stripes of a height or a width, between two levels.
  const auto stripes = [](bool upright, int low, int high) {
    Image image = std::move(*Image::allocate(320, 180));
    for (int y = 0; y < 180; ++y) {
      for (int x = 0; x < 320; ++x) {
        const int level = (upright ? x : y) / 40 % 2 ? low : high;
        std::uint8_t* const pixel = image.data() + 4 * (320 * y + x);
        pixel[0] = pixel[1] = pixel[2] = static_cast<std::uint8_t>(level);
        pixel[3] = 255;
      }
    }
    return SceneGlance(image.view());
  };
  const SceneGlance before = stripes(true, 80, 160);
  EXPECT_NEAR(before.likeness(before), 1, 1e-6);
  EXPECT_NEAR(before.likeness(stripes(true, 120, 240)), 1, 1e-3);
  EXPECT_NEAR(before.likeness(stripes(false, 80, 160)), 0, 0.1);
  EXPECT_NEAR(before.likeness(stripes(true, 160, 80)), -1, 1e-3);
  EXPECT_EQ(stripes(true, 9, 9).likeness(stripes(true, 9, 9)), 1);
}

TEST(Sequence, AFaceThatIsMissedForAMomentBesideAnotherDoesNotBlink) {
  Film film;
  std::size_t least = 2;
  for (int f = 0; f < 60; ++f) {
    std::vector<Seen> faces{{60, 60, 4, kSureCorrect}};
    if (f % 10 < 8) faces.push_back({72, 60, 4, kSureCorrect});  // touches the first
    const Moment moment = film.show(f / 30.0, faces);
    if (f > 0) least = std::min(least, moment.detection.faces.size());
  }
  EXPECT_EQ(least, 2u);
}

TEST(Sequence, AJumpBackInTimeBeginsAnew) {
  Film film;
  film.show(5, {{60, 60, 4, kSureCorrect}});
  const Moment moment = film.show(1, {{60, 60, 4, kSureCorrect}});
  EXPECT_EQ(told(moment), "leave1 correct>correct;enter2 correct>correct;");
}

TEST(Sequence, AStillInBetweenDisturbsNothing) {
  Film film;
  Film alone;
  for (int f = 0; f < 5; ++f) {
    const Moment a = film.show(f / 30.0, {{60, 60, 4, kSureCorrect}});
    const Moment b = alone.show(f / 30.0, {{60, 60, 4, kSureCorrect}});
    EXPECT_EQ(flatten(a.detection.faces), flatten(b.detection.faces));
    EXPECT_EQ(film.still({{200, 90, 4, kSureUnmasked}}), 1u);
  }
}

}  // namespace
}  // namespace masklens
