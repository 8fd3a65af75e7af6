// Carries events from engine threads to JavaScript, in batches, and survives the end of the
// environment at any moment.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace flux::binding {

/// One thread-safe function and a queue in front of it. At most one call is under way at a time and
/// it takes everything queued, so a burst of events costs one hop to the JavaScript thread.
///
/// Node 20 aborts when a thread-safe function is touched after it began to close; hence close() and
/// push() share a mutex, nothing is ever called after close(), and the owner's environment hook
/// stops its producers before the function's own teardown (hooks run in reverse order of their
/// making).
template <typename Event>
class EventChannel final {
 public:
  /// Runs on the JavaScript thread with everything that was queued.
  using Handler = std::function<void(Napi::Env, std::vector<Event>)>;

  static constexpr size_t kMaxQueued = 65536;

  EventChannel(Napi::Env env, const char* name, Handler handler)
      : state_(std::make_shared<State>()) {
    state_->handler = std::move(handler);
    auto* context = new std::shared_ptr<State>(state_);  // freed by the finalizer
    state_->function = Function::New(
        env, name, 0, 1, context,
        [](Napi::Env, void*, std::shared_ptr<State>* held) { delete held; },
        static_cast<void*>(nullptr));
  }
  ~EventChannel() { close(); }
  EventChannel(const EventChannel&) = delete;
  EventChannel& operator=(const EventChannel&) = delete;

  /// Any thread. False once closed. Beyond kMaxQueued the oldest event is dropped.
  bool push(Event event) const {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return false;
    if (state_->queue.size() >= kMaxQueued) state_->queue.erase(state_->queue.begin());
    state_->queue.push_back(std::move(event));
    if (state_->armed) return true;
    state_->armed = state_->function.NonBlockingCall() == napi_ok;
    return true;
  }

  /// JavaScript thread: hands over what is queued now.
  void drain(Napi::Env env) const { drainState(env, *state_); }

  /// Whether an idle channel keeps the process alive (it does until told otherwise).
  void keepAlive(Napi::Env env, bool alive) const {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return;
    if (alive) {
      state_->function.Ref(env);
    } else {
      state_->function.Unref(env);
    }
  }

  void close() const {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->closed, true)) return;
    state_->function.Release();
  }

 private:
  struct State;
  static void callJs(Napi::Env env, Napi::Function, std::shared_ptr<State>* context, void*) {
    // A closing environment runs the finalizer first: the context is then gone already.
    if (env == nullptr) return;
    drainState(env, **context);
  }
  using Function = Napi::TypedThreadSafeFunction<std::shared_ptr<State>, void, callJs>;

  struct State {
    std::mutex mutex;
    std::vector<Event> queue;
    bool armed = false;
    bool closed = false;
    Function function;
    Handler handler;
  };

  static void drainState(Napi::Env env, State& state) {
    std::vector<Event> events;
    {
      const std::lock_guard lock(state.mutex);
      state.armed = false;
      if (state.closed) return;  // the handler's owner may be gone
      events.swap(state.queue);
    }
    if (events.empty()) return;
    const Napi::HandleScope scope(env);
    try {
      state.handler(env, std::move(events));
    } catch (const Napi::Error& error) {
      // A listener that throws is an uncaught exception, as with any event emitter.
      napi_fatal_exception(env, error.Value());
    }
  }

  std::shared_ptr<State> state_;
};

}  // namespace flux::binding
