// How values cross to JavaScript: pixels stay in the heap behind handles (delete() them), faces are
// flat arrays, nothing throws: what fails returns {error}.
#pragma once

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/byte_buffer.h"
#include "core/base/result.h"

namespace masklens {

using emscripten::typed_memory_view;
using emscripten::val;

inline val text(std::string_view s) { return val(std::string(s)); }

// Overwrites `target` where the object has the key; what it lacks keeps the C++ default. Enums
// cross as their indices.
template <class T, class Number = T>
void read(const val& object, const char* key, T& target) {
  const val value = object[key];
  if (!value.isUndefined() && !value.isNull()) target = static_cast<T>(value.as<Number>());
}

inline val failure(const Error& error) {
  val inner = val::object(), outer = val::object();
  inner.set("code", text(code_name(error.code)));
  inner.set("message", error.message);
  outer.set("error", inner);
  return outer;
}

// {key: handle} or {error}. Through a pointer, since newer Emscriptens copy values.
template <class T>
val handle(Result<T> result, const char* key) {
  if (!result) return failure(result.error());
  val outer = val::object();
  outer.set(key, val(std::make_unique<T>(std::move(*result))));
  return outer;
}

// A typed array outside the heap, so that neither growth nor sharing touches it.
template <class Buffer>
val copied(const Buffer& data) {
  return val(typed_memory_view(data.size(), data.data())).call<val>("slice");
}

// {bytes} or {error}.
inline val encoded(const Result<ByteBuffer>& file) {
  if (!file) return failure(file.error());
  val outer = val::object();
  outer.set("bytes", copied(*file));
  return outer;
}

}  // namespace masklens
