// Bytes that grow: what encoders write. Unlike a vector it says when memory runs out, which matters
// where nothing is thrown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "core/base/byte_block.h"

namespace masklens {

class ByteBuffer {
 public:
  std::size_t size() const { return size_; }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::span<const std::uint8_t> view() const { return {bytes_.get(), size_}; }

  // False once memory has run out: nothing is added from then on.
  bool ok() const { return ok_; }

  void append(std::span<const std::uint8_t> more) {
    if (!ok_) return;
    if (capacity_ - size_ < more.size()) {
      const std::size_t larger = std::max({2 * capacity_, size_ + more.size(), kFirst});
      ByteBlock moved = allocate_bytes(larger);
      ok_ = moved != nullptr;
      if (!ok_) return;
      std::copy(bytes_.get(), bytes_.get() + size_, moved.get());
      bytes_ = std::move(moved);
      capacity_ = larger;
    }
    std::copy(more.begin(), more.end(), bytes_.get() + size_);
    size_ += more.size();
  }

  void append(std::uint8_t byte) { append({&byte, 1}); }

 private:
  static constexpr std::size_t kFirst = 4096;
  ByteBlock bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool ok_ = true;
};

}  // namespace masklens
