#include "core/pipeline/sequence.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "core/base/forgetting.h"

namespace masklens {
namespace {

// Differences of glances, 0..255: a cut when the faces are elsewhere, too; when nothing is like
// before, too; and a cut in any case.
constexpr double kCut = 18;
constexpr double kUnlikeCut = 32;
constexpr double kSureCut = 48;
constexpr double kFewFound = 0.5;
constexpr double kUnlike = 0.3;
// How long a lost face is shown where it should be, seconds.
constexpr double kShownLost = 0.5;
// A face that is lost for longer than a frame or two is not shown where another one is, or mostly
// outside the picture.
constexpr double kBlink = 0.12;
constexpr float kCovered = 0.3f;
constexpr float kInside = 0.6f;
constexpr float kFaintWeight = 0.3f;
// The mean score forgets 63 % in this time, seconds: who is shown by score does not flicker.
constexpr double kScoreMemory = 0.5;

Box within(const Box& box, int width, int height) {
  const float left = std::clamp(box.x, 0.0f, static_cast<float>(width));
  const float top = std::clamp(box.y, 0.0f, static_cast<float>(height));
  return {left, top, std::clamp(box.right(), left, static_cast<float>(width)) - left,
          std::clamp(box.bottom(), top, static_cast<float>(height)) - top};
}

// The face at the box, its landmarks with it.
Face moved(Face face, const Box& box) {
  const float scale_x = face.box.width > 0 ? box.width / face.box.width : 1;
  const float scale_y = face.box.height > 0 ? box.height / face.box.height : 1;
  for (Point& point : face.landmarks) {
    point = {box.x + (point.x - face.box.x) * scale_x, box.y + (point.y - face.box.y) * scale_y};
  }
  face.box = box;
  return face;
}

}  // namespace

void Sequence::start(Pipeline& pipeline, ImageView image, double time,
                     const SequenceOptions& options) {
  found_.clear();
  owners_.clear();
  looks_.clear();
  if (time < time_ || image.width != width_ || image.height != height_) {
    tracker_.cut();
    end_tracks();
    last_glance_.reset();
  }
  time_ = time;
  width_ = image.width;
  height_ = image.height;
  glance_.emplace(image);
  DetectOptions detect = options.detect;
  // The threshold in force is not known yet: the detector's own may be meant.
  detect.faint_score = detect.min_score ? *detect.min_score * Tracker::kFaintShare : 0.1f;
  pipeline.start(image, detect, [this, most = options.max_looks](const Detection& found) {
    return choose(found, most);
  });
}

bool Sequence::is_cut(const Detection& found) const {
  if (!last_glance_) return false;
  const double difference = glance_->difference(*last_glance_);
  if (difference > kSureCut) return true;
  if (difference > kUnlikeCut && std::abs(glance_->likeness(*last_glance_)) < kUnlike) return true;
  return difference > kCut && tracker_.share_found(found.faces, found.min_score) < kFewFound;
}

std::vector<bool> Sequence::choose(const Detection& found, int max_looks) {
  if (is_cut(found)) {
    tracker_.cut();
    end_tracks();
  }
  last_glance_ = glance_;
  owners_ = tracker_.update(found.faces, found.min_score, time_);
  end_tracks();

  found_ = found.faces;
  std::vector<double> needs(found_.size(), 0);
  for (std::size_t f = 0; f < found_.size(); ++f) {
    if (owners_[f] < 0) continue;
    const Track& track = tracker_.tracks()[static_cast<std::size_t>(owners_[f])];
    needs[f] = person(track.id).vote.need(found_[f].probabilities, time_);
  }
  looks_.assign(found_.size(), false);
  for (int looks = 0; looks < max_looks && !needs.empty(); ++looks) {
    const auto most = std::max_element(needs.begin(), needs.end());
    if (*most <= 0) break;
    looks_[static_cast<std::size_t>(most - needs.begin())] = true;
    *most = 0;
  }
  return looks_;
}

Sequence::Person& Sequence::person(std::int32_t track) {
  for (Person& known : people_) {
    if (known.track == track) return known;
  }
  people_.emplace_back();
  people_.back().track = track;
  return people_.back();
}

void Sequence::end_tracks() {
  for (const Track& track : tracker_.ended()) {
    for (std::size_t i = 0; i < people_.size(); ++i) {
      const Person& known = people_[i];
      if (known.track != track.id) continue;
      if (known.shown) {
        events_.push_back({EventKind::kLeave, track.id, track.seen, known.told, known.told});
      }
      people_.erase(people_.begin() + static_cast<long>(i));
      break;
    }
  }
}

Result<Moment> Sequence::finish(const Pipeline& pipeline) {
  if (!pipeline.detection()) return pipeline.detection().error();
  const Detection& found = *pipeline.detection();
  // Faces keep their order from the choice on.
  for (std::size_t f = 0; f < found.faces.size() && f < owners_.size(); ++f) {
    if (owners_[f] < 0) continue;
    const Track& track = tracker_.tracks()[static_cast<std::size_t>(owners_[f])];
    Person& voter = person(track.id);
    const float weight = track.faint ? kFaintWeight : 1.0f;
    voter.vote.add(found_[f].probabilities, found.faces[f].probabilities, looks_[f], weight, time_,
                   time_ - voter.voted);
    const float share = share_of_new(time_ - voter.voted, kScoreMemory);
    const float score = found.faces[f].score;
    voter.score = voter.score < 0 ? score : voter.score + share * (score - voter.score);
    voter.voted = time_;
  }
  Moment moment{{found.width, found.height, shown_faces(found.certainty), found.timing,
                 found.min_score, found.certainty},
                {}};
  moment.events = std::exchange(events_, {});
  return moment;
}

std::vector<Face> Sequence::shown_faces(const Certainty& certainty) {
  std::vector<Face> shown;
  for (const Track& track : tracker_.tracks()) {
    Person& shown_one = person(track.id);
    if (track.state == TrackState::kNew || !shown_one.vote.knows()) continue;
    const Box whole = track.smoother.box();
    const Box box = within(whole, width_, height_);
    if (box.area() <= 0) continue;
    if (track.state == TrackState::kLost) {
      if (time_ - track.seen > kShownLost || box.area() < kInside * whole.area()) continue;
      const auto& tracks = tracker_.tracks();
      if (time_ - track.seen > kBlink &&
          std::any_of(tracks.begin(), tracks.end(), [&](const Track& other) {
            return other.state == TrackState::kTracked &&
                   intersection_over_minimum(other.smoother.box(), whole) > kCovered;
          })) {
        continue;
      }
    }
    Face face = moved(track.face, box);
    face.track_id = track.id;
    face.score = shown_one.score;
    shown_one.vote.judge(face, certainty);
    tell(track, shown_one);
    // Best score first; equal ones in the order of their tracks.
    const auto after = std::find_if(shown.begin(), shown.end(),
                                    [&](const Face& other) { return other.score < face.score; });
    shown.insert(after, face);
  }
  return shown;
}

void Sequence::tell(const Track& track, Person& one) {
  const Label now = one.vote.label();
  if (!one.shown) {
    one.shown = true;
    events_.push_back({EventKind::kEnter, track.id, time_, now, now});
  } else if (now != one.told) {
    events_.push_back({EventKind::kChange, track.id, time_, one.told, now});
  }
  one.told = now;
}

}  // namespace masklens
