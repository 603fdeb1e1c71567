// Averages over time that forget. In single precision: the tables of the double one weigh more than
// all that uses them.
#pragma once

#include <cmath>

namespace masklens {

// What is left, 0..1, after `seconds` of something that fades with the time constant `memory`.
inline float left_after(double seconds, double memory) {
  return std::exp(static_cast<float>(-seconds / memory));
}

// The weight, 0..1, of what is new after `seconds` in an average with the time constant `memory`.
inline float share_of_new(double seconds, double memory) { return 1 - left_after(seconds, memory); }

}  // namespace masklens
