#include "core/codec/bmp_decode.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "core/base/byte_order.h"
#include "core/codec/compose.h"
#include "core/codec/decode_errors.h"

namespace masklens {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::size_t kCoreHeader = 12;  // OS/2's first, with 16-bit sides and palettes of 3 bytes
constexpr std::size_t kInfoHeader = 40;  // Windows' first
constexpr std::size_t kAlphaHeader = 56;
constexpr std::size_t kOs2Header = 64;  // from 16 bytes on, of which the rest counts as zeros
constexpr std::size_t kV4Header = 108;
constexpr std::size_t kV5Header = 124;

enum Compression : std::uint32_t {
  kNone = 0,
  kRle8 = 1,
  kRle4 = 2,
  kMasks = 3,
  kRle24 = 4,      // OS/2
  kAlphaMasks = 6  // Windows CE
};

struct Colour {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  std::uint8_t a = 255;
};

// A channel of a pixel of 16 or 32 bits, as 8 bits.
struct Channel {
  std::uint32_t mask = 0;
  int shift = 0;
  int bits = 0;

  // Nothing where the mask has holes.
  [[gnu::cold]] static std::optional<Channel> of(std::uint32_t mask) {
    Channel channel{mask, 0, static_cast<int>(std::bitset<32>(mask).count())};
    while (mask != 0 && (mask >> channel.shift & 1) == 0) ++channel.shift;
    const std::uint64_t run = (std::uint64_t{1} << channel.bits) - 1;
    if (mask != static_cast<std::uint32_t>(run << channel.shift)) return std::nullopt;
    return channel;
  }

