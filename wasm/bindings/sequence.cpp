// Frames that follow each other: the pipeline's run of each, and who is who.
#include "core/pipeline/sequence.h"

#include "bindings/detection.h"
#include "bindings/values.h"

namespace masklens {
namespace {

void start(Sequence& sequence, Pipeline& pipeline, const Image& image, double seconds,
           const val& v) {
  SequenceOptions options{detect_options(v)};
  read(v, "maxLooks", options.max_looks);
  sequence.start(pipeline, image.view(), seconds, options);
}

val finish(Sequence& sequence, const Pipeline& pipeline) {
  const Result<Moment> moment = sequence.finish(pipeline);
  if (!moment) return failure(moment.error());
  val out = detected(moment->detection);
  val events = val::array();
  for (const Event& event : moment->events) {
    val one = val::object();
    one.set("kind", text(event_name(event.kind)));
    one.set("trackId", event.track);
    one.set("time", event.time);
    one.set("from", text(label_name(event.from)));
    one.set("to", text(label_name(event.to)));
    events.call<void>("push", one);
  }
  out.set("events", events);
  return out;
}

}  // namespace
}  // namespace masklens

EMSCRIPTEN_BINDINGS(sequence) {
  using namespace masklens;
  using emscripten::class_;

  // One row a name reads best.
  // clang-format off
  class_<Sequence>("Sequence")
      .constructor<>()
      .function("start", &start)
      .function("finish", &finish);
  // clang-format on
}
