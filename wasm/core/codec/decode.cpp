#include "core/codec/decode.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/byte_order.h"
#include "core/codec/decode_errors.h"
#include "core/codec/exif.h"
#include "core/codec/gif_decode.h"
#include "core/codec/jpeg_markers.h"

namespace masklens {
namespace {

// No picture within reach needs a block of this size; a PNG whose data expand without end does.
constexpr std::size_t kMaxBlock = std::size_t{1} << 30;

// As a ByteBlock's, so that an Image can take its pixels over without a copy.
void* allocate_block(std::size_t size) {
  return size > kMaxBlock ? nullptr : allocate_bytes(size).release();
}

void free_block(void* block) { FreeBytes()(static_cast<std::uint8_t*>(block)); }

void* resize_block(void* block, std::size_t old_size, std::size_t new_size) {
  void* larger = allocate_block(new_size);
  if (larger == nullptr || block == nullptr) return larger;
  std::memcpy(larger, block, std::min(old_size, new_size));
  free_block(block);
  return larger;
}

}  // namespace
}  // namespace masklens

#define STBI_MALLOC(size) masklens::allocate_block(size)
#define STBI_REALLOC_SIZED(block, old_size, size) masklens::resize_block(block, old_size, size)
#define STBI_FREE(block) masklens::free_block(block)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace masklens {
namespace {

// Why stb_image gave no picture. Only the two reasons that are not damage have a name.
Error stb_error(Format format) {
  const char* reason = stbi_failure_reason();
  if (reason != nullptr && std::strcmp(reason, "outofmem") == 0) return no_room();
  if (reason != nullptr && std::strcmp(reason, "too large") == 0) {
    return {ErrorCode::kImageTooLarge, "This picture is too large. Make it smaller and try again."};
  }
  return damaged(format);
}

// Straight pixels over white, in place.
void compose_over_white(Image& image) {
  std::uint8_t* const end = image.data() + image.bytes();
  for (std::uint8_t* pixel = image.data(); pixel != end; pixel += kChannels) {
    const int alpha = pixel[3];
    if (alpha == 255) continue;
    for (int c = 0; c < 3; ++c) {
      const int sum = pixel[c] * alpha + 255 * (255 - alpha);
      pixel[c] = static_cast<std::uint8_t>((sum + 127) / 255);
    }
    pixel[3] = 255;
  }
}

Result<Image> stb_decode(ByteSpan bytes, Format format, Size announced) {
  int width = 0;
  int height = 0;
  int channels = 0;
  ByteBlock pixels(stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width,
                                         &height, &channels, kChannels));
  if (!pixels) return stb_error(format);
  if (width != announced.width || height != announced.height) return damaged(format);
  Image image = Image::adopt(std::move(pixels), width, height);
  if (channels == 2 || channels == 4) compose_over_white(image);
  return image;
}

// A copy of `bytes` with `patch` put in at `at`; empty without memory.
struct Patched {
  ByteBlock bytes;
  std::size_t size = 0;

  Patched(ByteSpan source, std::size_t at, ByteSpan patch)
      : bytes(allocate_bytes(source.size() + patch.size())), size(source.size() + patch.size()) {
    if (!bytes) return;
    const auto split = source.begin() + static_cast<std::ptrdiff_t>(at);
    std::uint8_t* out = std::copy(source.begin(), split, bytes.get());
    out = std::copy(patch.begin(), patch.end(), out);
    std::copy(split, source.end(), out);
  }
  ByteSpan view() const { return {bytes.get(), size}; }
};