  std::uint8_t value(std::uint32_t pixel) const {
    const std::uint32_t raw = (pixel & mask) >> shift;
    if (bits >= 8) return static_cast<std::uint8_t>(raw >> (bits - 8));
    const std::uint32_t most = (1U << bits) - 1;
    return bits == 0 ? 0 : static_cast<std::uint8_t>((raw * 255 + most / 2) / most);
  }
};

struct Header {
  std::size_t size = 0;
  Size sides;
  bool from_top = false;
  std::uint32_t bits = 0;  // a pixel
  std::uint32_t compression = kNone;
  std::size_t pixels_at = 0;
  std::array<Channel, 4> channels{};  // red, green, blue, alpha
  std::array<Colour, 256> palette{};  // black where the file has no more colours
};

bool has_palette(const Header& header) { return header.bits <= 8; }

bool masked(const Header& header) {
  return header.compression == kMasks || header.compression == kAlphaMasks;
}

bool is_os2(std::size_t size) {
  return size >= 16 && size <= kOs2Header && size != kInfoHeader && size != 52 &&
         size != kAlphaHeader;
}

// OS/2's end behind any number, and two of its fields are of 2 bytes.
bool is_known_size(std::size_t size) {
  if (size >= 16 && size <= kOs2Header) return size % 4 == 0 || size == 42 || size == 46;
  return size == kCoreHeader || size == kV4Header || size == kV5Header;
}

// A bit for each number of bits a pixel that goes with the compression.
[[gnu::cold]] std::uint64_t bits_of(const Header& header) {
  const auto set = [](auto... bits) { return ((std::uint64_t{1} << bits) | ...); };
  const bool os2 = is_os2(header.size);
  switch (header.compression) {
    case kNone:
      return header.size == kCoreHeader ? set(1, 4, 8, 24) : set(1, 2, 4, 8, 16, 24, 32);
    case kRle8:
      return set(8);
    case kRle4:
      return set(4);
    case kRle24:
      return os2 ? set(24) : 0;
    default:
      return masked(header) && !os2 ? set(16, 32) : 0;
  }
}

// False where a mask has holes or is too wide, or the file ends before them.
[[gnu::cold]] bool read_masks(ByteSpan bytes, Header& header) {
  std::array<std::uint32_t, 4> masks = {0xFF0000, 0xFF00, 0xFF, 0};
  if (header.bits == 16) masks = {0x7C00, 0x3E0, 0x1F, 0};
  // Behind the older headers, inside the newer ones: at the same place.
  const std::size_t at = kFileHeader + kInfoHeader;
  if (masked(header)) {
    const bool alpha = header.compression == kAlphaMasks || header.size >= kAlphaHeader;
    const std::size_t count = alpha ? 4 : 3;
    if (bytes.size() < at + 4 * count) return false;
    for (std::size_t i = 0; i < count; ++i) masks[i] = little32(bytes, at + 4 * i);
  } else if (header.bits == 32 && header.size >= kV4Header && little32(bytes, at + 12) != 0) {
    masks[3] = 0xFF000000;  // whatever it is
  }
  for (std::size_t i = 0; i < masks.size(); ++i) {
    const std::optional<Channel> channel = Channel::of(masks[i]);
    if (!channel || (header.bits == 16 && masks[i] > 0xFFFF)) return false;
    header.channels[i] = *channel;
  }
  return true;
}

[[gnu::cold]] void read_palette(ByteSpan bytes, std::uint32_t colours_used, Header& header) {
  const std::size_t entry = header.size == kCoreHeader ? 3 : 4;
  const std::size_t at = kFileHeader + header.size;
  const std::size_t most = std::size_t{1} << header.bits;
  const std::size_t announced =
      colours_used == 0 ? most : std::min<std::size_t>(colours_used, most);
  // One that the file has room for is whole, wherever the pixels are said to begin: as in Chromium.
  const bool whole = at + entry * announced <= bytes.size();
  const std::size_t end = whole ? bytes.size() : std::min(bytes.size(), header.pixels_at);
  for (std::size_t i = 0; i < announced && at + entry * (i + 1) <= end; ++i) {
    const std::uint8_t* bgr = &bytes[at + entry * i];
    header.palette[i] = {bgr[2], bgr[1], bgr[0], 255};
  }
}

[[gnu::cold]] Result<Header> read_header(ByteSpan bytes) {
  if (bytes.size() < kFileHeader + 4) return cut_short(Format::kBmp);
  Header header;
  header.pixels_at = little32(bytes, 10);
  header.size = little32(bytes, kFileHeader);
  if (!is_known_size(header.size)) return damaged(Format::kBmp);
  if (bytes.size() < kFileHeader + header.size) return cut_short(Format::kBmp);
  std::uint32_t colours_used = 0;
  if (header.size == kCoreHeader) {
    header.sides = {little16(bytes, 18), little16(bytes, 20)};
    header.bits = little16(bytes, 24);
  } else {
    // Negative heights: rows run from the top.
    const std::int64_t height = static_cast<std::int32_t>(little32(bytes, 22));
    header.sides = {static_cast<std::int32_t>(little32(bytes, 18)), std::abs(height)};
    header.from_top = height < 0;
    header.bits = little16(bytes, 28);
    if (header.size >= 20) header.compression = little32(bytes, 30);
    if (header.size >= 36) colours_used = little32(bytes, 46);
  }
  if (header.sides.width <= 0 || header.sides.height <= 0) return damaged(Format::kBmp);
  if (header.bits > 32 || (bits_of(header) >> header.bits & 1) == 0) {
    return rare_kind(Format::kBmp, "of a rare kind");
  }
  if (has_palette(header)) {
    read_palette(bytes, colours_used, header);
  } else if (!read_masks(bytes, header)) {
    return damaged(Format::kBmp);
  }
  return header;
}

// The row of the picture that the n-th stored row is.
std::uint8_t* row_of(Image& image, const Header& header, std::int64_t n) {
  const std::int64_t y = header.from_top ? n : image.height() - 1 - n;
  return image.data() +
         static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) * kChannels;
}

void put(std::uint8_t* pixel, const Colour& colour) {
  std::memcpy(pixel, &colour, sizeof colour);
  static_assert(sizeof colour == kChannels);
}

void unpack_row(const std::uint8_t* row, const Header& header, int width, std::uint8_t* out) {
  const std::size_t bits = header.bits;
  for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x, out += kChannels) {
    if (has_palette(header)) {
      const std::size_t at = x * bits;
      const int shift = static_cast<int>(8 - bits - at % 8);
      put(out, header.palette[row[at / 8] >> shift & ((1 << bits) - 1)]);
    } else if (bits == 24) {
      put(out, {row[3 * x + 2], row[3 * x + 1], row[3 * x], 255});
    } else {
      const ByteSpan pixel(row + x * bits / 8, bits / 8);
      const std::uint32_t value = bits == 16 ? little16(pixel, 0) : little32(pixel, 0);
      const auto& [red, green, blue, alpha] = header.channels;
      put(out, {red.value(value), green.value(value), blue.value(value),
                alpha.mask == 0 ? std::uint8_t{255} : alpha.value(value)});
    }
  }
}

