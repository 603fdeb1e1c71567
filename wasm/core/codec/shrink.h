// A picture at a smaller size, to be shown: every pixel is the mean of the rectangle it covers.
#pragma once

#include "core/base/image.h"
#include "core/base/result.h"

namespace masklens {

// The picture scaled so that its longer side has max_side pixels (at least 1), the shorter one at
// least 1; a copy where it is no larger than that. Every pixel has to be opaque. Fails with
// out-of-memory.
Result<Image> shrink(ImageView image, int max_side);

}  // namespace masklens
