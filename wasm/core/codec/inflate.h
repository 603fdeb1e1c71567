// A zlib stream (RFC 1950 and 1951) unpacked piece by piece: a picture that is read row by row
// needs no room for all that comes out. zlib does the work; stb_image would unpack the whole stream
// into one block.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/byte_block.h"
#include "core/base/byte_order.h"

namespace masklens {

class Inflater {
 public:
  // The compressed data in pieces, one a call; an empty one is the end.
  struct Source {
    virtual ByteSpan next() = 0;

   protected:
    ~Source() = default;
  };

  // The source must outlive it.
  explicit Inflater(Source& source) : source_(source) {}

  // False without memory: all that is needed is taken here. To be called first.
  bool open();

  // The next `size` bytes. False when the stream has not so many, or is damaged before them; its
  // checksum is not looked at.
  bool read(std::uint8_t* out, std::size_t size);

 private:
  struct Work;

  bool fill();

  Source& source_;
  ByteBlock block_;  // where the work lies
  Work* work_ = nullptr;
  std::size_t filled_ = 0;  // bytes that came out and lie in the work
  std::size_t taken_ = 0;
  bool ended_ = false;
};

}  // namespace masklens
