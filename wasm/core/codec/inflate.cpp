#include "core/codec/inflate.h"

#include <algorithm>
#include <cstring>

namespace masklens {
namespace {

constexpr std::size_t kWindow = std::size_t{1} << 15;
constexpr std::size_t kLongestCopy = 258;
constexpr std::size_t kStep = 8;  // bytes that a copy moves at a time, the last ones for nothing
constexpr std::size_t kRoom = 3 * kWindow;

constexpr int kEndOfBlock = 256;
constexpr std::size_t kMostLiterals = 286;
constexpr std::size_t kMostDistances = 30;

// Of symbols 257 and up: the length that they begin with, and the bits to be added (RFC
// 1951, 3.2.5).
constexpr std::array<std::uint16_t, 29> kLengths = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                    15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                    67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::array<std::uint8_t, 29> kLengthBits = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                      2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
constexpr std::array<std::uint16_t, kMostDistances> kDistances = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
constexpr std::array<std::uint8_t, kMostDistances> kDistanceBits = {
    0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
    6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
// The order in which the lengths of the code for lengths are stored (3.2.7).
constexpr std::array<std::uint8_t, 19> kOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                 11, 4,  12, 3, 13, 2, 14, 1, 15};

std::uint64_t little64(const std::uint8_t* at) {
  const ByteSpan bytes(at, 8);
  return little32(bytes, 0) | std::uint64_t{little32(bytes, 4)} << 32;
}

}  // namespace

bool Inflater::Code::build(const std::uint8_t* lengths, std::size_t count) {
  of_length_.fill(0);
  for (std::size_t i = 0; i < count; ++i) ++of_length_[lengths[i]];
  of_length_[0] = 0;
  int left = 1;  // codes that are free, at each length
  int longest = 0;
  std::array<std::uint16_t, kLongest + 2> next_code{};
  std::array<std::uint16_t, kLongest + 2> first_symbol{};
  for (std::size_t length = 1; length <= kLongest; ++length) {
    left = 2 * left - of_length_[length];
    if (left < 0) return false;
    if (of_length_[length] > 0) longest = static_cast<int>(length);
    next_code[length + 1] =
        static_cast<std::uint16_t>((next_code[length] + of_length_[length]) << 1);
    first_symbol[length + 1] =
        static_cast<std::uint16_t>(first_symbol[length] + of_length_[length]);
  }
  empty_ = longest == 0;
  // One code of one bit is whole enough, and none where none is needed.
  if (left > 0 && longest > 1) return false;
  fast_.fill(0);
  for (std::size_t symbol = 0; symbol < count; ++symbol) {
    const std::size_t length = lengths[symbol];
    if (length == 0) continue;
    symbols_[first_symbol[length]++] = static_cast<std::uint16_t>(symbol);
    const std::uint32_t code = next_code[length]++;
    if (length > kFastBits) continue;
    // The first bit of a code comes first, in the lowest place.
    std::uint32_t reversed = 0;
    for (std::size_t i = 0; i < length; ++i) reversed |= (code >> i & 1) << (length - 1 - i);
    for (std::uint32_t at = reversed; at < fast_.size(); at += 1U << length) {
      fast_[at] = static_cast<std::uint16_t>(symbol << 4 | length);
    }
  }
  return true;
}

int Inflater::Code::find(std::uint64_t bits, int& length) const {
  const std::uint16_t entry = fast_[bits & ((1U << kFastBits) - 1)];
  if (entry != 0) {
    length = entry & 15;
    return entry >> 4;
  }
  int code = 0;
  int first = 0;  // code of this length
  int index = 0;  // of its symbol
  for (length = 1; length <= kLongest; ++length) {
    code |= static_cast<int>(bits & 1);
    bits >>= 1;
    const int count = of_length_[static_cast<std::size_t>(length)];
    if (code - first < count) return symbols_[static_cast<std::size_t>(index + code - first)];
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return -1;
}

bool Inflater::open() {
  buffer_ = allocate_bytes(kRoom + kLongestCopy + kStep);
  return buffer_ != nullptr;
}

bool Inflater::read(std::uint8_t* out, std::size_t size) {
  while (size > 0) {
    if (taken_ == filled_ && !fill()) return false;
    const std::size_t part = std::min(size, filled_ - taken_);
    std::memcpy(out, buffer_.get() + taken_, part);
    taken_ += part;
    out += part;
    size -= part;
  }
  return true;
}

// What is damaged ends the stream: what came out before is given first.
bool Inflater::fill() {
  if (!opened_stream_) {
    opened_stream_ = true;
    refill();
    const std::uint32_t method = take(8);
    const std::uint32_t flags = take(8);
    // Deflate, and no dictionary from elsewhere.
    const bool sound = (method << 8 | flags) % 31 == 0 && (method & 15) == 8 && (flags & 32) == 0;
    if (!sound || behind_end()) block_ = Block::kEnd;
  }
  if (filled_ > kWindow) {
    std::memmove(buffer_.get(), buffer_.get() + (filled_ - kWindow), kWindow);
    filled_ = taken_ = kWindow;
  }
  while (filled_ < kRoom && block_ != Block::kEnd) {
    const bool sound = block_ == Block::kNone     ? begin_block()
                       : block_ == Block::kStored ? copy_stored()
                                                  : decode();
    if (!sound) block_ = Block::kEnd;
  }
  return taken_ < filled_;
}

void Inflater::refill() {
  if (piece_.size() >= 8) {
    bits_ |= little64(piece_.data()) << count_;
    const int bytes = (63 - count_) >> 3;
    piece_ = piece_.subspan(static_cast<std::size_t>(bytes));
    count_ += 8 * bytes;
    return;
  }
  // What lies above count_ may be a byte that is read again.
  bits_ &= (std::uint64_t{1} << count_) - 1;
  while (count_ < 56) {
    if (piece_.empty() && padding_ == 0) piece_ = source_();
    if (piece_.empty()) {
      padding_ += 8;
    } else {
      bits_ |= std::uint64_t{piece_.front()} << count_;
      piece_ = piece_.subspan(1);
    }
    count_ += 8;
  }
}

bool Inflater::begin_block() {
  if (last_block_) return false;
  refill();
  last_block_ = take(1) == 1;
  const std::uint32_t kind = take(2);
  if (kind == 0) {
    drop(count_ & 7);
    const std::uint32_t length = take(16);
    const std::uint32_t inverse = take(16);
    if ((length ^ inverse) != 0xFFFF || behind_end()) return false;
    stored_left_ = length;
    block_ = Block::kStored;
    return true;
  }
  block_ = Block::kCoded;
  if (kind == 2) return read_codes();
  if (kind != 1) return false;
  std::array<std::uint8_t, 288> lengths;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  }
  literals_.build(lengths.data(), lengths.size());
  lengths.fill(5);
  return distances_.build(lengths.data(), 32);
}

bool Inflater::read_codes() {
  const std::size_t literals = take(5) + 257;
  const std::size_t distances = take(5) + 1;
  const std::size_t stored = take(4) + 4;
  if (literals > kMostLiterals || distances > kMostDistances) return false;
  std::array<std::uint8_t, 19> of_lengths{};
  for (std::size_t i = 0; i < stored; ++i) {
    refill();
    of_lengths[kOrder[i]] = static_cast<std::uint8_t>(take(3));
  }
  Code code;
  if (!code.build(of_lengths.data(), of_lengths.size()) || code.empty()) return false;
  std::array<std::uint8_t, kMostLiterals + kMostDistances> lengths{};
  const std::size_t wanted = literals + distances;
  for (std::size_t i = 0; i < wanted;) {
    refill();
    int bits = 0;
    const int symbol = code.find(bits_, bits);
    if (symbol < 0) return false;
    drop(bits);
    if (symbol < 16) {
      lengths[i++] = static_cast<std::uint8_t>(symbol);
      continue;
    }
    if (symbol == 16 && i == 0) return false;
    const std::uint8_t value = symbol == 16 ? lengths[i - 1] : std::uint8_t{0};
    const std::size_t times = symbol == 16   ? 3 + take(2)
                              : symbol == 17 ? 3 + take(3)
                                             : 11 + take(7);
    if (times > wanted - i) return false;
    std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(i), times, value);
    i += times;
  }
  return !behind_end() && lengths[kEndOfBlock] != 0 && literals_.build(lengths.data(), literals) &&
         distances_.build(lengths.data() + literals, distances);
}

