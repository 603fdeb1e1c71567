// Memory that is there or not. Where nothing is thrown, new ends the program when memory runs out,
// also the one that is called nothrow (Emscripten); malloc says so, and the caller can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace masklens {

struct FreeBytes {
  void operator()(std::uint8_t* bytes) const { std::free(bytes); }
};

using ByteBlock = std::unique_ptr<std::uint8_t[], FreeBytes>;

// Uninitialised; null when there is no memory. A size of 0 gives a block all the same.
inline ByteBlock allocate_bytes(std::size_t size) {
  return ByteBlock(static_cast<std::uint8_t*>(std::malloc(size > 0 ? size : 1)));
}

// Gives back what lies behind the first `size` bytes; those may move.
inline void shrink(ByteBlock& block, std::size_t size) {
  void* const kept = std::realloc(block.get(), size > 0 ? size : 1);
  if (kept == nullptr) return;  // as it was
  static_cast<void>(block.release());
  block.reset(static_cast<std::uint8_t*>(kept));
}

}  // namespace masklens