// Files that only lack their last marker hold the whole picture; files that were cut in the middle
// do not. They are told apart by decoding with ones in place of what is missing: no Huffman code is
// all ones (T.81, annex C), so decoding stops at the cut, and only there.
Result<Image> decode_jpeg_without_end(ByteSpan bytes, Size size) {
  // A stuffed 0xFF each; more of them than the decoder reads ahead and a code is long.
  constexpr std::array<std::uint8_t, 64> kOnes = [] {
    std::array<std::uint8_t, 64> ones{};
    for (std::size_t i = 0; i < ones.size(); i += 2) ones[i] = 0xFF;
    return ones;
  }();
  {
    const Patched padded(bytes, bytes.size(), kOnes);
    if (!padded.bytes) return no_room();
    const Result<Image> probe = stb_decode(padded.view(), Format::kJpeg, size);
    // The ones themselves are no marker, which is the only complaint about a whole picture.
    if (!probe && std::strcmp(stbi_failure_reason(), "unknown marker") != 0) {
      return probe.error().code == ErrorCode::kBadImage ? cut_short(Format::kJpeg) : probe.error();
    }
  }
  constexpr std::array<std::uint8_t, 2> kEnd = {0xFF, 0xD9};
  const Patched ended(bytes, bytes.size(), kEnd);
  if (!ended.bytes) return no_room();
  return stb_decode(ended.view(), Format::kJpeg, size);
}

Result<Image> decode_jpeg(ByteSpan bytes, const JpegLayout& layout, const DecodeLimits& limits) {
  if (layout.process == 0) {
    return layout.has_end ? damaged(Format::kJpeg) : cut_short(Format::kJpeg);
  }
  if (layout.process > 0xC2) return rare_kind(Format::kJpeg, "lossless or arithmetically coded");
  if (layout.precision != 8) {
    return rare_kind(Format::kJpeg, "of " + std::to_string(layout.precision) + " bits a sample");
  }
  if (layout.width == 0 || layout.height == 0) return damaged(Format::kJpeg);
  const Result<Size> size = within({layout.width, layout.height}, limits);
  if (!size) return size.error();
  if (!layout.tables_valid) return damaged(Format::kJpeg);
  if (layout.cut_in_segment || !layout.scans_complete) return cut_short(Format::kJpeg);

  // Four components are CMYK or YCCK, stored inverted by every program that writes them. stb_image
  // knows that only where Adobe's segment says which, and takes any other for YCbCr with a spare.
  const bool named = layout.adobe_transform == 0 || layout.adobe_transform == 2;
  if (layout.components == 4 && !named) {
    const std::uint8_t transform = layout.adobe_transform < 0 ? 0 : 2;
    const std::array<std::uint8_t, 16> segment = {0xFF, 0xEE, 0,   14, 'A', 'd', 'o', 'b',
                                                  'e',  0,    100, 0,  0,   0,   0,   transform};
    const Patched patched(bytes, layout.frame_at, segment);
    if (!patched.bytes) return no_room();
    return layout.has_end ? stb_decode(patched.view(), Format::kJpeg, *size)
                          : decode_jpeg_without_end(patched.view(), *size);
  }
  return layout.has_end ? stb_decode(bytes, Format::kJpeg, *size)
                        : decode_jpeg_without_end(bytes, *size);
}

// stb_image hands a null pointer to memcpy when the first piece of pixel data is empty; no program
// that is known writes one.
bool begins_with_empty_data(ByteSpan png) {
  std::size_t at = 8;
  while (at + 8 <= png.size()) {
    const std::size_t length = big32(png, at);
    if (std::memcmp(&png[at + 4], "IDAT", 4) == 0) return length == 0;
    if (length > png.size() - at - 8) break;
    at += 8 + length + 4;
  }
  return false;
}

Result<Image> decode_png(ByteSpan bytes, const DecodeLimits& limits) {
  constexpr std::size_t kHeaderEnd = 33;  // signature, IHDR with its length and checksum
  if (bytes.size() < kHeaderEnd) return cut_short(Format::kPng);
  if (std::memcmp(&bytes[12], "CgBI", 4) == 0)
    return rare_kind(Format::kPng, "of Apple's own kind");
  if (std::memcmp(&bytes[12], "IHDR", 4) != 0) return damaged(Format::kPng);
  const Size announced = {big32(bytes, 16), big32(bytes, 20)};
  if (announced.width == 0 || announced.height == 0) return damaged(Format::kPng);
  const Result<Size> size = within(announced, limits);
  if (!size) return size.error();
  if (begins_with_empty_data(bytes)) return damaged(Format::kPng);
  return stb_decode(bytes, Format::kPng, *size);
}

