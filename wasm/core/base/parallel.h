// A small pool of worker threads for loops whose rounds are independent.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace masklens {

// threads - 1 workers; the calling thread takes part. With one thread, or built without threads,
// loops run in place. Nothing waits for a worker to start: one that never does takes no part.
class WorkerPool {
 public:
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Calls round(0) ... round(count - 1), each once, in any order; returns when all are done.
  void for_each(std::size_t count, const std::function<void(std::size_t)>& round);

 private:
  struct State;
  struct Workers;
  std::shared_ptr<State> state_;  // null: no workers
  std::unique_ptr<Workers> workers_;
};

}  // namespace masklens
