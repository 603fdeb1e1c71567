// What kind of file the bytes are, told by their beginning.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace masklens {

// Whether the core decodes them or not: a file that is refused is refused by name.
enum class Format {
  kUnknown,
  kEmpty,
  kJpeg,
  kPng,
  kBmp,
  kGif,
  kWebp,
  kAvif,
  kHeic,
  kTiff,
  kJxl,
  kSvg,
  kPdf,
  kVideo,
  kText,
};

Format identify(std::span<const std::uint8_t> bytes);

// For people: "JPEG", "WebP", "plain text", ...
std::string_view format_name(Format format);

// For programs: "jpeg", "webp", "text", ...
std::string_view format_key(Format format);

// JPEG, PNG, BMP, GIF.
bool core_decodes(Format format);

}  // namespace masklens
