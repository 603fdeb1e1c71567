// Manifests with wrong numbers and names, and options that name anything: a refusal with a
// sentence, or models whose networks are named.
#include <string>
#include <utility>
#include <vector>

#include "changed_manifest.h"
#include "core/pipeline/pipeline.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using masklens::fuzz::must;
  masklens::fuzz::Choices choices({data, size});
  masklens::Result<masklens::Models> models =
      masklens::Models::build(masklens::fuzz::changed_manifest(choices));
  if (!models) {
    must(!models.error().message.empty());
    return 0;
  }
  const masklens::Pipeline pipeline(std::move(*models), 1);
  const std::vector<std::string> names = {"", "plain", "cascade", "crops", "only", "x"};
  const auto name = [&] { return names[choices.byte() % names.size()]; };
  for (int round = 0; round < 4 && !choices.done(); ++round) {
    masklens::DetectOptions options;
    options.detector = name();
    options.quality = name();
    options.classifier = name();
    options.live = choices.byte() % 2 == 0;
    options.refine = static_cast<masklens::Refine>(choices.byte() % 3);
    options.side_share = choices.number();
    const auto networks = pipeline.networks_for(options);
    if (networks) {
      for (const std::string& network : *networks) must(!network.empty());
    } else {
      must(!networks.error().message.empty());
    }
  }
  return 0;
}