bool Inflater::copy_stored() {
  while (stored_left_ > 0 && filled_ < kRoom) {
    if (count_ > 0) {  // whole bytes, read ahead
      if (count_ == padding_) return false;
      buffer_[filled_++] = static_cast<std::uint8_t>(take(8));
      --stored_left_;
      continue;
    }
    bits_ = 0;  // what was read ahead without being counted is read again
    if (piece_.empty()) piece_ = source_();
    if (piece_.empty()) return false;
    const std::size_t part = std::min({stored_left_, piece_.size(), kRoom - filled_});
    std::memcpy(buffer_.get() + filled_, piece_.data(), part);
    piece_ = piece_.subspan(part);
    filled_ += part;
    stored_left_ -= part;
  }
  if (stored_left_ == 0) block_ = Block::kNone;
  return true;
}

bool Inflater::decode() {
  std::uint8_t* const out = buffer_.get();
  while (filled_ < kRoom) {
    refill();  // a copy takes 48 bits at most
    int bits = 0;
    int symbol = literals_.find(bits_, bits);
    drop(bits);
    if (symbol >= 0 && symbol < kEndOfBlock && !behind_end()) {
      out[filled_++] = static_cast<std::uint8_t>(symbol);
      continue;
    }
    if (symbol < 0 || behind_end()) return false;
    if (symbol == kEndOfBlock) {
      block_ = Block::kNone;
      return true;
    }
    symbol -= kEndOfBlock + 1;
    if (symbol >= static_cast<int>(kLengths.size())) return false;
    const auto length_at = static_cast<std::size_t>(symbol);
    const std::size_t length = kLengths[length_at] + take(kLengthBits[length_at]);
    const int far = distances_.empty() ? -1 : distances_.find(bits_, bits);
    if (far < 0 || far >= static_cast<int>(kMostDistances)) return false;
    drop(bits);
    const auto distance_at = static_cast<std::size_t>(far);
    const std::size_t distance = kDistances[distance_at] + take(kDistanceBits[distance_at]);
    if (distance > filled_ || behind_end()) return false;
    const std::uint8_t* from = out + filled_ - distance;
    std::uint8_t* to = out + filled_;
    filled_ += length;
    if (distance >= kStep) {
      for (std::uint8_t* const end = out + filled_; to < end; to += kStep, from += kStep) {
        std::memcpy(to, from, kStep);
      }
    } else if (distance == 1) {
      std::memset(to, *from, length);
    } else {
      for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
    }
  }
  return true;
}

}  // namespace masklens
