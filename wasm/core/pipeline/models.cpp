#include "core/pipeline/models.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace masklens {
namespace {

constexpr std::string_view kNetworks = "networks.";

// One entry of `networks`, read by `read`, which gives what is wrong.
const ManifestEntry* network_entry(const Manifest& manifest, const std::string& name,
                                   EntryReader& asking) {
  const auto at = manifest.networks.find(name);
  if (at != manifest.networks.end()) return &at->second;
  asking.fail("there is no network '" + name + "'");
  return nullptr;
}

Result<SizedDetector> build_size(const Manifest& manifest, const DetectorKind& kind,
                                 std::vector<std::string> networks, EntryReader& asking) {
  if (networks.size() != kind.networks) {
    asking.fail("a detector of the kind " + std::string(kind.name) + " has " +
                std::to_string(kind.networks) + " networks");
  }
  std::vector<EntryReader> readers;
  for (const std::string& name : networks) {
    if (const ManifestEntry* const entry = network_entry(manifest, name, asking)) {
      readers.emplace_back("networks", name, *entry);
    }
  }
  if (const std::optional<Error> error = asking.problem()) return *error;
  SizedDetector size{std::move(networks), kind.make(readers)};
  for (const EntryReader& reader : readers) {
    if (const std::optional<Error> error = reader.problem()) return *error;
  }
  return size;
}

// The size to use where none is asked for: the only one, or the one that the manifest names.
std::string size_for(std::string_view use, EntryReader& reader, const NamedDetector& detector) {
  const std::string key = std::string(use) + ".quality";
  if (detector.sizes.size() == 1 && !reader.has(key)) return detector.sizes.begin()->first;
  std::string quality = reader.text(key);
  if (!detector.sizes.contains(quality)) reader.fail(key + " is none of its networks' sizes");
  return quality;
}

Result<NamedDetector> build_detector(const Manifest& manifest, const std::string& name,
                                     const ManifestEntry& entry,
                                     std::span<const DetectorKind> kinds) {
  EntryReader reader("detectors", name, entry);
  const std::string kind_name = reader.text("kind");
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const DetectorKind& k) { return k.name == kind_name; });
  std::string known;
  for (const DetectorKind& k : kinds) known += (known.empty() ? "" : ", ") + std::string(k.name);
  if (kind == kinds.end()) {
    return manifest_error("detectors." + name + ": kind is '" + kind_name + "'; it can be " +
                          known);
  }
  NamedDetector detector;
  std::vector<std::pair<std::string, std::vector<std::string>>> sizes;
  for (const std::string& quality : reader.keys(kNetworks)) {
    sizes.emplace_back(quality, reader.texts(std::string(kNetworks) + quality));
    detector.sizes[quality];
  }
  if (sizes.empty()) return manifest_error("detectors." + name + ": it has no networks");
  detector.still = size_for("still", reader, detector);
  detector.live = size_for("live", reader, detector);
  if (reader.has("live.maxSide")) {
    detector.live_max_side = reader.integer("live.maxSide", 16, 4096);
  }
  if (reader.has("near.")) {
    const int side = reader.integer("near.maxSide", 16, 4096);
    detector.near = NearLook{side, reader.integer("near.alwaysFrom", 16, 4096)};
  }
  if (reader.has("turn.")) detector.turned_min_score = reader.number("turn.minScore", 0, 1);
  for (auto& [quality, networks] : sizes) {
    Result<SizedDetector> size = build_size(manifest, *kind, std::move(networks), reader);
    if (!size) return size.error();
    if (detector.turned_min_score && !size->detector->can_turn()) {
      return manifest_error("detectors." + name + ": its kind cannot turn pictures");
    }
    detector.sizes[quality] = std::move(*size);
  }
  return detector;
}

Result<ClassifierConfig> build_classifier(const Manifest& manifest, const std::string& name,
                                          const ManifestEntry& entry) {
  EntryReader reader("classifiers", name, entry);
  const std::string network = reader.text("network");
  const ManifestEntry* const numbers = network_entry(manifest, network, reader);
  if (const std::optional<Error> error = reader.problem()) return *error;
  EntryReader network_reader("networks", network, *numbers);
  ClassifierConfig config = read_classifier(network_reader);
  if (const std::optional<Error> error = network_reader.problem()) return *error;
  return config;
}

template <class Map>
auto* found(const Map& map, std::string_view name, const std::string& otherwise) {
  const auto at = map.find(name.empty() ? std::string_view(otherwise) : name);
  return at == map.end() ? nullptr : &at->second;
}

}  // namespace

Result<Models> Models::build(const Manifest& manifest, std::span<const DetectorKind> kinds) {
  Models models;
  for (const auto& [name, entry] : manifest.detectors) {
    Result<NamedDetector> detector = build_detector(manifest, name, entry, kinds);
    if (!detector) return detector.error();
    models.detectors_[name] = std::move(*detector);
  }
  for (const auto& [name, entry] : manifest.classifiers) {
    Result<ClassifierConfig> classifier = build_classifier(manifest, name, entry);
    if (!classifier) return classifier.error();
    models.classifiers_[name] = std::move(*classifier);
  }
  EntryReader defaults("defaults", "", manifest.defaults);
  models.default_detector_ = defaults.text("detector");
  models.default_classifier_ = defaults.text("classifier");
  if (!models.detector("")) defaults.fail("detector is none of the detectors");
  if (!models.classifier("")) defaults.fail("classifier is none of the classifiers");
  if (const std::optional<Error> error = defaults.problem()) return *error;
  return models;
}

const NamedDetector* Models::detector(std::string_view name) const {
  return found(detectors_, name, default_detector_);
}

const ClassifierConfig* Models::classifier(std::string_view name) const {
  return found(classifiers_, name, default_classifier_);
}

}  // namespace masklens
