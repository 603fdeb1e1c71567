// The part of <coroutine> that coroutine.h uses, over the compiler's builtins: for standard
// libraries that lack the header while their compiler knows coroutines (Emscripten 3.1.6).
// Names and meanings are those of [coroutine.handle] in the C++20 standard.
#pragma once

namespace std {

template <class R, class...>
struct coroutine_traits {
  using promise_type = typename R::promise_type;
};

template <class Promise = void>
class coroutine_handle;

template <>
class coroutine_handle<void> {
 public:
  constexpr coroutine_handle() noexcept = default;
  constexpr coroutine_handle(decltype(nullptr)) noexcept {}
  static coroutine_handle from_address(void* address) noexcept {
    coroutine_handle handle;
    handle.frame_ = address;
    return handle;
  }
  void* address() const noexcept { return frame_; }
  explicit operator bool() const noexcept { return frame_ != nullptr; }
  bool done() const { return __builtin_coro_done(frame_); }
  void resume() const { __builtin_coro_resume(frame_); }
  void destroy() const { __builtin_coro_destroy(frame_); }

 protected:
  void* frame_ = nullptr;
};

template <class Promise>
class coroutine_handle : public coroutine_handle<> {
 public:
  constexpr coroutine_handle() noexcept = default;
  constexpr coroutine_handle(decltype(nullptr)) noexcept {}
  static coroutine_handle from_address(void* address) noexcept {
    coroutine_handle handle;
    handle.frame_ = address;
    return handle;
  }
  static coroutine_handle from_promise(Promise& promise) {
    return from_address(__builtin_coro_promise(&promise, alignof(Promise), true));
  }
  Promise& promise() const {
    return *static_cast<Promise*>(__builtin_coro_promise(frame_, alignof(Promise), false));
  }
};

struct suspend_always {
  constexpr bool await_ready() const noexcept { return false; }
  constexpr void await_suspend(coroutine_handle<>) const noexcept {}
  constexpr void await_resume() const noexcept {}
};

}  // namespace std