Result<Image> decode_bmp(ByteSpan bytes, const DecodeLimits& limits) {
  constexpr std::size_t kOldHeader = 12;  // the size that OS/2's header gives for itself
  if (bytes.size() < 14 + kOldHeader) return cut_short(Format::kBmp);
  const std::size_t header = little32(bytes, 14);
  Size announced;
  std::int64_t bits = 0;
  if (header == kOldHeader) {
    announced = {little16(bytes, 18), little16(bytes, 20)};
    bits = little16(bytes, 24);
  } else {
    if (bytes.size() < 14 + 40) return cut_short(Format::kBmp);
    announced.width = little32(bytes, 18);
    // Negative: rows run from the top.
    announced.height = std::abs(std::int64_t{static_cast<std::int32_t>(little32(bytes, 22))});
    bits = little16(bytes, 28);
    const std::uint32_t compression = little32(bytes, 30);
    if (compression != 0 && compression != 3) return rare_kind(Format::kBmp, "compressed");
  }
  if (announced.width == 0 || announced.height == 0) return damaged(Format::kBmp);
  const Result<Size> size = within(announced, limits);
  if (!size) return size.error();
  // stb_image takes what is missing for zeros.
  const std::int64_t row = (announced.width * bits + 31) / 32 * 4;
  const std::int64_t pixels_at = little32(bytes, 10);
  if (pixels_at + row * announced.height > static_cast<std::int64_t>(bytes.size())) {
    return cut_short(Format::kBmp);
  }
  return stb_decode(bytes, Format::kBmp, *size);
}

Result<Image> decode_gif(ByteSpan bytes, const DecodeLimits& limits) {
  Result<GifReader> gif = GifReader::open(bytes, limits);
  if (!gif) return gif.error();
  Result<GifFrame> first = gif->next();
  if (!first) return first.error();
  return std::move(first->image);
}

}  // namespace

Result<Image> decode(std::span<const std::uint8_t> bytes, const DecodeLimits& limits) {
  const Format format = identify(bytes);
  if (format == Format::kEmpty) return empty_file();
  if (!core_decodes(format)) return not_decoded(format);
  const std::size_t most = std::min<std::size_t>(limits.max_bytes, INT_MAX / 2);
  if (bytes.size() > most) return file_too_large(bytes.size(), most);
  switch (format) {
    case Format::kJpeg: {
      const JpegLayout layout = scan_jpeg(bytes);
      Result<Image> image = decode_jpeg(bytes, layout, limits);
      return image ? upright(std::move(*image), tiff_orientation(layout.exif)) : std::move(image);
    }
    case Format::kPng: {
      Result<Image> image = decode_png(bytes, limits);
      return image ? upright(std::move(*image), exif_orientation(bytes)) : std::move(image);
    }
    case Format::kBmp:
      return decode_bmp(bytes, limits);
    default:
      return decode_gif(bytes, limits);
  }
}

Result<Animation> decode_animation(std::span<const std::uint8_t> bytes,
                                   const DecodeLimits& limits) {
  const Format format = identify(bytes);
  if (format == Format::kEmpty) return empty_file();
  if (format != Format::kGif) {
    return core_decodes(format) ? Error{ErrorCode::kUnsupportedFormat,
                                        "This is a " + std::string(format_name(format)) +
                                            " picture, not an animated GIF. Open it as a picture."}
                                : not_decoded(format);
  }
  if (bytes.size() > limits.max_bytes) return file_too_large(bytes.size(), limits.max_bytes);
  Result<GifReader> gif = GifReader::open(bytes, limits);
  if (!gif) return gif.error();
  const std::int64_t pixels = std::int64_t{gif->width()} * gif->height() * gif->frame_count();
  if (pixels > limits.max_pixels) return too_many_pixels(pixels, limits.max_pixels);
  Animation animation;
  animation.width = gif->width();
  animation.height = gif->height();
  while (!gif->done()) {
    Result<GifFrame> frame = gif->next();
    if (!frame && frame.error().code != ErrorCode::kBadImage) return frame.error();
    if (!frame) continue;
    animation.frames.push_back(std::move(frame->image));
    animation.delays_ms.push_back(frame->delay_ms);
  }
  if (animation.frames.empty()) return damaged(Format::kGif);
  return animation;
}

}  // namespace masklens
