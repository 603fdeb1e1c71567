#include "core/pipeline/tracker.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "core/base/forgetting.h"
#include "core/base/order.h"
#include "core/pipeline/assignment.h"

namespace masklens {
namespace {

// Who is to be shown was seen so often, and once by so much more clearly than the minimum asks, as
// a share of what is left to certainty: faces at the limit would come and go (Zhang et al. ask 0.1
// more, too). Or it went on for so long, seconds.
constexpr int kSightingsToShow = 3;
constexpr float kClearer = 0.2f;
constexpr double kPersistent = 1;
// A track that nobody saw for so long has ended, seconds; and one that was never shown.
constexpr double kForgotten = 1.5;
constexpr double kNewForgotten = 0.15;
// The least overlaps of a pair: a clear face with any track, a faint one with a seen track, a face
// with a track that is still new.
constexpr float kClearOverlap = 0.2f;
constexpr float kFaintOverlap = 0.5f;
constexpr float kNewOverlap = 0.3f;
// Memory of where a face is, seconds.
constexpr double kSettling = 0.8;
// A face that lies so far inside the box of another track of this frame is that one seen twice.
constexpr float kSame = 0.7f;

// Boxes grown by this share of their sides on each side overlap even when a small face moved by
// its own width (Yang et al. 2023, "Hard to track objects with irregular motions and similar
// appearances? Make it easier by buffering the matching space").
constexpr float kGrowth = 0.25f;

Box grown(const Box& box) {
  return {box.x - kGrowth * box.width, box.y - kGrowth * box.height, (1 + 2 * kGrowth) * box.width,
          (1 + 2 * kGrowth) * box.height};
}

float overlap(const Box& a, const Box& b) { return iou(grown(a), grown(b)); }

// Of which less and less was seen: the last box is a part of where it was.
bool seems_covered(const Track& track) {
  constexpr float kPart = 0.6f;
  return intersection_over_minimum(track.settled, track.face.box) > kPart;
}

// How well a face lies where a track should be, 0..1.
float fit(const Track& track, const Box& face) {
  constexpr float kTrust = 0.8f;  // in the place of before, beside the predicted one
  const float predicted = overlap(track.motion.box(), face);
  return track.covered ? std::max(predicted, kTrust * overlap(track.settled, face)) : predicted;
}

Box mean_of(const Box& a, const Box& b, float share) {
  const auto mix = [share](float from, float to) { return from + share * (to - from); };
  return {mix(a.x, b.x), mix(a.y, b.y), mix(a.width, b.width), mix(a.height, b.height)};
}

// Pairs up the tracks and faces that are still free and that `track_fits` and `face_fits` let take
// part; calls made(track, face) for each pair.
template <class TrackFits, class FaceFits, class Made>
void pair_up(const std::vector<Track>& tracks, std::span<const Face> faces, float least,
             TrackFits track_fits, FaceFits face_fits, Made made) {
  std::vector<Pairing> pairs;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    if (!track_fits(t)) continue;
    for (std::size_t f = 0; f < faces.size(); ++f) {
      if (!face_fits(f)) continue;
      const float shared = fit(tracks[t], faces[f].box);
      if (shared > least) pairs.push_back({static_cast<int>(t), static_cast<int>(f), 1.0 - shared});
    }
  }
  const std::vector<int> chosen = assign(static_cast<int>(tracks.size()),
                                         static_cast<int>(faces.size()), pairs, 1.0 - least + 1e-6);
  for (std::size_t t = 0; t < chosen.size(); ++t) {
    if (chosen[t] >= 0) made(t, static_cast<std::size_t>(chosen[t]));
  }
}

}  // namespace

void Tracker::see(Track& track, const Face& face, double time, float min_score) {
  const bool faint = face.score < min_score;
  const double seconds = time - track.seen;
  // From its lost place it returns to where it was, and its drift is forgotten.
  const bool strayed =
      track.covered && overlap(track.motion.box(), face.box) < overlap(track.settled, face.box);
  if (strayed) track.motion = BoxMotion(face.box);
  if (strayed) track.smoother = BoxSmoother(face.box);
  track.motion.correct(face.box);
  track.smoother.add(face.box, seconds);
  if (!faint) {
    const float share = share_of_new(seconds, kSettling);
    track.settled = strayed ? face.box : mean_of(track.settled, face.box, share);
  }
  track.face = face;
  track.seen = time;
  track.faint = faint;
  track.covered = false;
  ++track.sightings;
  track.best_score = std::max(track.best_score, face.score);
  const bool sure = track.best_score >= min_score + kClearer * (1 - min_score);
  const bool shows =
      track.sightings >= kSightingsToShow && (sure || time - track.first_seen >= kPersistent);
  if (track.state == TrackState::kLost || shows) track.state = TrackState::kTracked;
}

