// Runs work on Node's thread pool and settles a promise with its result.
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "error.h"

namespace flux::binding {

/// Raw Node-API on purpose: when the environment ends while work is under way, settling the promise
/// fails, and the C++ wrapper would turn that into an abort.
template <typename Result>
class AsyncTask final {
 public:
  using Work = std::function<Result()>;
  using Convert = std::function<Napi::Value(Napi::Env, Result&&)>;

  /// `owner` stays alive until the work is done. `convert` runs on the JavaScript thread.
  static Napi::Promise run(Napi::Env env, const Napi::Value& owner, const char* name, Work work,
                           Convert convert) {
    auto task = std::unique_ptr<AsyncTask>(new AsyncTask(std::move(work), std::move(convert)));
    napi_value promise = nullptr;
    check(env, napi_create_promise(env, &task->deferred_, &promise));
    if (owner.IsObject()) task->owner_ = Napi::Persistent(owner.As<Napi::Object>());
    check(env, napi_create_async_work(env, nullptr, Napi::String::New(env, name), execute, complete,
                                      task.get(), &task->work_));
    check(env, napi_queue_async_work(env, task->work_));
    [[maybe_unused]] AsyncTask* const queued = task.release();  // complete() takes it back
    return {env, promise};
  }

 private:
  AsyncTask(Work work, Convert convert) : body_(std::move(work)), convert_(std::move(convert)) {}

  static void check(Napi::Env env, napi_status status) {
    if (status != napi_ok) throw Napi::Error::New(env, "cannot start asynchronous work");
  }

  static void execute(napi_env, void* data) {
    auto* task = static_cast<AsyncTask*>(data);
    try {
      task->result_.emplace(task->body_());
    } catch (...) {
      task->error_ = std::current_exception();
    }
  }

  static void complete(napi_env rawEnv, napi_status, void* data) {
    const std::unique_ptr<AsyncTask> task(static_cast<AsyncTask*>(data));
    const Napi::Env env(rawEnv);
    const Napi::HandleScope scope(env);
    napi_delete_async_work(rawEnv, task->work_);
    try {
      if (task->result_) {
        napi_resolve_deferred(rawEnv, task->deferred_,
                              task->convert_(env, std::move(*task->result_)));
      } else {
        napi_reject_deferred(rawEnv, task->deferred_, makeError(env, task->error_));
      }
    } catch (const Napi::Error& error) {
      napi_reject_deferred(rawEnv, task->deferred_, error.Value());
    } catch (...) {
      // The environment is ending; nobody is left to hear.
    }
  }

  Work body_;
  Convert convert_;
  std::optional<Result> result_;
  std::exception_ptr error_;
  Napi::ObjectReference owner_;
  napi_deferred deferred_ = nullptr;
  napi_async_work work_ = nullptr;
};

struct Nothing {};

/// An AsyncTask whose promise resolves to undefined.
inline Napi::Promise runAsync(Napi::Env env, const Napi::Value& owner, const char* name,
                              std::function<void()> work,
                              std::function<void(Napi::Env)> after = {}) {
  return AsyncTask<Nothing>::run(
      env, owner, name,
      [run = std::move(work)] {
        run();
        return Nothing{};
      },
      [then = std::move(after)](Napi::Env inner, Nothing&&) -> Napi::Value {
        if (then) then(inner);
        return inner.Undefined();
      });
}

}  // namespace flux::binding
