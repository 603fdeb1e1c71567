// What models/manifest.json says, as flat lists, and the reader that lets nothing pass unread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/network/resample.h"

namespace masklens {

// An entry of the manifest: keys are the paths of names in it, joined by dots ("input.mean"). A
// list of objects is one list for each of their keys ("outputs.stride"). Numbers that stand for
// nothing, as the open sides of a shape, are NaN.
struct ManifestEntry {
  std::map<std::string, std::vector<double>, std::less<>> numbers;
  std::map<std::string, std::vector<std::string>, std::less<>> texts;
};

struct Manifest {
  using Entries = std::map<std::string, ManifestEntry, std::less<>>;
  ManifestEntry defaults;  // detector and classifier where none is asked for
  Entries detectors;
  Entries classifiers;
  Entries networks;

  // The entry of one of the four sections by its name; nullptr for another section.
  ManifestEntry* entry(std::string_view section, std::string_view name);
};

Error manifest_error(const std::string& what);

// Reads each value of an entry once, within its range; values are inclusive. The first thing that
// is wrong is kept, and something harmless is given in its place.
class EntryReader {
 public:
  // `name` in `section`, which outlives the reader.
  EntryReader(std::string_view section, std::string_view name, const ManifestEntry& entry);

  const std::string& name() const { return name_; }

  // Whether there are keys that begin so.
  bool has(std::string_view beginning) const;
  // The keys that begin so, without the beginning.
  std::vector<std::string> keys(std::string_view beginning) const;

  float number(std::string_view key, double least, double most);
  int integer(std::string_view key, int least, int most);
  // One to sixteen whole numbers.
  std::vector<int> integers(std::string_view key, int least, int most);
  std::string text(std::string_view key);
  std::vector<std::string> texts(std::string_view key);

  // Of a network: input.mean, input.scale and input.channels.
  Normalisation normalisation();
  // The side of a square input of fixed size; 0 when it is open.
  int square_side();
  // The labels of `classes`, each once.
  std::vector<int> classes(const std::vector<std::string>& known);

  void fail(const std::string& what);
  // What was wrong: at last also a key that nobody has asked for.
  std::optional<Error> problem() const;

 private:
  const std::vector<double>* numbers(std::string_view key);

  std::string name_;
  std::string place_;  // for messages
  const ManifestEntry* entry_;
  std::vector<std::string> read_;
  std::optional<Error> failure_;
};

}  // namespace masklens
