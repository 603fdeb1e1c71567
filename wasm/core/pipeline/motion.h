// How a face moves: where it will be, and where it is without the detector's trembling.
#pragma once

#include <cmath>

#include "core/base/geometry.h"

namespace masklens {

// Kalman filter of one coordinate and its velocity (Kalman 1960), driven by white noise of the
// acceleration. Coordinates of a box are filtered apart: with the usual noise of trackers (Wojke et
// al. 2017, "Simple online and realtime tracking with a deep association metric") the filter of all
// eight falls into these.
class CoordinateFilter {
 public:
  CoordinateFilter() = default;
  // `spread`: standard deviation of the unknown velocity, units a second.
  CoordinateFilter(double value, double noise, double spread)
      : value_(value), value_value_(noise * noise), velocity_velocity_(spread * spread) {}

  double value() const { return value_; }
  double velocity() const { return velocity_; }

  // `unrest`: spectral density of the acceleration, units squared a second cubed.
  void predict(double seconds, double unrest) {
    const double t = seconds;
    value_ += velocity_ * t;
    value_value_ += t * (2 * value_velocity_ + t * velocity_velocity_) + unrest * t * t * t / 3;
    value_velocity_ += t * velocity_velocity_ + unrest * t * t / 2;
    velocity_velocity_ += unrest * t;
  }

  // `noise`: standard deviation of the measurement.
  void correct(double measured, double noise) {
    const double total = value_value_ + noise * noise;
    const double gain = value_value_ / total;
    const double velocity_gain = value_velocity_ / total;
    const double surprise = measured - value_;
    value_ += gain * surprise;
    velocity_ += velocity_gain * surprise;
    velocity_velocity_ -= velocity_gain * value_velocity_;
    value_velocity_ -= gain * value_velocity_;
    value_value_ -= gain * value_value_;
  }

  void slow_down(double factor) { velocity_ *= factor; }

 private:
  double value_ = 0;
  double velocity_ = 0;
  double value_value_ = 0;
  double value_velocity_ = 0;
  double velocity_velocity_ = 0;
};

// Constant velocity of the centre, in pixels, and of the logarithms of both sides.
class BoxMotion {
 public:
  BoxMotion() = default;
  explicit BoxMotion(const Box& box);

  // `seen`: unseen faces slow down instead of flying on.
  void predict(double seconds, bool seen);
  void correct(const Box& measured);
  Box box() const;
  // Of the centre, pixels a second.
  Point velocity() const {
    return {static_cast<float>(x_.velocity()), static_cast<float>(y_.velocity())};
  }

 private:
  double side() const;

  CoordinateFilter x_, y_, width_, height_;
};

// The 1 euro filter (Casiez et al. 2012, "1 euro filter: a simple speed-based low-pass filter for
// noisy input in interactive systems") on the four numbers of a box, speeds in sides a second:
// still boxes rest, moving ones are not late.
class BoxSmoother {
 public:
  BoxSmoother() = default;
  explicit BoxSmoother(const Box& box) : box_(box) {}

  void add(const Box& measured, double seconds);
  void move_to(const Box& box) { box_ = box; }
  const Box& box() const { return box_; }

 private:
  Box box_;
  Box speed_;  // of each number, sides a second, smoothed
};

}  // namespace masklens
