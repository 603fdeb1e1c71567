#include "core/codec/format.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/byte_order.h"

namespace masklens {
namespace {

using namespace std::string_view_literals;

// How much of a file is looked at to call it text.
constexpr std::size_t kTextSample = 1024;

bool has(ByteSpan bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

// ISO base media files (ISO/IEC 14496-12) name their brands in the first box: "ftyp", the major
// brand, a version, then compatible brands.
Format iso_media(ByteSpan bytes) {
  const std::size_t box = std::min<std::size_t>(big32(bytes, 0), bytes.size());
  bool heif = false;
  for (std::size_t at = 8; at + 4 <= box; at += at == 8 ? 8 : 4) {
    if (has(bytes, at, "avif") || has(bytes, at, "avis")) return Format::kAvif;
    for (const auto brand : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}) {
      heif = heif || has(bytes, at, brand);
    }
  }
  return heif ? Format::kHeic : Format::kVideo;
}

// Printable characters, tabs and line ends, as ASCII, Latin-1 or UTF-8; no control characters.
bool is_text(ByteSpan sample) {
  return std::all_of(sample.begin(), sample.end(), [](std::uint8_t c) {
    return c == '\t' || c == '\n' || c == '\r' || c == '\f' || (c >= 0x20 && c != 0x7F);
  });
}

Format text_kind(ByteSpan sample) {
  const std::string_view text(reinterpret_cast<const char*>(sample.data()), sample.size());
  const std::size_t start = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (start != std::string_view::npos && text[start] == '<' &&
      text.find("<svg") != std::string_view::npos) {
    return Format::kSvg;
  }
  return Format::kText;
}

struct Names {
  Format format;
  std::string_view key;
  std::string_view name;
};

constexpr std::array kNames = {
    Names{Format::kUnknown, "unknown", "unknown format"},
    Names{Format::kEmpty, "empty", "empty file"},
    Names{Format::kJpeg, "jpeg", "JPEG"},
    Names{Format::kPng, "png", "PNG"},
    Names{Format::kBmp, "bmp", "BMP"},
    Names{Format::kGif, "gif", "GIF"},
    Names{Format::kWebp, "webp", "WebP"},
    Names{Format::kAvif, "avif", "AVIF"},
    Names{Format::kHeic, "heic", "HEIC"},
    Names{Format::kTiff, "tiff", "TIFF"},
    Names{Format::kJxl, "jxl", "JPEG XL"},
    Names{Format::kSvg, "svg", "SVG"},
    Names{Format::kPdf, "pdf", "PDF"},
    Names{Format::kVideo, "video", "film"},
    Names{Format::kText, "text", "plain text"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (static_cast<std::size_t>(kNames[i].format) != i) return false;
  }
  return kNames.size() == static_cast<std::size_t>(Format::kText) + 1;
}
static_assert(in_order(), "kNames is indexed by the enumeration's values");

const Names& names_of(Format format) { return kNames[static_cast<std::size_t>(format)]; }

}  // namespace

Format identify(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return Format::kEmpty;
  if (has(bytes, 0, "\xFF\xD8\xFF")) return Format::kJpeg;
  if (has(bytes, 0, "\x89PNG\r\n\x1A\n")) return Format::kPng;
  if (has(bytes, 0, "GIF87a") || has(bytes, 0, "GIF89a")) return Format::kGif;
  // "BM" alone also begins words: none has the size of a header, at most 124, at its place.
  if (has(bytes, 0, "BM") && has(bytes, 15, "\0\0\0"sv)) return Format::kBmp;
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) return Format::kWebp;
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "AVI ")) return Format::kVideo;
  if (has(bytes, 4, "ftyp")) return iso_media(bytes);
  if (has(bytes, 0, "\x1A\x45\xDF\xA3")) return Format::kVideo;  // WebM, Matroska
  if (has(bytes, 0, "\x00\x00\x01\xBA"sv) || has(bytes, 0, "\x00\x00\x01\xB3"sv) ||
      has(bytes, 0, "OggS") || has(bytes, 0, "FLV\x01")) {
    return Format::kVideo;
  }
  if (has(bytes, 0, "II*\0"sv) || has(bytes, 0, "MM\0*"sv)) return Format::kTiff;
  if (has(bytes, 0, "\xFF\x0A") || has(bytes, 0, "\0\0\0\x0CJXL \r\n\x87\n"sv)) return Format::kJxl;
  if (has(bytes, 0, "%PDF-")) return Format::kPdf;
  if (has(bytes, 0, "\xFF\xFE") || has(bytes, 0, "\xFE\xFF")) return Format::kText;  // UTF-16
  const ByteSpan sample = bytes.first(std::min(bytes.size(), kTextSample));
  return is_text(sample) ? text_kind(sample) : Format::kUnknown;
}

std::string_view format_name(Format format) { return names_of(format).name; }

std::string_view format_key(Format format) { return names_of(format).key; }

bool core_decodes(Format format) {
  return format == Format::kJpeg || format == Format::kPng || format == Format::kBmp ||
         format == Format::kGif;
}

}  // namespace masklens
