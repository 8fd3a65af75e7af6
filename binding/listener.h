// A JavaScript function that hears of what engine threads do for an object, until its close().
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "event_channel.h"
#include "lifetime.h"
#include "object.h"

namespace flux::binding {

/// What a listener without arguments is told: there is something to take.
struct Ready {};

/// What becomes of events that are still queued when close() is done.
enum class AtClose : uint8_t { kDeliver, kDrop };

/// Member of an ObjectWrap that owns threads: its event channel and its lifetime, made and unmade
/// in the order that both need. Declare it after what its `stop` ends.
template <typename Event>
class Listener final {
 public:
  using Channel = EventChannel<Event>;
  /// `function` gets a list of what `convert(env, event)` makes of each event.
  template <typename Convert>
  Listener(Napi::Env env, const char* name, const Napi::Function& function, AtClose atClose,
           Convert convert)
      : Listener(env, name, function, atClose) {
    arguments_ = [convert](Napi::Env inner, const std::vector<Event>& events) {
      return std::vector<napi_value>{toArray(inner, events, convert)};
    };
  }
  /// `function` is called without arguments, and not once more at close().
  Listener(Napi::Env env, const char* name, const Napi::Function& function)
      : Listener(env, name, function, AtClose::kDrop) {}
  /// Who is collected without close() hears nothing more.
  ~Listener() {
    lifetime_.reset();
    channel_->close();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// For the engine's threads: it may outlive this.
  [[nodiscard]] const std::shared_ptr<Channel>& channel() const noexcept { return channel_; }

  /// From now on there is something to stop: see Lifetime.
  void begin(Napi::Env env, std::function<void()> stop) {
    lifetime_ = std::make_unique<Lifetime>(env, std::move(stop),
                                           [channel = channel_] { channel->close(); });
  }
  /// Garbage collection leaves `owner` alone until close().
  void hold(const Napi::Object& owner) { lifetime_->hold(owner); }

  /// The promise of the one close.
  Napi::Value close(const Napi::Object& owner) {
    return lifetime_->close(owner, [this](Napi::Env env) {
      if (atClose_ == AtClose::kDeliver) channel_->drain(env);
      channel_->close();
      function_.Reset();  // it holds the JavaScript object, which holds this one
    });
  }
  [[nodiscard]] bool isClosing() const { return lifetime_->isClosing(); }

 private:
  Listener(Napi::Env env, const char* name, const Napi::Function& function, AtClose atClose)
      : atClose_(atClose),
        function_(Napi::Persistent(function)),
        channel_(std::make_shared<Channel>(
            env, name, [this](Napi::Env inner, const std::vector<Event>& events) {
              function_.Call(arguments_ ? arguments_(inner, events) : std::vector<napi_value>{});
            })) {}

  AtClose atClose_;
  Napi::FunctionReference function_;
  std::function<std::vector<napi_value>(Napi::Env, const std::vector<Event>&)> arguments_;
  // The channel before the lifetime: see Lifetime.
  std::shared_ptr<Channel> channel_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
