// Damaged files must come out as errors, never as a crash: built with the sanitisers, this replays
// the fixtures and thousands of damaged copies of them.
//
//   decode_fuzz FOLDER [ROUNDS]
//
// The damage is the same in every run. For an endless search with libFuzzer, compile with
// -fsanitize=fuzzer -DMASKLENS_LIBFUZZER.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "core/codec/decode.h"
#include "core/codec/exif.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

// Small, so that a header that announces a large picture costs nothing.
masklens::DecodeLimits small_limits() {
  masklens::DecodeLimits limits;
  limits.max_pixels = 400 * 400;
  return limits;
}

// A decoded picture must be whole: every pixel readable and opaque.
void check(const masklens::Image& image) {
  if (image.width() < 1 || image.height() < 1) std::abort();
  for (std::size_t i = 3; i < image.bytes(); i += masklens::kChannels) {
    if (image.data()[i] != 255) std::abort();
  }
}

void decode_all(const Bytes& bytes) {
  const masklens::DecodeLimits limits = small_limits();
  const auto image = masklens::decode(bytes, limits);
  if (image) {
    check(*image);
  } else if (image.error().message.empty()) {
    std::abort();
  }
  if (masklens::identify(bytes) == masklens::Format::kGif) {
    const auto animation = masklens::decode_animation(bytes, limits);
    if (animation) {
      for (const masklens::Image& frame : animation->frames) check(frame);
    }
  }
  const int orientation = masklens::exif_orientation(bytes);
  if (orientation < 1 || orientation > 8) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  decode_all(Bytes(data, data + size));
  return 0;
}

#ifndef MASKLENS_LIBFUZZER
namespace {

// One of the things that happen to files: bits turn, runs vanish, double or come from elsewhere.
void damage(Bytes& bytes, const Bytes& other, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  // Headers, where most decisions are made, are hit more often than pixels.
  const std::size_t reach = below(2) == 0 ? std::min<std::size_t>(bytes.size(), 700) : bytes.size();
  const std::size_t at = below(reach);
  const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto run = static_cast<std::ptrdiff_t>(std::min(below(64), bytes.size() - at));
  switch (below(7)) {
    case 0:
      if (!bytes.empty()) bytes[at] = static_cast<std::uint8_t>(random());
      break;
    case 1:
      if (!bytes.empty()) bytes[at] ^= static_cast<std::uint8_t>(1U << below(8));
      break;
    case 2:
      bytes.erase(place, place + run);
      break;
    case 3: {
      const Bytes copy(place, place + run);
      bytes.insert(place, copy.begin(), copy.end());
      break;
    }
    case 4:
      std::fill(place, place + run, static_cast<std::uint8_t>(below(2) == 0 ? 0 : 255));
      break;
    case 5: {
      const std::size_t from = below(other.size());
      const std::size_t length = std::min(static_cast<std::size_t>(run), other.size() - from);
      std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), length, place);
      break;
    }
    default:
      bytes.resize(at);
      break;
  }
}

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: decode_fuzz FOLDER [ROUNDS]\n");
    return 2;
  }
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 60;
  std::vector<Bytes> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[1])) {
    if (entry.is_regular_file()) files.push_back(read(entry.path()));
  }
  if (files.empty()) {
    std::fprintf(stderr, "decode_fuzz: no files in %s\n", arguments[1]);
    return 2;
  }
  // In an order that does not depend on the file system.
  std::sort(files.begin(), files.end());
  std::mt19937 random(20261125);
  for (const Bytes& file : files) decode_all(file);
  for (int round = 0; round < rounds; ++round) {
    for (const Bytes& file : files) {
      Bytes bytes = file;
      const std::size_t hits = 1 + random() % 4;
      for (std::size_t i = 0; i < hits; ++i) damage(bytes, files[random() % files.size()], random);
      decode_all(bytes);
    }
  }
  std::printf("%zu files, %d damaged copies of each: no crash\n", files.size(), rounds);
  return 0;
}
#endif
