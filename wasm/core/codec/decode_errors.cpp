#include "core/codec/decode_errors.h"

namespace masklens {
namespace {

std::string this_file(Format format) {
  return "This " + std::string(format_name(format)) + " file";
}

}  // namespace

Error empty_file() {
  return {ErrorCode::kBadImage, "This file is empty. Choose another one, or copy it again."};
}

Error damaged(Format format) {
  return {ErrorCode::kBadImage, this_file(format) + " is damaged. Copy or download it again."};
}

Error cut_short(Format format) {
  return {ErrorCode::kBadImage, this_file(format) +
                                    " is cut short: a part of the picture is missing. Copy or "
                                    "download it again."};
}

Error not_decoded(Format format) {
  switch (format) {
    case Format::kUnknown:
      return {ErrorCode::kUnsupportedFormat,
              "This file is not a picture of a format that is known here. Choose a JPEG, PNG, GIF "
              "or BMP picture."};
    case Format::kText:
    case Format::kPdf:
      return {ErrorCode::kUnsupportedFormat, "This file is " + std::string(format_name(format)) +
                                                 ", not a picture, whatever its name says. Choose "
                                                 "a JPEG, PNG, GIF or BMP picture."};
    case Format::kVideo:
      return {ErrorCode::kUnsupportedFormat,
              "This file is a film, not a picture. Judge it frame by frame (frames, --frames), or "
              "choose a JPEG, PNG, GIF or BMP picture."};
    default:
      return {ErrorCode::kUnsupportedFormat, "This is a " + std::string(format_name(format)) +
                                                 " picture, which cannot be read here. Save it as "
                                                 "JPEG or PNG and try again."};
  }
}

Error rare_kind(Format format, const std::string& what) {
  return {ErrorCode::kUnsupportedFormat, this_file(format) + " is " + what +
                                             ", which cannot be read here. Save it as JPEG or "
                                             "PNG and try again."};
}

Error file_too_large(std::size_t bytes, std::size_t limit) {
  constexpr std::size_t kMegabyte = 1 << 20;
  return {ErrorCode::kImageTooLarge, "This file has " +
                                         std::to_string((bytes + kMegabyte - 1) / kMegabyte) +
                                         " MB; at most " + std::to_string(limit / kMegabyte) +
                                         " MB are read. Make the picture smaller and try again."};
}

Error side_too_large(Size size, int limit) {
  return {ErrorCode::kImageTooLarge,
          "This picture has " + std::to_string(size.width) + " x " + std::to_string(size.height) +
              " pixels; a side may have at most " + std::to_string(limit) +
              ". Make it smaller and try again."};
}

Error too_many_pixels(std::int64_t pixels, std::int64_t limit) {
  constexpr std::int64_t kMillion = 1'000'000;
  return {ErrorCode::kImageTooLarge,
          "This picture has " + std::to_string((pixels + kMillion - 1) / kMillion) +
              " megapixels in all; at most " + std::to_string(limit / kMillion) +
              " are read. Make it smaller and try again."};
}

Error out_of_proportion() {
  return {ErrorCode::kImageTooLarge,
          this_file(Format::kJpeg) +
              " takes far more work and memory, in several scans, than a picture of its size does. "
              "Save it anew and try again."};
}

Error no_room() {
  return {ErrorCode::kOutOfMemory,
          "There is not enough memory for this picture. Make it smaller and try again."};
}

}  // namespace masklens
