// Who is who from frame to frame: ByteTrack (Zhang et al. 2022, "ByteTrack: multi-object tracking
// by associating every detection box"), by overlap and motion alone. Nothing here looks at a face:
// no one can be recognised, and a number means nothing once its track has ended.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/face.h"
#include "core/pipeline/motion.h"

namespace masklens {

enum class TrackState {
  kNew,      // seen too seldom to be shown
  kTracked,  // seen in the last frame
  kLost,     // shown where it should be, then kept unseen for a while
};

struct Track {
  std::int32_t id = 0;  // 1, 2, ... in the order of first sight
  TrackState state = TrackState::kNew;
  Face face;  // as last seen; its box is the detector's
  BoxMotion motion;
  BoxSmoother smoother;
  // Where it was over the last second. What passes in front of a face first covers a part of it,
  // and the box of the rest drifts: there it will not be seen again, but here.
  Box settled;
  bool covered = false;  // lost, and likely behind something
  int sightings = 0;
  float best_score = 0;
  double first_seen = 0;  // seconds
  double seen = 0;        // the last sight
  bool faint = false;     // the last sight was below the minimum score
};

class Tracker {
 public:
  // The faces of the next frame, the faint ones too down to kFaintShare of `min_score`; `time` in
  // seconds, never less than the last. Gives the index in tracks() of every face, -1 for none;
  // tracks that ended go to ended().
  std::vector<int> update(std::span<const Face> faces, float min_score, double time);

  // Another scene: every track ends. Whoever is seen next is shown at once.
  void cut();

  // How many of the tracks seen in the last frame have a face where they should be, 0..1; 1 when
  // there were none.
  double share_found(std::span<const Face> faces, float min_score) const;

  const std::vector<Track>& tracks() const { return tracks_; }
  const std::vector<Track>& ended() const { return ended_; }

  // Faces this faint, as a share of the minimum score, still prove that a track goes on.
  static constexpr float kFaintShare = 0.3f;

 private:
  void see(Track& track, const Face& face, double time, float min_score);
  Point common_velocity(std::size_t but) const;
  void drop_forgotten(double time, std::vector<int>& owners);

  std::vector<Track> tracks_;
  std::vector<Track> ended_;
  std::int32_t last_id_ = 0;
  double time_ = 0;
  bool fresh_ = true;  // no frame of this scene yet
};

}  // namespace masklens
