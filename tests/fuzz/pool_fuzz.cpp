// The pool of threads: each round once, whatever the numbers of threads and rounds. For
// ThreadSanitizer.
#include <atomic>
#include <vector>

#include "core/base/parallel.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  masklens::fuzz::Choices choices({data, size});
  masklens::WorkerPool pool(1 + choices.below(6));
  constexpr int kMostRuns = 10;
  for (int run = 0; run < kMostRuns && !choices.done(); ++run) {
    const auto count = static_cast<std::size_t>(choices.below(40));
    std::vector<int> rounds(count);  // not atomic: no two threads may meet here
    std::atomic<std::size_t> sum = 0;
    pool.for_each(count, [&](std::size_t i) {
      ++rounds[i];
      sum += i;
    });
    for (const int times : rounds) masklens::fuzz::must(times == 1);
    masklens::fuzz::must(count == 0 || sum == count * (count - 1) / 2);
  }
  return 0;
}
