// Loops over threads: every round once, whatever the number of workers, and pools that end at once.
#include "core/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <vector>

namespace masklens {
namespace {

TEST(WorkerPool, CallsEveryRoundOnceHoweverManyThreads) {
  for (const int threads : {1, 2, 5, 64}) {
    WorkerPool pool(threads);
    for (std::size_t count = 0; count < 40; ++count) {
      std::vector<std::atomic<int>> calls(count);
      pool.for_each(count, [&](std::size_t i) { ++calls[i]; });
      for (const std::atomic<int>& times : calls) EXPECT_EQ(times, 1);
    }
  }
}

TEST(WorkerPool, EndsWhileItsThreadsAreStillStarting) {
  for (int round = 0; round < 20; ++round) WorkerPool pool(8);
}

TEST(WorkerPool, RoundsOfOneLoopNeverRunInTheNext) {
  WorkerPool pool(4);
  for (int loop = 0; loop < 2000; ++loop) {
    std::atomic<int> sum{0};
    pool.for_each(3, [&, loop](std::size_t) { sum += loop; });
    EXPECT_EQ(sum, 3 * loop);
  }
}

}  // namespace
}  // namespace masklens
