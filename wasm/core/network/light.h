// Light: how much a dark or backlit working picture is brightened before a network sees it. The
// gain comes from the histogram of its luma, the curve is `brightened` (resample.h).
// models/training/detector/light.py is the same.
#pragma once

#include <span>

#include "core/network/manifest.h"

namespace masklens {

// Brighter until the median of the luma reaches `middle` or its 95th percentile `high`, whichever
// comes first; but where only the highlights forbid it, as a window behind a face, by `backlit`.
struct LightRule {
  float middle = 0;   // 1..254
  float high = 0;     // 1..254
  float backlit = 1;  // a gain
  float most = 1;     // the largest gain
};

LightRule read_light(EntryReader& reader);

// planes: R, G and B of `pixels` values 0..255, `plane` apart. Gives 1 to rule.most.
float light_gain(std::span<const float> planes, std::size_t pixels, std::size_t plane,
                 const LightRule& rule);

}  // namespace masklens
