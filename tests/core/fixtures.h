// Reading the files in tests/fixtures, and comparing pictures.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "core/base/image.h"
#include "core/codec/decode.h"

namespace masklens::test {

inline std::vector<std::uint8_t> read_fixture(const std::string& name) {
  std::ifstream file(std::filesystem::path(MASKLENS_FIXTURES) / name, std::ios::binary);
  EXPECT_TRUE(file) << "no fixture " << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// An empty picture and a failed expectation when it does not decode.
inline Image decode_fixture(const std::string& name) {
  Result<Image> image = decode(read_fixture(name));
  EXPECT_TRUE(image) << name << ": " << (image ? "" : image.error().message);
  return image ? std::move(*image) : Image();
}

// Every sound frame of a GIF, with the delays that the file gives.
struct Frames {
  std::vector<Image> images;
  std::vector<int> delays_ms;
};

inline Frames frames_of(std::span<const std::uint8_t> bytes) {
  Frames frames;
  Result<GifReader> gif = open_gif(bytes);
  EXPECT_TRUE(gif) << (gif ? "" : gif.error().message);
  while (gif && !gif->done()) {
    Result<AnimationFrame> frame = gif->next();
    if (!frame) continue;
    frames.images.push_back(std::move(frame->image));
    frames.delays_ms.push_back(frame->delay_ms);
  }
  return frames;
}

// What `of` says of each pixel (its first channel is R), rows parted by slashes.
template <class Of>
std::string shown(const Image& image, const Of& of) {
  std::string text;
  for (int y = 0; y < image.height(); ++y) {
    if (y > 0) text += '/';
    for (int x = 0; x < image.width(); ++x) text += of(image.view().row(y) + x * kChannels);
  }
  return text;
}

// A letter a pixel: R, G, B, 9 (grey), K (black), '.' (white).
inline std::string letters(const Image& image) {
  return shown(image, [](const std::uint8_t* pixel) {
    EXPECT_EQ(pixel[3], 255);
    switch (pixel[0] << 16 | pixel[1] << 8 | pixel[2]) {
      case 0xFF0000:
        return 'R';
      case 0x00FF00:
        return 'G';
      case 0x0000FF:
        return 'B';
      case 0x090909:
        return '9';
      case 0:
        return 'K';
      case 0xFFFFFF:
        return '.';
      default:
        return '?';
    }
  });
}

struct Difference {
  double mean = 255;  // over all pixels and R, G, B
  int largest = 255;
  bool opaque = false;  // both pictures
};

// The largest values when the sizes differ.
inline Difference difference(ImageView a, ImageView b) {
  Difference result;
  if (a.width != b.width || a.height != b.height || a.width == 0) return result;
  const std::size_t pixels = static_cast<std::size_t>(a.width) * static_cast<std::size_t>(a.height);
  std::int64_t sum = 0;
  result.largest = 0;
  result.opaque = true;
  for (std::size_t i = 0; i < pixels * kChannels; ++i) {
    if (i % kChannels == 3) {
      result.opaque = result.opaque && a.data[i] == 255 && b.data[i] == 255;
      continue;
    }
    const int d = std::abs(a.data[i] - b.data[i]);
    sum += d;
    result.largest = std::max(result.largest, d);
  }
  result.mean = static_cast<double>(sum) / static_cast<double>(pixels * 3);
  return result;
}

}  // namespace masklens::test
