#include "core/pipeline/motion.h"

#include <algorithm>
#include <array>
#include <numbers>

#include "core/base/forgetting.h"

namespace masklens {
namespace {

// In sides of the face: what a detector's box trembles, how fast a face may set off, and how
// suddenly it turns. Sizes tremble likewise and change slower.
constexpr double kNoise = 0.05;
constexpr double kSpread = 1.5;
constexpr double kUnrest = 6;
constexpr double kSizeNoise = 0.06;
constexpr double kSizeSpread = 0.5;
constexpr double kSizeUnrest = 0.6;
// An unseen face loses 63 % of its speed in this time, seconds.
constexpr double kSlowing = 0.25;

// Cut-off frequencies, hertz: at rest, further a side a second of speed, and of the speed itself.
constexpr double kRestCutoff = 0.8;
constexpr double kCutoffPerSpeed = 6;
constexpr double kSpeedCutoff = 1.5;

double log_side(float side) { return std::log(std::max(side, 1e-3f)); }

float side_of(double log) {
  // No prediction makes a face larger than any picture.
  constexpr double kMaxLog = 17;
  return std::exp(static_cast<float>(std::min(log, kMaxLog)));
}

// The share of the new value in a low-pass filter of first order.
double share(double cutoff, double seconds) {
  const double tau = 1 / (2 * std::numbers::pi * cutoff);
  return seconds / (seconds + tau);
}

}  // namespace

BoxMotion::BoxMotion(const Box& box) {
  const double side = std::sqrt(std::max(box.area(), 1e-6f));
  x_ = {box.centre().x, kNoise * side, kSpread * side};
  y_ = {box.centre().y, kNoise * side, kSpread * side};
  width_ = {log_side(box.width), kSizeNoise, kSizeSpread};
  height_ = {log_side(box.height), kSizeNoise, kSizeSpread};
}

double BoxMotion::side() const { return side_of((width_.value() + height_.value()) / 2); }

void BoxMotion::predict(double seconds, bool seen) {
  const double unrest = kUnrest * side() * side();
  x_.predict(seconds, unrest);
  y_.predict(seconds, unrest);
  width_.predict(seconds, kSizeUnrest);
  height_.predict(seconds, kSizeUnrest);
  if (seen) return;
  const double kept = left_after(seconds, kSlowing);
  for (CoordinateFilter* each : {&x_, &y_, &width_, &height_}) each->slow_down(kept);
}

void BoxMotion::correct(const Box& measured) {
  const double noise = kNoise * side();
  x_.correct(measured.centre().x, noise);
  y_.correct(measured.centre().y, noise);
  width_.correct(log_side(measured.width), kSizeNoise);
  height_.correct(log_side(measured.height), kSizeNoise);
}

Box BoxMotion::box() const {
  const float width = side_of(width_.value());
  const float height = side_of(height_.value());
  return {static_cast<float>(x_.value()) - width / 2, static_cast<float>(y_.value()) - height / 2,
          width, height};
}

void BoxSmoother::add(const Box& measured, double seconds) {
  const double side = std::max(1.0, std::sqrt(static_cast<double>(measured.area())));
  // Centres and sides tremble apart; corners would mix them.
  const Point from = box_.centre();
  const Point to = measured.centre();
  const std::array<double, 4> before{from.x, from.y, box_.width, box_.height};
  const std::array<double, 4> now{to.x, to.y, measured.width, measured.height};
  std::array<float*, 4> speeds{&speed_.x, &speed_.y, &speed_.width, &speed_.height};
  std::array<double, 4> smooth{};
  for (std::size_t i = 0; i < 4; ++i) {
    const double speed = seconds > 0 ? (now[i] - before[i]) / seconds / side : 0;
    const double kept = *speeds[i] + share(kSpeedCutoff, seconds) * (speed - *speeds[i]);
    *speeds[i] = static_cast<float>(kept);
    const double cutoff = kRestCutoff + kCutoffPerSpeed * std::abs(kept);
    smooth[i] = before[i] + share(cutoff, seconds) * (now[i] - before[i]);
  }
  const float width = static_cast<float>(smooth[2]);
  const float height = static_cast<float>(smooth[3]);
  box_ = {static_cast<float>(smooth[0]) - width / 2, static_cast<float>(smooth[1]) - height / 2,
          width, height};
}

}  // namespace masklens
