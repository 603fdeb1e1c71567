// Coroutines for a core that never does I/O: a Task<T> is written straight down and suspends with
// `co_await network(...)` each time it needs an answer; a Steps object runs it from request to
// request.
//
// Tasks nest: awaiting a Task pushes it onto the running Steps' stack, and its value comes back to
// the awaiter. A stack instead of symmetric transfer, which WebAssembly without tail calls lacks.
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#if __has_include(<coroutine>)
#include <coroutine>
#else
#include "core/base/coroutine_shim.h"
#endif

#include "core/base/tensor.h"

namespace masklens {

// A network, by its name in the manifest, and what to feed it. Both are valid until the answer is
// fed.
struct Request {
  std::string_view network;
  const Tensor* input = nullptr;
};

// The running stack of coroutines and the request they wait for.
class Steps {
 public:
  Steps() = default;
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  // Runs until the next request; nullptr when the outermost coroutine has finished.
  const Request* next() {
    while (!request_ && !stack_.empty()) {
      const std::coroutine_handle<> top = stack_.back();
      top.resume();
      if (top.done())
        stack_.pop_back();  // frames are owned by their Task; a finished one is on top
    }
    return request_ ? &*request_ : nullptr;
  }

  // The answer to the request: the network's outputs in the manifest's order.
  void feed(std::vector<Tensor> outputs) {
    outputs_ = std::move(outputs);
    request_.reset();
  }

  void push(std::coroutine_handle<> coroutine) { stack_.push_back(coroutine); }
  void ask(const Request& request) { request_ = request; }
  std::vector<Tensor> take_outputs() { return std::move(outputs_); }

 private:
  std::vector<std::coroutine_handle<>> stack_;
  std::optional<Request> request_;
  std::vector<Tensor> outputs_;
};

// A coroutine with a value, started when awaited or when pushed onto Steps. Owns its frame.
template <class T>
class [[nodiscard]] Task {
 public:
  // The language asks for this very name. NOLINTNEXTLINE(readability-identifier-naming)
  struct promise_type {
    Steps* steps = nullptr;
    std::optional<T> value;

    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(T result) { value.emplace(std::move(result)); }
    void unhandled_exception() noexcept { std::terminate(); }  // the core throws nothing
  };

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  void start(Steps& steps) {
    handle_.promise().steps = &steps;
    steps.push(handle_);
  }
  bool done() const { return handle_ && handle_.done(); }
  T& value() { return *handle_.promise().value; }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiter) {
    start(*awaiter.promise().steps);
  }
  T await_resume() { return std::move(value()); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

// co_await network(name, tensor) suspends until the answer is fed, and gives the outputs. Name and
// tensor must stay where they are for as long.
struct NetworkCall {
  Request request;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiter) {
    steps = awaiter.promise().steps;
    steps->ask(request);
  }
  std::vector<Tensor> await_resume() { return steps->take_outputs(); }

  Steps* steps = nullptr;
};

inline NetworkCall network(std::string_view name, const Tensor& input) { return {{name, &input}}; }

}  // namespace masklens
