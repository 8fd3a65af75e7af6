#include "lifetime.h"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "async.h"

namespace flux::binding {
namespace {

/// Every Lifetime of the process, in all environments. Never destroyed: exit handlers of other
/// libraries may come after ours.
struct Registry {
  std::mutex mutex;
  std::vector<Lifetime*> alive;
};

Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

}  // namespace

Lifetime::Lifetime(Napi::Env env, std::function<void()> stop, std::function<void()> release)
    : env_(env), hooked_(true), stop_(std::move(stop)), release_(std::move(release)) {
  napi_add_env_cleanup_hook(env_, onEnvironmentEnd, this);
  static std::once_flag once;
  std::call_once(once, [] { std::atexit(onProcessExit); });
  const std::lock_guard lock(registry().mutex);
  registry().alive.push_back(this);
}

Lifetime::~Lifetime() {
  {
    const std::lock_guard lock(registry().mutex);
    std::erase(registry().alive, this);
  }
  stopOnce();
  unhook();
}

void Lifetime::hold(const Napi::Object& owner) {
  if (held_.IsEmpty()) held_ = Napi::Persistent(owner);
}

Napi::Value Lifetime::close(const Napi::Object& owner, std::function<void(Napi::Env)> after) {
  if (closing_.IsEmpty()) {
    const Napi::Promise promise = runAsync(
        owner.Env(), owner, "fluxvision:close", [this] { stopOnce(); },
        [this, then = std::move(after)](Napi::Env env) {
          unhook();
          if (then) then(env);
          held_.Reset();
        });
    closing_ = Napi::Persistent(promise.As<Napi::Object>());
  }
  return closing_.Value();
}

void Lifetime::onEnvironmentEnd(void* data) {
  auto* self = static_cast<Lifetime*>(data);
  self->hooked_ = false;
  self->stopOnce();
  if (self->release_) self->release_();
}

void Lifetime::onProcessExit() {
  // All at once: a camera that does not answer its TEARDOWN must not hold the others up. The lock
  // is kept, so that no object goes while it is being stopped.
  const std::lock_guard lock(registry().mutex);
  std::vector<std::thread> stopping;
  for (Lifetime* each : registry().alive) stopping.emplace_back([each] { each->stopOnce(); });
  for (std::thread& thread : stopping) thread.join();
}

void Lifetime::stopOnce() {
  const std::lock_guard lock(mutex_);  // a second caller waits for the first
  if (stop_) std::exchange(stop_, nullptr)();
}

void Lifetime::unhook() {
  if (std::exchange(hooked_, false)) napi_remove_env_cleanup_hook(env_, onEnvironmentEnd, this);
}

}  // namespace flux::binding
