#include "core/pipeline/vote.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/base/forgetting.h"

namespace masklens {
namespace {

// The mean forgets 63 % in this time, seconds: a mask taken off is told after a third of a second.
constexpr double kMemory = 0.3;
// By how much another label must be ahead before it is the verdict.
constexpr float kAhead = 0.25f;
// Doubt begins this far below the certainty's margin, and ends as far above it.
constexpr float kDoubtBand = 0.05f;
// The detector says something else when its probabilities moved by more than this, summed.
constexpr float kMoved = 0.5f;
// When the classifier is asked again, seconds: while in doubt, and for good measure. Where the
// detector has no word of its own, every so often.
constexpr double kAgainInDoubt = 0.4;
constexpr double kAgainAnyway = 3;
constexpr double kAgainAlone = 0.15;
constexpr float kDoubt = 0.5f;  // margin of the mean
constexpr float kLeast = 1e-4f;

bool has_word(const Probabilities& own) { return own[0] + own[1] + own[2] > 0; }

Probabilities logarithms(const Probabilities& p) {
  Probabilities logs{};
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = std::log(std::max(p[i], kLeast));
  return logs;
}

// A detector without a word leaves everything to the classifier.
Probabilities word(const Probabilities& own) {
  return has_word(own) ? own : Probabilities{1.0f / 3, 1.0f / 3, 1.0f / 3};
}

}  // namespace

bool Vote::still_says(const Probabilities& own) const {
  const Probabilities now = word(own);
  float moved = 0;
  for (std::size_t i = 0; i < now.size(); ++i) moved += std::abs(now[i] - said_[i]);
  return moved <= kMoved;
}

double Vote::need(const Probabilities& own, double time) const {
  if (!looked_) return 4;
  const double since = time - looked_at_;
  if (!has_word(own)) return since >= kAgainAlone ? 1 + since : 0;
  if (!still_says(own)) return 3;
  if (since >= kAgainAnyway) return 1 + since;
  return since >= kAgainInDoubt && margin_of(mean_) < kDoubt ? 1 + since : 0;
}

Probabilities Vote::applied(const Probabilities& own) const {
  if (!looked_ || !still_says(own)) return word(own);
  Probabilities logs = logarithms(word(own));
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] += change_[i];
  return softmax(logs, 1);
}

void Vote::add(const Probabilities& own, const Probabilities& refined, bool allowed, float weight,
               double time, double seconds) {
  if (allowed) {
    const Probabilities before = logarithms(word(own));
    const Probabilities after = logarithms(refined);
    for (std::size_t i = 0; i < change_.size(); ++i) change_[i] = after[i] - before[i];
    said_ = word(own);
    looked_ = true;
    looked_at_ = time;
  }
  if (!looked_ && !has_word(own)) return;
  const Probabilities now = applied(own);
  if (!knows_) {
    knows_ = true;
    mean_ = now;
    label_ = static_cast<Label>(std::max_element(now.begin(), now.end()) - now.begin());
    return;
  }
  const float share = weight * share_of_new(seconds, kMemory);
  for (std::size_t i = 0; i < mean_.size(); ++i) mean_[i] += share * (now[i] - mean_[i]);
  const auto best = std::max_element(mean_.begin(), mean_.end());
  if (*best - mean_[static_cast<std::size_t>(label_)] > kAhead) {
    label_ = static_cast<Label>(best - mean_.begin());
  }
}

void Vote::judge(Face& face, const Certainty& certainty) {
  face.label = label_;
  face.probabilities = mean_;
  const float own = mean_[static_cast<std::size_t>(label_)];
  float other = 0;
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    if (static_cast<Label>(i) != label_) other = std::max(other, mean_[i]);
  }
  const float band = uncertain_ ? kDoubtBand : -kDoubtBand;
  uncertain_ = !(own - other >= certainty.margin + band);
  face.uncertain = uncertain_ || face.box.short_side() < certainty.min_face;
}

}  // namespace masklens
