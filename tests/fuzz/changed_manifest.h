// Manifests with wrong numbers and names, for the targets.
#pragma once

#include <iterator>
#include <string>

#include "../core/manifests.h"
#include "fuzz.h"

namespace masklens::fuzz {

template <class Map>
auto& pick(Choices& choices, Map& map) {
  return std::next(map.begin(), choices.below(static_cast<int>(map.size())))->second;
}

// One thing in one entry becomes another.
inline void change(Choices& choices, Manifest& manifest) {
  const int section = choices.byte() % 8;
  ManifestEntry& entry = section == 0   ? manifest.defaults
                         : section == 1 ? pick(choices, manifest.detectors)
                         : section == 2 ? pick(choices, manifest.classifiers)
                                        : pick(choices, manifest.networks);
  const int what = choices.byte() % 8;
  if (what == 0 && !entry.texts.empty()) {
    auto& texts = pick(choices, entry.texts);
    texts.assign(choices.byte() % 4, std::string(choices.byte() % 20, 'x'));
  } else if (what == 1) {
    entry.numbers[std::string(1 + choices.byte() % 8, 'n')] = {1};
  } else if (!entry.numbers.empty()) {
    auto& numbers = pick(choices, entry.numbers);
    if (what == 2) numbers.resize(choices.byte() % 6);
    for (double& number : numbers) {
      if (choices.byte() % 2 == 0) number = choices.number();
    }
  }
}

inline Manifest changed_manifest(Choices& choices) {
  Manifest manifest = test::manifest();
  const int changes = choices.byte() % 4;
  for (int i = 0; i < changes; ++i) change(choices, manifest);
  return manifest;
}

}  // namespace masklens::fuzz
