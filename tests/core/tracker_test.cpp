// Identities over synthetic films: people walk, cross, hide and tremble, and the score of the
// tracker is counted as benchmarks do.
#include "core/pipeline/tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "core/pipeline/assignment.h"
#include "dice.h"

namespace masklens {
namespace {

using test::Dice;

Face face_at(const Box& box, float score = 0.9f) {
  Face face;
  face.box = box;
  face.score = score;
  return face;
}

struct Labelled {
  int id;
  Box box;
};
using Frame = std::vector<Labelled>;

// CLEAR MOT (Bernardin and Stiefelhagen 2008) and IDF1 (Ristani et al. 2016), boxes matched from an
// overlap of one half on.
struct Scores {
  double mota;
  double idf1;
  int switches;
};

Scores score(const std::vector<Frame>& truth, const std::vector<Frame>& shown) {
  std::map<int, int> last;
  std::map<std::pair<int, int>, int> together;
  std::map<int, int> truth_length;
  std::map<int, int> shown_length;
  int missed = 0, false_ones = 0, switches = 0, total = 0, all_shown = 0;
  for (std::size_t f = 0; f < truth.size(); ++f) {
    std::vector<Pairing> pairs;
    for (std::size_t t = 0; t < truth[f].size(); ++t) {
      ++truth_length[truth[f][t].id];
      for (std::size_t s = 0; s < shown[f].size(); ++s) {
        const float shared = iou(truth[f][t].box, shown[f][s].box);
        if (shared < 0.5f) continue;
        ++together[{truth[f][t].id, shown[f][s].id}];
        // A pair of the frame before stays one as long as it may.
        const auto before = last.find(truth[f][t].id);
        const bool keeps = before != last.end() && before->second == shown[f][s].id;
        pairs.push_back({static_cast<int>(t), static_cast<int>(s), keeps ? -1.0 : 1.0 - shared});
      }
    }
    for (const Labelled& one : shown[f]) ++shown_length[one.id];
    const std::vector<int> matched =
        assign(static_cast<int>(truth[f].size()), static_cast<int>(shown[f].size()), pairs, 2);
    int found = 0;
    for (std::size_t t = 0; t < matched.size(); ++t) {
      if (matched[t] < 0) continue;
      ++found;
      const int id = shown[f][static_cast<std::size_t>(matched[t])].id;
      const auto [at, first] = last.try_emplace(truth[f][t].id, id);
      if (!first && at->second != id) ++switches;
      at->second = id;
    }
    total += static_cast<int>(truth[f].size());
    all_shown += static_cast<int>(shown[f].size());
    missed += static_cast<int>(truth[f].size()) - found;
    false_ones += static_cast<int>(shown[f].size()) - found;
  }
  // Identities are paired so that most frames agree.
  std::vector<int> truths, tracks;
  for (auto [id, n] : truth_length) truths.push_back(id);
  for (auto [id, n] : shown_length) tracks.push_back(id);
  std::vector<Pairing> pairs;
  for (auto [ids, n] : together) {
    pairs.push_back({static_cast<int>(std::lower_bound(truths.begin(), truths.end(), ids.first) -
                                      truths.begin()),
                     static_cast<int>(std::lower_bound(tracks.begin(), tracks.end(), ids.second) -
                                      tracks.begin()),
                     -static_cast<double>(n)});
  }
  const std::vector<int> matched =
      assign(static_cast<int>(truths.size()), static_cast<int>(tracks.size()), pairs, 0);
  int agreeing = 0;
  for (std::size_t t = 0; t < matched.size(); ++t) {
    if (matched[t] >= 0) {
      agreeing += together[{truths[t], tracks[static_cast<std::size_t>(matched[t])]}];
    }
  }
  return {1.0 - static_cast<double>(missed + false_ones + switches) / total,
          2.0 * agreeing / (total + all_shown), switches};
}

// Tracks that would be shown: seen ones, and lost ones for half a second.
Frame shown_by(const Tracker& tracker, double time) {
  Frame frame;
  for (const Track& track : tracker.tracks()) {
    if (track.state == TrackState::kNew || time - track.seen > 0.5) continue;
    frame.push_back({track.id, track.smoother.box()});
  }
  return frame;
}

TEST(Tracker, AFaceIsShownFromTheThirdFrameAndTheFirstSceneAtOnce) {
  Tracker tracker;
  const std::vector<Face> first{face_at({100, 100, 40, 50})};
  const std::vector<Face> both{first[0], face_at({300, 100, 40, 50})};
  tracker.update(first, 0.5f, 0);
  EXPECT_EQ(shown_by(tracker, 0).size(), 1u);
  std::vector<std::size_t> counts;
  for (int frame = 1; frame <= 3; ++frame) {
    tracker.update(both, 0.5f, frame / 30.0);
    counts.push_back(shown_by(tracker, frame / 30.0).size());
  }
  EXPECT_EQ(counts, (std::vector<std::size_t>{1, 1, 2}));
}

TEST(Tracker, FaintFacesContinueATrackButBeginNone) {
  Tracker tracker;
  const Box box{100, 100, 40, 50};
  tracker.update(std::vector{face_at(box)}, 0.5f, 0);
  const int id = tracker.tracks().at(0).id;
  for (int frame = 1; frame < 60; ++frame) {
    const std::vector<Face> faint{face_at(box, 0.2f), face_at({300, 100, 40, 50}, 0.3f)};
    EXPECT_EQ(tracker.update(faint, 0.5f, frame / 30.0), (std::vector<int>{0, -1}));
  }
  ASSERT_EQ(tracker.tracks().size(), 1u);
  EXPECT_EQ(tracker.tracks()[0].id, id);
  EXPECT_EQ(tracker.tracks()[0].state, TrackState::kTracked);
}

TEST(Tracker, IdentityOutlastsASecondBehindSomethingAndEndsAfterwards) {
  for (const double hidden : {0.2, 0.9, 3.0}) {
    Tracker tracker;
    const auto at = [](double time) {
      return std::vector{face_at({100 + 20 * static_cast<float>(time), 100, 60, 70})};
    };
    for (int frame = 0; frame < 30; ++frame) tracker.update(at(frame / 30.0), 0.5f, frame / 30.0);
    const int id = tracker.tracks().at(0).id;
    double time = 1;
    for (; time < 1 + hidden; time += 1 / 30.0) tracker.update({}, 0.5f, time);
    const std::vector<int> owners = tracker.update(at(time), 0.5f, time);
    ASSERT_EQ(owners.size(), 1u);
    const int now = tracker.tracks().at(static_cast<std::size_t>(owners[0])).id;
    EXPECT_EQ(now == id, hidden < 1.5) << hidden;
  }
}

TEST(Tracker, AFaceAtTheLimitIsShownOnlyWhenItGoesOn) {
  for (const float score : {0.53f, 0.7f}) {
    Tracker tracker;
    tracker.update({}, 0.5f, 0);  // so that nobody is shown at once
    double shown = -1;
    for (int frame = 1; frame < 60 && shown < 0; ++frame) {
      tracker.update(std::vector{face_at({100, 100, 40, 50}, score)}, 0.5f, frame / 30.0);
      if (tracker.tracks().at(0).state == TrackState::kTracked) shown = (frame - 1) / 30.0;
    }
    EXPECT_NEAR(shown, score < 0.6f ? 1 : 2 / 30.0, 0.02) << score;
  }
}

// What is left of the middle one's box slides away with what passes in front, against the scene.
TEST(Tracker, WhoIsBehindSomethingIsFoundAgainWhileTheCameraTurns) {
  Tracker tracker;
  int first = 0;
  for (int frame = 0; frame < 120; ++frame) {
    const double time = frame / 30.0;
    const float pan = -120 * static_cast<float>(time);
    std::vector<Face> faces{face_at({300 + pan, 100, 120, 140}),
                            face_at({1100 + pan, 300, 130, 150})};
    const float hidden = 120 * static_cast<float>(time - 1);  // from the left
    if (hidden < 100) {
      const float left = std::max(0.0f, hidden);
      faces.push_back(face_at({700 + pan + left, 200, 150 - left, 170}));
    } else if (time > 2.5) {
      faces.push_back(face_at({700 + pan, 200, 100, 170}));
    }
    tracker.update(faces, 0.5f, time);
    if (frame == 0) first = tracker.tracks().at(2).id;
  }
  ASSERT_EQ(tracker.tracks().size(), 3u);
  EXPECT_EQ(tracker.tracks()[2].id, first);
}

// The box of what is left to see shrinks to one side, then to nothing, and comes back from the
// other.
TEST(Tracker, SomethingThatPassesInFrontTakesNoOneAway) {
  Tracker tracker;
  int first = 0;
  for (int frame = 0; frame < 150; ++frame) {
    const double time = frame / 30.0;
    const float bar = 313 * static_cast<float>(time - 1);  // its left edge, seen from the face's
    const float left = bar < 0 ? std::max(0.0f, std::min(160.0f, bar + 128)) : 0.0f;
    std::vector<Face> faces;
    if (bar + 128 <= 0 || bar >= 160) {
      faces.push_back(face_at({400, 200, 160, 190}));
    } else if (bar > 90) {
      faces.push_back(face_at({400, 200, bar, 190}));
    } else if (bar < 0 && left < 70) {
      faces.push_back(face_at({400 + left, 200, 160 - left, 190}));
    }
    tracker.update(faces, 0.5f, time);
    if (frame == 0) first = tracker.tracks().at(0).id;
  }
  ASSERT_EQ(tracker.tracks().size(), 1u);
  EXPECT_EQ(tracker.tracks()[0].id, first);
}

TEST(Tracker, AStillFaceRestsAndAMovingOneIsNotLate) {
  Dice dice(3);
  Tracker tracker;
  float last_x = 0;
  float largest = 0;
  float late = 0;
  for (int frame = 0; frame < 240; ++frame) {
    const bool moving = frame >= 120;  // 240 pixels a second: four sides
    const float x = moving ? 100 + 4.0f * static_cast<float>(frame - 119) : 100;
    const Box box{x + 0.6f * dice.normal(), 100 + 0.6f * dice.normal(), 60 + 0.6f * dice.normal(),
                  60 + 0.6f * dice.normal()};
    tracker.update(std::vector{face_at(box)}, 0.5f, frame / 60.0);
    const Box shown = tracker.tracks().at(0).smoother.box();
    if (frame > 10 && !moving) largest = std::max(largest, std::abs(shown.x - last_x));
    if (frame > 140) late = std::max(late, std::abs(shown.centre().x - (x + 30)));
    last_x = shown.x;
  }
  EXPECT_LT(largest,
            0.6f);  // one hundredth of the side; the detector's boxes move by three times that
  EXPECT_LT(late, 6.0f);  // a tenth of the side
}

TEST(Tracker, ManyCrossingPeopleKeepTheirNumbers) {
  constexpr int kPeople = 10;
  constexpr int kFrames = 60 * 30;
  Dice dice(11);
  Tracker tracker;
  std::vector<Frame> truth(kFrames), shown(kFrames);
  for (int f = 0; f < kFrames; ++f) {
    const double time = f / 30.0;
    std::vector<Face> faces;
    for (int person = 0; person < kPeople; ++person) {
      const float side = 40 + 4.0f * static_cast<float>(person);
      const double phase = person * 0.7;
      const float x = static_cast<float>(600 + 500 * std::sin(0.4 * time + phase));
      const float y = 40 + 64.0f * static_cast<float>(person);
      const Box box{x, y, side, side * 1.2f};
      truth[static_cast<std::size_t>(f)].push_back({person, box});
      if (dice.roll() < 0.06f) continue;  // missed
      const float score = dice.roll() < 0.1f ? 0.25f : 0.8f;
      faces.push_back(face_at(
          {box.x + 0.03f * side * dice.normal(), box.y + 0.03f * side * dice.normal(),
           box.width * (1 + 0.03f * dice.normal()), box.height * (1 + 0.03f * dice.normal())},
          score));
    }
    if (dice.roll() < 0.2f) {  // something that is no face
      faces.push_back(face_at({1200 * dice.roll(), 700 * dice.roll(), 50, 60}, 0.6f));
    }
    tracker.update(faces, 0.5f, time);
    shown[static_cast<std::size_t>(f)] = shown_by(tracker, time);
  }
  const Scores scores = score(truth, shown);
  EXPECT_GT(scores.mota, 0.98);
  EXPECT_GT(scores.idf1, 0.98);
  EXPECT_EQ(scores.switches, 0);
  RecordProperty("mota", std::to_string(scores.mota));
}

TEST(Tracker, TheSameFramesGiveTheSameTracks) {
  const auto run = [] {
    Dice dice(5);
    Tracker tracker;
    std::vector<float> out;
    for (int f = 0; f < 200; ++f) {
      std::vector<Face> faces;
      for (int i = 0; i < 6; ++i) {
        faces.push_back(face_at({900 * dice.roll(), 500 * dice.roll(), 60, 60}, dice.roll()));
      }
      for (int owner : tracker.update(faces, 0.5f, f / 25.0)) {
        out.push_back(static_cast<float>(owner));
      }
      for (const Track& track : tracker.tracks()) out.push_back(track.smoother.box().x);
    }
    return out;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace masklens