Result<Image> unpack(ByteSpan bytes, const Header& header) {
  const std::int64_t used = (header.sides.width * header.bits + 7) / 8;
  const std::int64_t row = (used + 3) & ~3;
  // Some programs leave out what would fill up the last row.
  if (static_cast<std::int64_t>(header.pixels_at) + row * (header.sides.height - 1) + used >
      static_cast<std::int64_t>(bytes.size())) {
    return cut_short(Format::kBmp);
  }
  Result<Image> image =
      Image::allocate(static_cast<int>(header.sides.width), static_cast<int>(header.sides.height));
  if (!image) return image;
  const std::uint8_t* stored = bytes.data() + header.pixels_at;
  for (int n = 0; n < image->height(); ++n, stored += row) {
    unpack_row(stored, header, image->width(), row_of(*image, header, n));
  }
  if (header.channels[3].mask != 0) compose_over_white(*image);
  return image;
}

// Run lengths (Microsoft's "Bitmap Compression"; 24 bits: OS/2). Rows and pixels that are left out
// are black, what reaches over a row's end is dropped.
class RunReader {
 public:
  RunReader(ByteSpan bytes, const Header& header, Image& image)
      : bytes_(bytes), at_(header.pixels_at), header_(header), image_(image) {}

  // False when the file ends before the picture does.
  bool read() {
    while (y_ < image_.height()) {
      if (!has(2)) return false;
      const int count = bytes_[at_++];
      if (count > 0) {
        if (!run(count)) return false;
        continue;
      }
      const int escape = bytes_[at_++];
      if (escape == 0) {
        x_ = 0;
        ++y_;
      } else if (escape == 1) {
        return true;
      } else if (escape == 2) {
        if (!has(2)) return false;
        x_ += bytes_[at_];
        y_ += bytes_[at_ + 1];
        at_ += 2;
      } else if (!literal(escape)) {
        return false;
      }
    }
    return true;
  }

 private:
  bool has(std::size_t count) const { return at_ <= bytes_.size() && bytes_.size() - at_ >= count; }

  // `colour_of` gives the colours of the next `count` pixels; those outside are not asked for.
  template <class ColourOf>
  void put_next(int count, ColourOf colour_of) {
    const std::int64_t inside = std::clamp<std::int64_t>(image_.width() - x_, 0, count);
    std::uint8_t* const row = row_of(image_, header_, y_);
    for (std::int64_t i = 0; i < inside; ++i) {
      put(row + static_cast<std::size_t>(x_ + i) * kChannels,
          colour_of(static_cast<std::size_t>(i)));
    }
    x_ += count;
  }

  Colour colour(std::size_t i) const {  // of a literal or a pattern that begins at at_
    if (header_.bits == 24) {
      return {bytes_[at_ + 3 * i + 2], bytes_[at_ + 3 * i + 1], bytes_[at_ + 3 * i], 255};
    }
    if (header_.bits == 8) return header_.palette[bytes_[at_ + i]];
    return header_.palette[i % 2 == 0 ? bytes_[at_ + i / 2] >> 4 : bytes_[at_ + i / 2] & 15];
  }

  bool run(int count) {
    const std::size_t size = header_.bits == 24 ? 3 : 1;
    if (!has(size)) return false;
    put_next(count, [&](std::size_t i) { return colour(header_.bits == 4 ? i % 2 : 0); });
    at_ += size;
    return true;
  }

  bool literal(int count) {
    const std::size_t size = (static_cast<std::size_t>(count) * header_.bits + 7) / 8;
    if (!has(size)) return false;
    put_next(count, [&](std::size_t i) { return colour(i); });
    at_ += size + size % 2;  // to whole words
    return true;
  }

  ByteSpan bytes_;
  std::size_t at_;
  const Header& header_;
  Image& image_;
  std::int64_t x_ = 0;
  std::int64_t y_ = 0;
};

Result<Image> unpack_runs(ByteSpan bytes, const Header& header) {
  Result<Image> image =
      Image::allocate(static_cast<int>(header.sides.width), static_cast<int>(header.sides.height));
  if (!image) return image;
  for (std::size_t i = 0; i < image->bytes(); i += kChannels) put(image->data() + i, {});
  if (!RunReader(bytes, header, *image).read()) return cut_short(Format::kBmp);
  return image;
}

}  // namespace

Result<Image> decode_bmp(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const Result<Header> header = read_header(bytes);
  if (!header) return header.error();
  const Result<Size> size = within(header->sides, limits);
  if (!size) return size.error();
  const bool runs = header->compression != kNone && !masked(*header);
  return runs ? unpack_runs(bytes, *header) : unpack(bytes, *header);
}

}  // namespace masklens
