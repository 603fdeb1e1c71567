// Runs a target without libFuzzer: on every file of the folders and on damaged copies of each, the
// same in every run.
//
//   decode_fuzz FOLDER... [--rounds N | --seconds N] [--longest N]
//
// --longest: files are cut to so many bytes; where a target reads no more, damage behind is lost.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

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

void run(const Bytes& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

}  // namespace

int main(int count, char** arguments) {
  int rounds = 60;
  int seconds = 0;  // the time decides where there is one
  int longest = 0;
  std::vector<Bytes> files;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    int* const number = argument == "--rounds"    ? &rounds
                        : argument == "--seconds" ? &seconds
                        : argument == "--longest" ? &longest
                                                  : nullptr;
    if (number && i + 1 < count) {
      *number = std::atoi(arguments[++i]);
      continue;
    }
    if (!std::filesystem::exists(arguments[i])) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
      // What is large teaches nothing that something small does not.
      constexpr std::uintmax_t kMost = 100'000;
      if (entry.is_regular_file() && entry.file_size() <= kMost) files.push_back(read(entry));
    }
  }
  if (files.empty()) {
    std::fprintf(stderr, "usage: %s FOLDER... [--rounds N | --seconds N] [--longest N]\n",
                 arguments[0]);
    return 2;
  }
  for (Bytes& file : files) {
    if (longest > 0) file.resize(std::min(file.size(), static_cast<std::size_t>(longest)));
  }
  // In an order that does not depend on the file system.
  std::sort(files.begin(), files.end());
  std::mt19937 random(20261125);
  for (const Bytes& file : files) run(file);
  const auto begin = std::chrono::steady_clock::now();
  const auto goes_on = [&](int round) {
    if (seconds == 0) return round < rounds;
    return std::chrono::steady_clock::now() - begin < std::chrono::seconds(seconds);
  };
  int round = 0;
  for (; goes_on(round); ++round) {
    for (const Bytes& file : files) {
      Bytes bytes = file;
      const std::size_t hits = 1 + random() % 4;
      for (std::size_t i = 0; i < hits; ++i) damage(bytes, files[random() % files.size()], random);
      run(bytes);
    }
  }
  std::printf("%zu files, %d damaged copies of each: no crash\n", files.size(), round);
  return 0;
}
