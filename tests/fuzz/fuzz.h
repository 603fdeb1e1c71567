// What the targets share: bytes as a source of choices, and checks that a sanitiser sharpens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "core/base/image.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define MASKLENS_MSAN 1
#endif
#endif

namespace masklens::fuzz {

// A promise that was broken: the fuzzer keeps the input.
inline void must(bool kept) {
  if (!kept) std::abort();
}

// With MemorySanitizer: ends the run where a byte was never written.
inline void must_be_written(const void* data, std::size_t size) {
#ifdef MASKLENS_MSAN
  __msan_check_mem_is_initialized(data, size);
#else
  static_cast<void>(data);
  static_cast<void>(size);
#endif
}

// A decoded picture is whole: every pixel written and opaque.
inline void must_be_whole(const Image& image) {
  must(image.width() >= 1 && image.height() >= 1);
  must_be_written(image.data(), image.bytes());
  for (std::size_t i = 3; i < image.bytes(); i += kChannels) must(image.data()[i] == 255);
}

// Numbers out of the input, zeros when it has been used up.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool done() const { return bytes_.empty(); }
  std::span<const std::uint8_t> rest() const { return bytes_; }

  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }

  // 0 <= value < limit
  int below(int limit) { return (byte() << 8 | byte()) % limit; }

  // Any float: an odd bit pattern (NaN, infinity, denormal, huge), or one of a common size.
  float number() {
    const int kind = byte();
    if (kind < 64) {
      std::uint32_t bits = 0;
      for (int i = 0; i < 4; ++i) bits = bits << 8 | byte();
      float value = 0;
      std::memcpy(&value, &bits, sizeof value);
      return value;
    }
    return static_cast<float>(below(4096) - 1024) / (kind < 160 ? 16.0f : 1024.0f);
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace masklens::fuzz
