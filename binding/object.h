// Makes the objects and lists that JavaScript gets.
#pragma once

#include <napi.h>

#include <atomic>
#include <type_traits>
#include <vector>

namespace flux::binding {

/// An object, made field by field. Every number becomes a double, which is all that JavaScript
/// has; a counter that others still count is read once.
class Fields final {
 public:
  explicit Fields(Napi::Env env) : object_(Napi::Object::New(env)) {}

  template <typename Value>
  Fields& set(const char* name, const Value& value) {
    if constexpr (std::is_arithmetic_v<Value> && !std::is_same_v<Value, bool>) {
      object_.Set(name, static_cast<double>(value));
    } else {
      object_.Set(name, value);
    }
    return *this;
  }
  template <typename Value>
  Fields& set(const char* name, const std::atomic<Value>& value) {
    return set(name, value.load(std::memory_order_relaxed));
  }

  [[nodiscard]] Napi::Object object() const { return object_; }

 private:
  Napi::Object object_;
};

/// A list of what `convert(env, item)` makes of each item.
template <typename Item, typename Convert>
Napi::Array toArray(Napi::Env env, const std::vector<Item>& items, Convert convert) {
  Napi::Array list = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) list.Set(i, convert(env, items[i]));
  return list;
}

/// A rectangle of any unit.
template <typename Rect>
Napi::Object rectObject(Napi::Env env, const Rect& rect) {
  return Fields(env)
      .set("x", rect.x)
      .set("y", rect.y)
      .set("width", rect.width)
      .set("height", rect.height)
      .object();
}

}  // namespace flux::binding
