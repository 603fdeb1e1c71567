#include "core/codec/inflate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace masklens {
namespace {

// Bits as they follow one another in the stream.
class Stream {
 public:
  Stream() : bytes_{0x78, 1} {}
  // A number, lowest bit first.
  Stream& number(unsigned value, int count) {
    for (int i = 0; i < count; ++i) put(value >> i & 1);
    return *this;
  }
  // A code, highest bit first.
  Stream& code(unsigned value, int count) {
    for (int i = count - 1; i >= 0; --i) put(value >> i & 1);
    return *this;
  }
  // Of the fixed code (RFC 1951, 3.2.6), symbols below 144 and from 256 to 279.
  Stream& fixed(unsigned symbol) {
    return symbol < 144 ? code(0x30 + symbol, 8) : code(symbol - 256, 7);
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  void put(unsigned bit) {
    if (count_ % 8 == 0) bytes_.push_back(0);
    bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | bit << count_ % 8);
    ++count_;
  }
  std::vector<std::uint8_t> bytes_;
  int count_ = 0;
};

// `wanted` bytes out of the stream, whose bytes come `piece` at a time; "damaged" when it has not
// so many.
std::string inflated(const std::vector<std::uint8_t>& bytes, std::size_t wanted,
                     std::size_t piece = 1000) {
  struct Pieces final : Inflater::Source {
    ByteSpan next() override {
      const ByteSpan first = left.first(std::min(piece, left.size()));
      left = left.subspan(first.size());
      return first;
    }
    ByteSpan left;
    std::size_t piece = 0;
  } pieces;
  pieces.left = bytes;
  pieces.piece = piece;
  Inflater inflater(pieces);
  EXPECT_TRUE(inflater.open());
  std::string out(wanted, ' ');
  // In reads of different sizes.
  std::size_t done = 0;
  for (std::size_t step = 1; done < wanted; step = step * 2 + 1) {
    const std::size_t part = std::min(step, wanted - done);
    if (!inflater.read(reinterpret_cast<std::uint8_t*>(out.data()) + done, part)) return "damaged";
    done += part;
  }
  return out;
}

TEST(Inflate, CopiesReachBackAndOverlap) {
  Stream stream;
  stream.number(1, 1).number(1, 2).fixed('a').fixed('b').fixed('c');
  stream.fixed(257).code(2, 5);  // three from three before
  stream.fixed(260).code(0, 5);  // six from one before
  stream.fixed(256);
  for (const std::size_t piece : {1, 3, 1000}) {
    EXPECT_EQ(inflated(stream.bytes(), 12, piece), "abcabccccccc");
    EXPECT_EQ(inflated(stream.bytes(), 13, piece), "damaged");
  }
}

TEST(Inflate, TheWindowGoesOnOverALongStream) {
  Stream stream;
  stream.number(1, 1).number(1, 2);
  for (char c = 'A'; c < 'A' + 31; ++c) stream.fixed(static_cast<unsigned char>(c));
  constexpr std::size_t kTimes = 4000;
  for (std::size_t i = 0; i < kTimes; ++i) {
    stream.code(0xC0 + 5, 8).code(9, 5).number(6, 3);  // 258 from 31 before
  }
  stream.fixed(256);
  const std::size_t size = 31 + 258 * kTimes;
  const std::string out = inflated(stream.bytes(), size);
  ASSERT_EQ(out.size(), size);
  for (std::size_t i = 0; i < size; ++i) {
    ASSERT_EQ(out[i], static_cast<char>('A' + i % 31)) << i;
  }
}

TEST(Inflate, StoredBlocksBetweenCodedOnes) {
  Stream stream;
  stream.number(0, 1).number(1, 2).fixed('x').fixed(256);
  stream.number(0, 1).number(0, 2).number(0, 3);  // to the next byte
  stream.number(3, 16).number(0xFFFC, 16).number('1', 8).number('2', 8).number('3', 8);
  stream.number(1, 1).number(1, 2).fixed(257).code(3, 5).fixed(256);
  for (const std::size_t piece : {1, 2, 1000}) {
    EXPECT_EQ(inflated(stream.bytes(), 7, piece), "x123x12");
  }
}

// A block of the dynamic kind: the lengths of the code for lengths by symbol, then what follows.
Stream dynamic(const std::vector<unsigned>& of_lengths, unsigned literals = 257) {
  static const std::vector<unsigned> order = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                              11, 4,  12, 3, 13, 2, 14, 1, 15};
  Stream stream;
  stream.number(1, 1).number(2, 2).number(literals - 257, 5).number(0, 5).number(15, 4);
  for (const unsigned symbol : order) stream.number(of_lengths[symbol], 3);
  return stream;
}

