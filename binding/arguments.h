// Reads arguments and option objects. The SDK checks for people; this keeps memory safe.
#pragma once

#include <napi.h>

#include <cmath>
#include <initializer_list>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace flux::binding {

inline double finiteArgument(const Napi::Value& value, const char* name) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!std::isfinite(number)) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a finite number");
  }
  return number;
}

/// What stands for a word of JavaScript's.
template <typename Value>
using Choice = std::pair<const char*, Value>;

/// An object whose fields are read by name and type; a wrong one throws ERR_INVALID_ARGUMENT.
class Options final {
 public:
  explicit Options(const Napi::Value& value) : object_(check(value)) {}

  [[nodiscard]] std::string text(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsString()) fail(name, "a string");
    return value.As<Napi::String>().Utf8Value();
  }
  [[nodiscard]] int64_t integer(const char* name, int64_t least = 0,
                                int64_t most = 9007199254740991) const {
    const Napi::Value value = object_.Get(name);
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
    if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) ||
        number != std::floor(number)) {
      fail(name, "an integer in [" + std::to_string(least) + ", " + std::to_string(most) + "]");
    }
    return static_cast<int64_t>(number);
  }
  [[nodiscard]] double finite(const char* name) const {
    return finiteArgument(object_.Get(name), name);
  }
  /// The value of the choice that the field names.
  template <typename Value, typename Choices = std::initializer_list<Choice<Value>>>
  [[nodiscard]] Value oneOf(const char* name, const Choices& choices) const {
    const std::string word = text(name);
    for (const auto& [known, value] : choices) {
      if (word == known) return value;
    }
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " cannot be '" + word + "'");
  }
  [[nodiscard]] bool flag(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsBoolean()) fail(name, "a boolean");
    return value.As<Napi::Boolean>().Value();
  }
  [[nodiscard]] Napi::Array array(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsArray()) fail(name, "an array");
    return value.As<Napi::Array>();
  }
  [[nodiscard]] Napi::Value value(const char* name) const { return object_.Get(name); }

 private:
  static Napi::Object check(const Napi::Value& value) {
    if (!value.IsObject()) fail("options", "an object");
    return value.As<Napi::Object>();
  }
  [[noreturn]] static void fail(const std::string& name, const std::string& expected) {
    throw Error("ERR_INVALID_ARGUMENT", name + " must be " + expected);
  }

  Napi::Object object_;
};

/// A number without what stands behind its point; NaN is 0.
inline int64_t integerArgument(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a number");
  }
  return value.As<Napi::Number>().Int64Value();
}

inline Napi::Array arrayArgument(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be an array");
  }
  return value.As<Napi::Array>();
}

/// The bytes of a Uint8Array (or Buffer), valid during the call.
inline ByteView bytesArgument(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a Uint8Array");
  }
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

inline Napi::Function functionArgument(const Napi::Value& value, const char* name) {
  if (!value.IsFunction()) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a function");
  }
  return value.As<Napi::Function>();
}

inline std::string textArgument(const Napi::Value& value, const char* name) {
  if (!value.IsString()) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a string");
  }
  return value.As<Napi::String>().Utf8Value();
}

}  // namespace flux::binding
