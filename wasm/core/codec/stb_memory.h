// The memory that stb_image takes: as a ByteBlock's, so that an Image can take its pixels over
// without a copy. To be included before stb_image.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "core/base/byte_block.h"

namespace masklens {

// No picture within reach needs a block of this size.
inline constexpr std::size_t kMaxBlock = std::size_t{1} << 30;

inline void* allocate_block(std::size_t size) {
  return size > kMaxBlock ? nullptr : allocate_bytes(size).release();
}

inline void free_block(void* block) { FreeBytes()(static_cast<std::uint8_t*>(block)); }

}  // namespace masklens