TEST(Inflate, CodesOfTheFilesOwn) {
  // Lengths 0, 1 and runs of 138 zeros: 'b' and the end have one bit each, distances none.
  std::vector<unsigned> of_lengths(19, 0);
  of_lengths[0] = 2;
  of_lengths[1] = 1;
  of_lengths[18] = 2;
  Stream stream = dynamic(of_lengths);
  stream.code(3, 2).number(98 - 11, 7).code(0, 1);                            // to 'b'
  stream.code(3, 2).number(127, 7).code(3, 2).number(19 - 11, 7).code(0, 1);  // to the end
  stream.code(2, 2);                                                          // the distance
  stream.code(0, 1).code(0, 1).code(1, 1);
  EXPECT_EQ(inflated(stream.bytes(), 2), "bb");
  EXPECT_EQ(inflated(stream.bytes(), 3), "damaged");
}

TEST(Inflate, WhatIsDamagedSaysSo) {
  const auto one = [] { return Stream().number(1, 1).number(1, 2); };
  EXPECT_EQ(inflated({}, 1), "damaged");
  EXPECT_EQ(inflated({0x78}, 1), "damaged");
  EXPECT_EQ(inflated({0x78, 2}, 1), "damaged");                      // header's check
  EXPECT_EQ(inflated({0x78, 0x20}, 1), "damaged");                   // a dictionary from elsewhere
  EXPECT_EQ(inflated({0x79, 0x1A, 1}, 1), "damaged");                // another method
  EXPECT_EQ(inflated(Stream().number(7, 3).bytes(), 1), "damaged");  // no such block
  EXPECT_EQ(inflated(one().fixed('a').fixed(257).code(1, 5).fixed(256).bytes(), 4), "damaged");
  EXPECT_EQ(inflated(one().fixed('a').code(0xC0 + 6, 8).code(0, 5).bytes(), 4), "damaged");
  EXPECT_EQ(inflated(one().fixed('a').fixed(257).code(30, 5).bytes(), 4), "damaged");
  // Behind the end there are zeros, which would be a code.
  EXPECT_EQ(inflated(one().fixed('a').bytes(), 2), "damaged");
  // A stored block whose length does not agree with itself, or that the file does not hold.
  const auto stored = [](unsigned inverse) {
    return Stream().number(1, 1).number(0, 7).number(2, 16).number(inverse, 16).number('a', 8);
  };
  EXPECT_EQ(inflated(stored(0xFFFE).bytes(), 1), "damaged");
  EXPECT_EQ(inflated(stored(0xFFFD).bytes(), 1), "a");
  EXPECT_EQ(inflated(stored(0xFFFD).bytes(), 2), "damaged");
  // Codes for lengths: too many of one bit, one that is missing.
  std::vector<unsigned> of_lengths(19, 0);
  of_lengths[0] = of_lengths[1] = of_lengths[2] = 1;
  EXPECT_EQ(inflated(dynamic(of_lengths).bytes(), 1), "damaged");
  of_lengths = std::vector<unsigned>(19, 0);
  of_lengths[0] = of_lengths[1] = 2;
  EXPECT_EQ(inflated(dynamic(of_lengths).bytes(), 1), "damaged");
  EXPECT_EQ(inflated(dynamic(std::vector<unsigned>(19, 0)).bytes(), 1), "damaged");
  EXPECT_EQ(inflated(dynamic(of_lengths, 287).bytes(), 1), "damaged");
}

}  // namespace
}  // namespace masklens
