#include "core/network/manifest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace masklens {
namespace {

// What is for people, and for those who fetch and run a network.
constexpr std::array<std::string_view, 11> kForOthers = {
    "file",  "bytes",      "sha256",      "licence",      "source",       "data",
    "about", "input.name", "input.shape", "outputs.name", "outputs.shape"};

// Six digits behind the point, without printf: that alone would be a fiftieth of the module.
std::string shown(double number) {
  if (std::isnan(number)) return "no number";
  const std::string sign = number < 0 ? "-" : "";
  double value = std::abs(number);
  if (std::isinf(value)) return sign + "infinite";
  int exponent = 0;
  const bool large = value >= 1e9;
  const bool small = value > 0 && value < 1e-4;
  while (large && value >= 10) {
    value /= 10;
    ++exponent;
  }
  while (small && value < 1) {
    value *= 10;
    --exponent;
  }
  constexpr std::int64_t kMillion = 1'000'000;
  const std::int64_t millionths = std::llround(value * kMillion);
  std::string text = std::to_string(millionths / kMillion);
  if (millionths % kMillion != 0) {
    text += "." + std::to_string(kMillion + millionths % kMillion).substr(1);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return sign + text + (exponent == 0 ? "" : "e" + std::to_string(exponent));
}

std::string range(double least, double most) { return shown(least) + " to " + shown(most); }

}  // namespace

Error manifest_error(const std::string& what) {
  return {ErrorCode::kModelMismatch,
          "The manifest is not one for this version: " + what +
              ". Copy the assets folder again, whole, or mend the entry."};
}

ManifestEntry* Manifest::entry(std::string_view section, std::string_view name) {
  if (section == "defaults") return &defaults;
  if (section == "detectors") return &detectors[std::string(name)];
  if (section == "classifiers") return &classifiers[std::string(name)];
  if (section == "networks") return &networks[std::string(name)];
  return nullptr;
}

EntryReader::EntryReader(std::string_view section, std::string_view name,
                         const ManifestEntry& entry)
    : name_(name), place_(section), entry_(&entry) {
  if (!name_.empty()) place_ += "." + name_;
}

bool EntryReader::has(std::string_view beginning) const {
  const auto begins = [&](const auto& item) { return item.first.starts_with(beginning); };
  return std::any_of(entry_->numbers.begin(), entry_->numbers.end(), begins) ||
         std::any_of(entry_->texts.begin(), entry_->texts.end(), begins);
}

std::vector<std::string> EntryReader::keys(std::string_view beginning) const {
  std::vector<std::string> found;
  const auto add = [&](const auto& item) {
    if (item.first.starts_with(beginning)) found.push_back(item.first.substr(beginning.size()));
  };
  std::for_each(entry_->numbers.begin(), entry_->numbers.end(), add);
  std::for_each(entry_->texts.begin(), entry_->texts.end(), add);
  return found;
}

const std::vector<double>* EntryReader::numbers(std::string_view key) {
  read_.emplace_back(key);
  const auto at = entry_->numbers.find(key);
  if (at != entry_->numbers.end() && !at->second.empty()) return &at->second;
  fail(std::string(key) +
       (entry_->texts.contains(key) ? " is a text, not a number" : ", a number, is missing"));
  return nullptr;
}

float EntryReader::number(std::string_view key, double least, double most) {
  const std::vector<double>* const values = numbers(key);
  if (!values) return static_cast<float>(least);
  if (values->size() == 1 && (*values)[0] >= least && (*values)[0] <= most) {
    return static_cast<float>((*values)[0]);
  }
  fail(std::string(key) + " is " + shown((*values)[0]) + "; it can be one number, " +
       range(least, most));
  return static_cast<float>(least);
}

int EntryReader::integer(std::string_view key, int least, int most) {
  const std::vector<int> all = integers(key, least, most);
  if (all.size() > 1) fail(std::string(key) + " has more than one number");
  return all.front();
}

std::vector<int> EntryReader::integers(std::string_view key, int least, int most) {
  constexpr std::size_t kMany = 16;
  const std::vector<double>* const values = numbers(key);
  std::vector<int> whole;
  if (values && values->size() > kMany) fail(std::string(key) + " has too many numbers");
  if (values && values->size() <= kMany) {
    for (double value : *values) {
      if (value >= least && value <= most && value == std::floor(value)) {
        whole.push_back(static_cast<int>(value));
        continue;
      }
      fail(std::string(key) + " is " + shown(value) + "; it can be a whole number, " +
           range(least, most));
    }
  }
  if (whole.empty()) whole.push_back(least);
  return whole;
}

std::vector<std::string> EntryReader::texts(std::string_view key) {
  read_.emplace_back(key);
  const auto at = entry_->texts.find(key);
  if (at != entry_->texts.end() && !at->second.empty()) return at->second;
  fail(std::string(key) + " is missing, or is not a text");
  return {""};
}

std::string EntryReader::text(std::string_view key) {
  const std::vector<std::string> all = texts(key);
  if (all.size() > 1) fail(std::string(key) + " has more than one text");
  return all.front();
}

Normalisation EntryReader::normalisation() {
  constexpr double kMost = 65'536;
  constexpr double kLeastScale = 1e-6;
  Normalisation norm;
  const auto three = [&](std::string_view key, double least, std::array<float, 3>& target) {
    const std::vector<double>* const values = numbers(key);
    if (!values) return;
    if (values->size() != 3) fail(std::string(key) + " has not three numbers");
    for (std::size_t c = 0; c < 3 && c < values->size(); ++c) {
      const double value = (*values)[c];
      if (!(value >= least && value <= kMost)) {
        fail(std::string(key) + " is " + shown(value) + "; it can be " + range(least, kMost));
      }
      target[c] = static_cast<float>(value);
    }
  };
  three("input.mean", -kMost, norm.mean);
  three("input.scale", kLeastScale, norm.scale);
  const std::string channels = text("input.channels");
  norm.reversed = channels == "BGR";
  if (channels != "RGB" && !norm.reversed) fail("input.channels is neither RGB nor BGR");
  if (text("input.layout") != "NCHW") fail("input.layout is not NCHW");
  return norm;
}

int EntryReader::square_side() {
  constexpr int kMost = 512;
  const std::vector<double>* const shape = numbers("input.shape");
  if (!shape) return 0;
  if (shape->size() != 4 || (*shape)[1] != 3) {
    fail("input.shape is not [N, 3, height, width]");
    return 0;
  }
  const double side = (*shape)[3];
  if (std::isnan(side)) return 0;
  if (side >= 1 && side <= kMost && side == std::floor(side) && side == (*shape)[2]) {
    return static_cast<int>(side);
  }
  fail("input.shape has other sides than a square of 1 to " + std::to_string(kMost) + " pixels");
  return 0;
}

std::vector<int> EntryReader::classes(const std::vector<std::string>& known) {
  std::vector<int> indices;
  for (const std::string& name : texts("classes")) {
    const auto at = std::find(known.begin(), known.end(), name);
    const int index = static_cast<int>(at - known.begin());
    if (at == known.end()) {
      fail("classes has '" + name + "', which is no label");
    } else if (std::find(indices.begin(), indices.end(), index) != indices.end()) {
      fail("classes has '" + name + "' twice");
    } else {
      indices.push_back(index);
    }
  }
  if (indices.empty()) indices.push_back(0);
  return indices;
}

void EntryReader::fail(const std::string& what) {
  if (!failure_) failure_ = manifest_error(place_ + ": " + what);
}

std::optional<Error> EntryReader::problem() const {
  if (failure_) return failure_;
  for (const std::string& key : keys("")) {
    const bool others = std::find(kForOthers.begin(), kForOthers.end(), key) != kForOthers.end();
    if (!others && std::find(read_.begin(), read_.end(), key) == read_.end()) {
      return manifest_error(place_ + ": nobody reads '" + key + "'; is it misspelt");
    }
  }
  return std::nullopt;
}

}  // namespace masklens
