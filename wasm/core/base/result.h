// Either a value or an error with a code and a sentence for the user. The core throws nothing.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace masklens {

// The codes that leave the core; the package's error codes of the same spelling (see code_name).
enum class ErrorCode {
  kBadImage,           // the bytes claim a format that is known, and do not hold a picture
  kUnsupportedFormat,  // the bytes are of a format that the core does not decode
  kImageTooLarge,      // more bytes, pixels or a longer side than the limits allow
  kModelMismatch,      // a network answered with shapes other than the manifest's
  kOutOfMemory,        // pixels could not be allocated
};

constexpr std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadImage:
      return "bad-image";
    case ErrorCode::kUnsupportedFormat:
      return "unsupported-format";
    case ErrorCode::kImageTooLarge:
      return "image-too-large";
    case ErrorCode::kModelMismatch:
      return "model-mismatch";
    case ErrorCode::kOutOfMemory:
      return "out-of-memory";
  }
  return "bad-image";
}

struct Error {
  ErrorCode code = ErrorCode::kBadImage;
  std::string message;  // what is wrong and what to do next, one or two sentences
};

// Holds a T or an Error. Reading the side that is not there is a programming error (asserted).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }

  T& value() {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    assert(!*this);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

}  // namespace masklens
