// A zlib stream (RFC 1950 and 1951) unpacked piece by piece, into as little memory as its window
// takes: a picture that is read row by row needs no room for all that comes out.
//
// Not through stb_image, which unpacks the whole stream into one block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "core/base/byte_block.h"
#include "core/base/byte_order.h"

namespace masklens {

class Inflater {
 public:
  // The compressed data in pieces, one a call; an empty one is the end.
  using Source = std::function<ByteSpan()>;

  explicit Inflater(Source source) : source_(std::move(source)) {}

  // False without memory. To be called first.
  bool open();

  // The next `size` bytes. False when the stream has not so many, or is damaged before them; its
  // checksum is not looked at.
  bool read(std::uint8_t* out, std::size_t size);

 private:
  // A canonical code: what the next bits mean.
  class Code {
   public:
    // The lengths of the codes of symbols 0, 1, ... in bits, 0 for those without. False where no
    // code has these.
    bool build(const std::uint8_t* lengths, std::size_t count);
    bool empty() const { return empty_; }
    // The symbol, and the length of its code in `bits`; below 0 for none.
    int find(std::uint64_t bits, int& length) const;

   private:
    static constexpr int kFastBits = 10;
    static constexpr int kLongest = 15;
    std::array<std::uint16_t, 1 << kFastBits> fast_;     // symbol << 4 | length; 0: longer
    std::array<std::uint16_t, kLongest + 1> of_length_;  // codes of each length
    std::array<std::uint16_t, 288> symbols_;             // in the order of their codes
    bool empty_ = true;
  };

  enum class Block { kNone, kStored, kCoded, kEnd };

  bool fill();
  bool begin_block();
  bool read_codes();
  bool copy_stored();
  bool decode();
  // At least 56 bits are there afterwards; behind the end they are zeros.
  void refill();
  // At most 32 of those that are there.
  std::uint32_t take(int count) {
    const std::uint64_t value = bits_ & ((std::uint64_t{1} << count) - 1);
    drop(count);
    return static_cast<std::uint32_t>(value);
  }
  void drop(int count) {
    bits_ >>= count;
    count_ -= count;
  }
  bool behind_end() const { return count_ < padding_; }

  Source source_;
  ByteSpan piece_;          // what is left of it
  std::uint64_t bits_ = 0;  // the next ones, lowest first
  int count_ = 0;
  int padding_ = 0;  // of those, bits that the stream does not have
  bool opened_stream_ = false;
  bool last_block_ = false;
  Block block_ = Block::kNone;
  std::size_t stored_left_ = 0;
  ByteBlock buffer_;  // what came out: the window, and what is not read yet
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
  Code literals_;
  Code distances_;
};

}  // namespace masklens
