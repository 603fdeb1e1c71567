#include "core/base/parallel.h"

#ifdef MASKLENS_THREADS
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>
#endif

namespace masklens {

#ifdef MASKLENS_THREADS

// Workers share it with the pool: one that starts late, after the pool has gone, finds `stopping`.
struct WorkerPool::State {
  std::mutex mutex;
  std::condition_variable work_came;
  std::condition_variable work_done;
  const std::function<void(std::size_t)>* round = nullptr;  // null: no loop to take part in
  std::size_t count = 0;
  std::size_t next = 0;  // the first round that nobody has taken
  int busy = 0;          // workers inside a round
  std::vector<bool> running;
  bool stopping = false;

  // Takes rounds until none is left. Rounds are long (a strip of a picture, a face), so that one
  // lock for each costs nothing.
  void take_rounds(std::unique_lock<std::mutex>& lock) {
    while (round && next < count) {
      const std::size_t mine = next++;
      const std::function<void(std::size_t)>& call = *round;
      ++busy;
      lock.unlock();
      call(mine);
      lock.lock();
      --busy;
    }
  }

  void work(std::size_t self) {
    std::unique_lock lock(mutex);
    running[self] = true;
    while (!stopping) {
      take_rounds(lock);
      if (busy == 0) work_done.notify_one();
      work_came.wait(lock, [&] { return stopping || (round && next < count); });
    }
  }
};

struct WorkerPool::Workers {
  std::vector<std::thread> threads;
};

WorkerPool::WorkerPool(int threads) {
  if (threads <= 1) return;
  state_ = std::make_shared<State>();
  workers_ = std::make_unique<Workers>();
  state_->running.resize(static_cast<std::size_t>(threads) - 1);
  for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(threads); ++i)
    workers_->threads.emplace_back([state = state_, i] { state->work(i); });
}

WorkerPool::~WorkerPool() {
  if (!state_) return;
  std::vector<bool> running;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    running = state_->running;
  }
  state_->work_came.notify_all();
  for (std::size_t i = 0; i < running.size(); ++i) {
    if (running[i])
      workers_->threads[i].join();
    else
      workers_->threads[i].detach();  // it may never start: in a browser not before this returns
  }
}

void WorkerPool::for_each(std::size_t count, const std::function<void(std::size_t)>& round) {
  if (!state_ || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) round(i);
    return;
  }
  std::unique_lock lock(state_->mutex);
  state_->round = &round;
  state_->count = count;
  state_->next = 0;
  state_->work_came.notify_all();
  state_->take_rounds(lock);
  // Rounds that others have taken are waited for, others themselves are not.
  state_->work_done.wait(lock, [&] { return state_->busy == 0; });
  state_->round = nullptr;
}

#else

struct WorkerPool::State {};
struct WorkerPool::Workers {};
WorkerPool::WorkerPool(int) {}
WorkerPool::~WorkerPool() = default;
void WorkerPool::for_each(std::size_t count, const std::function<void(std::size_t)>& round) {
  for (std::size_t i = 0; i < count; ++i) round(i);
}

#endif

}  // namespace masklens
