// What outlives a frame: who was seen, and what was said of them. Wraps a pipeline's run, which
// keeps nothing:
//
//   sequence.start(pipeline, image, time, options);
//   while (const Request* request = pipeline.next()) pipeline.feed(run(*request));
//   use(sequence.finish(pipeline));
//
// A still judged in between with the same pipeline disturbs nothing here.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/pipeline/pipeline.h"
#include "core/pipeline/scene.h"
#include "core/pipeline/tracker.h"
#include "core/pipeline/vote.h"

namespace masklens {

struct SequenceOptions {
  DetectOptions detect;
  // Faces that the classifier looks at in one frame, those that need it most first.
  int max_looks = std::numeric_limits<int>::max();
};

enum class EventKind { kEnter, kLeave, kChange };

constexpr std::string_view event_name(EventKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"enter", "leave", "change"};
  return kNames[static_cast<std::size_t>(kind)];
}

// Someone came, went, or wears the mask in another way now.
struct Event {
  EventKind kind = EventKind::kEnter;
  std::int32_t track = 0;
  double time = 0;                // seconds; of leaving: when last seen
  Label from = Label::kUnmasked;  // the verdict before; of entering: that of now
  Label to = Label::kUnmasked;    // the verdict now; of leaving: the last
};

// One frame. Its faces have track_id, smoothed boxes and scores and voted verdicts, best score
// first.
struct Moment {
  Detection detection;
  std::vector<Event> events;
};

class Sequence {
 public:
  // Begins with a frame, shown at `time` in seconds; an earlier time than the last is a jump back,
  // after which everyone is new. The image must stay, and the sequence too, until the run ends or
  // is given up.
  void start(Pipeline& pipeline, ImageView image, double time, const SequenceOptions& options);

  // After pipeline.next() gave nullptr. Errors: the pipeline's; the frame then counts as not seen.
  Result<Moment> finish(const Pipeline& pipeline);

 private:
  struct Person {
    std::int32_t track = 0;
    Vote vote;
    bool shown = false;
    Label told = Label::kUnmasked;  // the verdict of the last event
    double voted = 0;               // seconds
    float score = -1;               // mean over time; below 0 before the first frame
  };

  bool is_cut(const Detection& found) const;
  std::vector<bool> choose(const Detection& found, int max_looks);
  Person& person(std::int32_t track);  // made when there is none yet
  void end_tracks();
  std::vector<Face> shown_faces(const Certainty& certainty);
  void tell(const Track& track, Person& one);

  Tracker tracker_;
  std::vector<Person> people_;
  std::optional<SceneGlance> last_glance_;
  std::optional<SceneGlance> glance_;
  double time_ = 0;
  int width_ = 0;
  int height_ = 0;
  // Of the run under way:
  std::vector<int> owners_;  // tracks of the faces
  std::vector<bool> looks_;  // faces that the classifier may look at
  std::vector<Face> found_;  // before they were labelled
  std::vector<Event> events_;
};

}  // namespace masklens
