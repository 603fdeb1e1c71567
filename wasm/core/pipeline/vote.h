// The verdict on a track: a vote over time, so that it neither flickers nor lags.
#pragma once

#include "core/base/face.h"
#include "core/network/labels.h"

namespace masklens {

// Frame by frame the detector says what it thinks of the mask (its own probabilities), and now and
// then the classifier refines that. What the classifier changed is kept and applied to the frames
// in which it is not asked, as long as the detector goes on saying much the same.
class Vote {
 public:
  // How much the classifier is needed in this frame, 0 for not at all. `own`: the detector's
  // probabilities, all 0 when it has none.
  double need(const Probabilities& own, double time) const;

  // One frame. `refined`: what came of it; meaningful when the classifier was `allowed` to look.
  // `weight` 0..1 for how well the face is seen, `seconds` since the frame before.
  void add(const Probabilities& own, const Probabilities& refined, bool allowed, float weight,
           double time, double seconds);

  // True once a frame was added that said anything.
  bool knows() const { return knows_; }
  Label label() const { return label_; }
  const Probabilities& probabilities() const { return mean_; }

  // Label, probabilities and uncertain; doubt has hysteresis, too.
  void judge(Face& face, const Certainty& certainty);

 private:
  Probabilities applied(const Probabilities& own) const;
  bool still_says(const Probabilities& own) const;

  bool knows_ = false;
  Label label_ = Label::kUnmasked;
  bool uncertain_ = false;
  Probabilities mean_{};    // exponentially weighted
  Probabilities change_{};  // logarithms: what the classifier made of the detector's word
  Probabilities said_{};    // the detector's word at that time
  bool looked_ = false;
  double looked_at_ = 0;  // seconds
};

}  // namespace masklens
