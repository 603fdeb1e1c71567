#include "core/base/parallel.h"

#ifdef MASKLENS_THREADS
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>
#endif

namespace masklens {

#ifdef MASKLENS_THREADS

struct WorkerPool::State {
  std::mutex mutex;
  std::condition_variable work_came;
  std::condition_variable work_done;
  const std::function<void(std::size_t)>* round = nullptr;
  std::size_t count = 0;
  std::atomic<std::size_t> next{0};
  std::size_t generation = 0;  // of the loop under way
  int busy = 0;                // workers that still may touch `round`
  bool stopping = false;
  std::vector<std::thread> workers;

  void take_rounds() {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) (*round)(i);
  }

  void work() {
    std::size_t seen = 0;
    std::unique_lock lock(mutex);
    while (true) {
      work_came.wait(lock, [&] { return stopping || generation != seen; });
      if (stopping) return;
      seen = generation;
      lock.unlock();
      take_rounds();
      lock.lock();
      if (--busy == 0) work_done.notify_one();
    }
  }
};

WorkerPool::WorkerPool(int threads) {
  if (threads <= 1) return;
  state_ = std::make_unique<State>();
  for (int i = 1; i < threads; ++i)
    state_->workers.emplace_back([state = state_.get()] { state->work(); });
}

WorkerPool::~WorkerPool() {
  if (!state_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work_came.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

void WorkerPool::for_each(std::size_t count, const std::function<void(std::size_t)>& round) {
  if (!state_ || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) round(i);
    return;
  }
  {
    const std::lock_guard lock(state_->mutex);
    state_->round = &round;
    state_->count = count;
    state_->next = 0;
    state_->busy = static_cast<int>(state_->workers.size());
    ++state_->generation;
  }
  state_->work_came.notify_all();
  state_->take_rounds();
  std::unique_lock lock(state_->mutex);
  state_->work_done.wait(lock, [&] { return state_->busy == 0; });
}

#else

struct WorkerPool::State {};
WorkerPool::WorkerPool(int) {}
WorkerPool::~WorkerPool() = default;
void WorkerPool::for_each(std::size_t count, const std::function<void(std::size_t)>& round) {
  for (std::size_t i = 0; i < count; ++i) round(i);
}

#endif

}  // namespace masklens
