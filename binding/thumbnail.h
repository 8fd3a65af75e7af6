// NativeThumbnailJob: pictures of one segment, made on the engine's decode threads.
#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "engine/engine.h"
#include "engine/thumbnailer.h"
#include "event_channel.h"
#include "lifetime.h"
#include "pool_turn.h"

namespace flux::binding {

class NativeThumbnailJob final : public Napi::ObjectWrap<NativeThumbnailJob> {
 public:
  explicit NativeThumbnailJob(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  using Event = std::variant<Thumbnails, std::exception_ptr>;

  Napi::Value run(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  void settle(Napi::Env env, const Event& event);

  ThumbnailRequest request_;
  napi_deferred deferred_ = nullptr;
  std::shared_ptr<PoolTurn> turn_ = std::make_shared<PoolTurn>();
  std::shared_ptr<Engine> engine_;
  // The channel before the lifetime: see Lifetime.
  std::shared_ptr<EventChannel<Event>> events_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
