// NativeMotionWatcher: an engine MotionWatcher at a decoder, and its events for JavaScript.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/motion_watcher.h"
#include "engine/stream_decoder.h"
#include "event_channel.h"
#include "lifetime.h"

namespace flux::binding {

class NativeMotionWatcher final : public Napi::ObjectWrap<NativeMotionWatcher> {
 public:
  explicit NativeMotionWatcher(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  void pass(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  Napi::FunctionReference onEvents_;
  // The channel before the lifetime: see Lifetime.
  std::shared_ptr<EventChannel<MotionEvent>> events_;
  std::shared_ptr<MotionWatcher> watcher_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
