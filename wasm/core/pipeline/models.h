// What the manifest names, built: detectors in their sizes, and classifiers.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/network/classifier.h"
#include "core/network/detector.h"
#include "core/network/manifest.h"

namespace masklens {

// One size of a detector.
struct SizedDetector {
  std::vector<std::string> networks;
  std::unique_ptr<Detector> detector;
};

// A second look at a smaller working picture, for faces that fill the frame.
struct NearLook {
  int max_side;  // longer side, pixels
  // After a first look at a longer side of this and more, always; else only where nothing is found.
  int always_from;
};

struct NamedDetector {
  std::map<std::string, SizedDetector, std::less<>> sizes;  // by quality
  std::string still;                                        // quality where none is asked for
  std::string live;                                         // likewise, of live video
  std::optional<int> live_max_side;                         // with that quality
  std::optional<NearLook> near;                             // absent: there is none
  // The least score of a face in a picture that is looked at turned; absent: it never is.
  std::optional<float> turned_min_score;
};

class Models {
 public:
  // Refuses (model-mismatch) a manifest that lacks something, has something that nobody reads, or
  // has a number outside of its range: all entries are read, whatever will be asked for.
  static Result<Models> build(const Manifest& manifest,
                              std::span<const DetectorKind> kinds = detector_kinds());

  // By name; an empty one stands for the default. nullptr when there is none.
  const NamedDetector* detector(std::string_view name) const;
  const ClassifierConfig* classifier(std::string_view name) const;

 private:
  std::string default_detector_;
  std::string default_classifier_;
  std::map<std::string, NamedDetector, std::less<>> detectors_;
  std::map<std::string, ClassifierConfig, std::less<>> classifiers_;
};

}  // namespace masklens
