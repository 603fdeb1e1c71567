// What decoders say of files that they do not read: what is wrong, and what to do next.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/codec/format.h"
#include "core/codec/limits.h"

namespace masklens {

// bad-image
Error empty_file();
Error damaged(Format format);
Error cut_short(Format format);

// unsupported-format. `what` completes "This PNG file is ...".
Error not_decoded(Format format);
Error rare_kind(Format format, const std::string& what);

// image-too-large
Error file_too_large(std::size_t bytes, std::size_t limit);
Error side_too_large(Size size, int limit);
Error too_many_pixels(std::int64_t pixels, std::int64_t limit);
// A JPEG whose scans ask for far more than a picture of its size does.
Error out_of_proportion();

// out-of-memory
Error no_room();

}  // namespace masklens