// What the seen faces have in common, but for one: the camera turned. The middle of their
// velocities; of two middle ones the slower. Of fewer than two faces nothing is said.
Point Tracker::common_velocity(std::size_t but) const {
  std::vector<float> x, y;
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    const Track& track = tracks_[t];
    if (t == but || track.state != TrackState::kTracked || track.faint) continue;
    const Point velocity = track.motion.velocity();
    // Boxes of any size come here; what is no number has no place among others.
    if (!std::isfinite(velocity.x) || !std::isfinite(velocity.y)) continue;
    x.push_back(velocity.x);
    y.push_back(velocity.y);
  }
  const auto middle = [](const std::vector<float>& values) {
    if (values.size() < 2) return 0.0f;
    const std::vector<std::size_t> order = best_first(values);
    const float low = values[order[values.size() / 2]];
    const float high = values[order[(values.size() - 1) / 2]];
    return std::abs(low) < std::abs(high) ? low : high;
  };
  return {middle(x), middle(y)};
}

std::vector<int> Tracker::update(std::span<const Face> faces, float min_score, double time) {
  const double seconds = fresh_ ? 0 : std::max(0.0, time - time_);
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    Track& track = tracks_[t];
    const Point turned = common_velocity(t);
    track.settled.x += static_cast<float>(turned.x * seconds);
    track.settled.y += static_cast<float>(turned.y * seconds);
    track.motion.predict(seconds, track.state != TrackState::kLost);
  }

  std::vector<int> owners(faces.size(), -1);
  std::vector<bool> seen(tracks_.size(), false);
  const auto free_face = [&](std::size_t f) { return owners[f] < 0; };
  const auto clear = [&](std::size_t f) { return free_face(f) && faces[f].score >= min_score; };
  const auto faint = [&](std::size_t f) {
    return free_face(f) && faces[f].score < min_score && faces[f].score >= kFaintShare * min_score;
  };
  const auto made = [&](std::size_t t, std::size_t f) {
    owners[f] = static_cast<int>(t);
    seen[t] = true;
    see(tracks_[t], faces[f], time, min_score);
  };
  const auto state_is = [&](TrackState state) {
    return [this, state, &seen](std::size_t t) { return !seen[t] && tracks_[t].state == state; };
  };
  pair_up(
      tracks_, faces, kClearOverlap,
      [&](std::size_t t) { return !seen[t] && tracks_[t].state != TrackState::kNew; }, clear, made);
  pair_up(tracks_, faces, kFaintOverlap, state_is(TrackState::kTracked), faint, made);
  pair_up(tracks_, faces, kNewOverlap, state_is(TrackState::kNew), clear, made);

  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    Track& track = tracks_[t];
    if (seen[t]) continue;
    if (track.state == TrackState::kTracked) {
      track.state = TrackState::kLost;
      track.covered = seems_covered(track);
    }
    if (track.state == TrackState::kLost) track.smoother.move_to(track.motion.box());
  }

  const std::size_t old = tracks_.size();
  for (std::size_t f = 0; f < faces.size(); ++f) {
    if (!clear(f)) continue;
    const bool twice = std::any_of(
        tracks_.begin(), tracks_.begin() + static_cast<long>(old), [&](const Track& track) {
          return track.seen == time && track.sightings > 1 &&
                 intersection_over_minimum(track.face.box, faces[f].box) > kSame;
        });
    if (twice) continue;
    Track track;
    track.id = ++last_id_;
    track.state = fresh_ ? TrackState::kTracked : TrackState::kNew;
    track.face = faces[f];
    track.motion = BoxMotion(faces[f].box);
    track.smoother = BoxSmoother(faces[f].box);
    track.settled = faces[f].box;
    track.sightings = 1;
    track.best_score = faces[f].score;
    track.first_seen = track.seen = time;
    owners[f] = static_cast<int>(tracks_.size());
    tracks_.push_back(track);
  }
  time_ = time;
  fresh_ = false;
  drop_forgotten(time, owners);
  return owners;
}

void Tracker::drop_forgotten(double time, std::vector<int>& owners) {
  ended_.clear();
  std::vector<Track> kept;
  std::vector<int> place(tracks_.size(), -1);
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    const Track& track = tracks_[t];
    const double patience = track.state == TrackState::kNew ? kNewForgotten : kForgotten;
    const bool over = time - track.seen > patience;
    if (!over) place[t] = static_cast<int>(kept.size());
    (over ? ended_ : kept).push_back(track);
  }
  for (int& owner : owners) {
    if (owner >= 0) owner = place[static_cast<std::size_t>(owner)];
  }
  tracks_ = std::move(kept);
}

void Tracker::cut() {
  ended_ = std::move(tracks_);
  tracks_.clear();
  fresh_ = true;
}

double Tracker::share_found(std::span<const Face> faces, float min_score) const {
  int shown = 0;
  int found = 0;
  for (const Track& track : tracks_) {
    if (track.state != TrackState::kTracked) continue;
    ++shown;
    found += std::any_of(faces.begin(), faces.end(), [&](const Face& face) {
      return face.score >= min_score && overlap(track.motion.box(), face.box) > kNewOverlap;
    });
  }
  return shown > 0 ? static_cast<double>(found) / shown : 1;
}

}  // namespace masklens
