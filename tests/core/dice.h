// A small generator of random numbers, the same on every machine.
#pragma once

#include <cstdint>

namespace masklens::test {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}

  // 0 <= value < 1
  float roll() {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<float>(state_ >> 8) / 16777216.0f;
  }

  // Mean 0, deviation 1, by the central limit.
  float normal() {
    float sum = -6;
    for (int i = 0; i < 12; ++i) sum += roll();
    return sum;
  }

 private:
  std::uint32_t state_;
};

}  // namespace masklens::test
