// Stops what runs behind a JavaScript object exactly once: at close(), when the environment ends,
// or when the process exits.
#pragma once

#include <napi.h>

#include <functional>
#include <mutex>

namespace flux::binding {

/// Member of an ObjectWrap that owns threads. Make it after the object's EventChannel: environment
/// hooks run in reverse order, so the producers stop before the channel is torn down.
///
/// Node runs environment hooks when a worker ends, but not at process.exit(): hence the exit
/// handler, which ends recordings whole instead of leaving them to recovery.
class Lifetime final {
 public:
  /// `stop` blocks until no engine thread knows the object; it runs once, on any thread. `release`
  /// gives back what belongs to the environment (an EventChannel) when that ends before close().
  Lifetime(Napi::Env env, std::function<void()> stop, std::function<void()> release = {});
  ~Lifetime();
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  /// Garbage collection leaves `owner`, whose member this is, alone until it is closed.
  void hold(const Napi::Object& owner);
  /// The promise of the one close. `after` runs on the JavaScript thread before it resolves.
  Napi::Value close(const Napi::Object& owner, std::function<void(Napi::Env)> after = {});
  [[nodiscard]] bool isClosing() const { return !closing_.IsEmpty(); }

 private:
  static void onEnvironmentEnd(void* data);
  static void onProcessExit();
  void stopOnce();
  void unhook();

  napi_env env_;
  bool hooked_ = false;
  std::mutex mutex_;
  std::function<void()> stop_;
  std::function<void()> release_;
  Napi::ObjectReference held_;
  Napi::ObjectReference closing_;
};

}  // namespace flux::binding
