// Faces of any finite numbers, frame after frame, with cuts in between: every face has at most one
// track, and no two the same.
#include <set>
#include <vector>

#include "core/pipeline/tracker.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using masklens::fuzz::must;
  masklens::fuzz::Choices choices({data, size});
  masklens::Tracker tracker;
  double time = 0;
  constexpr int kMostFrames = 40;
  for (int frame = 0; frame < kMostFrames && !choices.done(); ++frame) {
    const int step = choices.byte();
    if (step > 250) tracker.cut();
    time += step / 50.0;
    std::vector<masklens::Face> faces;
    const int count = choices.byte() % 12;
    for (int i = 0; i < count; ++i) {
      masklens::Face face;
      face.box = {choices.number(), choices.number(), choices.number(), choices.number()};
      face.score = choices.number();
      // The pipeline lets no others through.
      if (masklens::is_sound(face)) faces.push_back(face);
    }
    const float min_score = 0.5f;
    const double share = tracker.share_found(faces, min_score);
    must(share >= 0 && share <= 1);
    const std::vector<int> owners = tracker.update(faces, min_score, time);
    must(owners.size() == faces.size());
    std::set<int> used;
    for (const int owner : owners) {
      must(owner >= -1 && owner < static_cast<int>(tracker.tracks().size()));
      must(owner == -1 || used.insert(owner).second);
    }
    std::set<int> numbers;
    for (const masklens::Track& track : tracker.tracks()) {
      must(track.id > 0 && numbers.insert(track.id).second);
    }
  }
  return 0;
}
