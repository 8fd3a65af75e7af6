// Stops what runs behind a JavaScript object exactly once: at close(), or when the environment
// ends.
#pragma once

#include <napi.h>

#include <functional>
#include <mutex>
#include <utility>

#include "async.h"

namespace flux::binding {

/// Member of an ObjectWrap that owns threads. Make it after the object's EventChannel: environment
/// hooks run in reverse order, so the producers stop before the channel is torn down.
class Lifetime final {
 public:
  /// `stop` blocks until no engine thread knows the object; it runs once, on any thread.
  Lifetime(Napi::Env env, std::function<void()> stop) : env_(env), stop_(std::move(stop)) {
    napi_add_env_cleanup_hook(env_, onEnvironmentEnd, this);
    hooked_ = true;
  }
  ~Lifetime() {
    stopOnce();
    unhook();
  }
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  /// The promise of the one close. `after` runs on the JavaScript thread before it resolves.
  Napi::Value close(const Napi::Object& owner, std::function<void(Napi::Env)> after) {
    if (closing_.IsEmpty()) {
      const Napi::Promise promise = runAsync(
          owner.Env(), owner, "fluxvision:close", [this] { stopOnce(); },
          [this, then = std::move(after)](Napi::Env env) {
            unhook();
            then(env);
          });
      closing_ = Napi::Persistent(promise.As<Napi::Object>());
    }
    return closing_.Value();
  }
  [[nodiscard]] bool isClosing() const { return !closing_.IsEmpty(); }

 private:
  static void onEnvironmentEnd(void* data) {
    auto* self = static_cast<Lifetime*>(data);
    self->hooked_ = false;
    self->stopOnce();
  }
  void stopOnce() {
    const std::lock_guard lock(mutex_);  // a second caller waits for the first
    if (stop_) std::exchange(stop_, nullptr)();
  }
  void unhook() {
    if (std::exchange(hooked_, false)) napi_remove_env_cleanup_hook(env_, onEnvironmentEnd, this);
  }

  napi_env env_;
  bool hooked_ = false;
  std::mutex mutex_;
  std::function<void()> stop_;
  Napi::ObjectReference closing_;
};

}  // namespace flux::binding
