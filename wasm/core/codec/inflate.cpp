#include "core/codec/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>

// zlib links its checksum of what came out, which is not looked at (see `open`): none instead.
extern "C" uLong adler32(uLong, const Bytef*, uInt) { return 1; }

namespace masklens {
namespace {

// What zlib asks for: the window, and its state (9.5 KB in version 1.3.1).
constexpr std::size_t kMemory = (std::size_t{1} << 15) + (std::size_t{1} << 14);
// Bytes that come out at a time. After each time zlib copies the last 32 KB of them.
constexpr std::size_t kRoom = std::size_t{1} << 17;

}  // namespace

struct Inflater::Work {
  z_stream stream;
  std::size_t used;  // of the memory
  alignas(std::max_align_t) std::uint8_t memory[kMemory];
  std::uint8_t out[kRoom];

  static void* take(void* work, unsigned items, unsigned size) {
    auto& [stream, used, memory, out] = *static_cast<Work*>(work);
    constexpr std::size_t kAlignment = alignof(std::max_align_t);
    const std::size_t wanted = (std::size_t{items} * size + kAlignment - 1) & ~(kAlignment - 1);
    if (wanted > kMemory - used) return nullptr;
    used += wanted;
    return memory + (used - wanted);
  }
  static void give_back(void*, void*) {}  // it goes with the work
};

bool Inflater::open() {
  block_ = allocate_bytes(sizeof(Work));
  if (!block_) return false;
  work_ = new (block_.get()) Work;
  work_->used = 0;
  z_stream& stream = work_->stream;
  stream = {};
  stream.opaque = work_;
  stream.zalloc = Work::take;
  stream.zfree = Work::give_back;
  return inflateInit(&stream) == Z_OK && inflateValidate(&stream, 0) == Z_OK;
}

bool Inflater::read(std::uint8_t* out, std::size_t size) {
  while (size > 0) {
    if (taken_ == filled_ && !fill()) return false;
    const std::size_t part = std::min(size, filled_ - taken_);
    std::memcpy(out, work_->out + taken_, part);
    taken_ += part;
    out += part;
    size -= part;
  }
  return true;
}

// What is damaged ends the stream: what came out before is given first.
bool Inflater::fill() {
  z_stream& stream = work_->stream;
  stream.next_out = work_->out;
  stream.avail_out = kRoom;
  while (stream.avail_out > 0 && !ended_) {
    if (stream.avail_in == 0) {
      const ByteSpan piece = source_.next();
      stream.next_in = const_cast<std::uint8_t*>(piece.data());  // which zlib does not change
      stream.avail_in = static_cast<uInt>(piece.size());
    }
    ended_ = stream.avail_in == 0 || inflate(&stream, Z_NO_FLUSH) != Z_OK;
  }
  filled_ = kRoom - stream.avail_out;
  taken_ = 0;
  return filled_ > 0;
}

}  // namespace masklens
