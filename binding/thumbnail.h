// NativeThumbnailJob: pictures of one segment, made on the engine's decode threads.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <variant>

#include "engine/engine.h"
#include "engine/thumbnailer.h"
#include "event_channel.h"
#include "lifetime.h"

namespace flux::binding {

class NativeThumbnailJob final : public Napi::ObjectWrap<NativeThumbnailJob> {
 public:
  explicit NativeThumbnailJob(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  using Event = std::variant<Thumbnails, std::exception_ptr>;

  /// Whether the pool still has to do with the job. It outlives the object in the pool's queue.
  class Turn final {
   public:
    /// False where the job is not wanted any more. Pool thread.
    bool begin();
    void end();
    void abort() noexcept { aborted_ = true; }
    [[nodiscard]] bool aborted() const noexcept { return aborted_; }
    /// Waits for a job that runs; one that waits will not.
    void cancel();

   private:
    enum class State : uint8_t { kWaiting, kRunning, kOver };
    std::mutex mutex_;
    std::condition_variable over_;
    State state_ = State::kWaiting;
    std::atomic<bool> aborted_{false};
  };

  Napi::Value run(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  void settle(Napi::Env env, const Event& event);

  ThumbnailRequest request_;
  napi_deferred deferred_ = nullptr;
  std::shared_ptr<Turn> turn_ = std::make_shared<Turn>();
  std::shared_ptr<Engine> engine_;
  // The channel before the lifetime: see Lifetime.
  std::shared_ptr<EventChannel<Event>> events_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
