// NativeMotionWatcher: an engine MotionWatcher at a decoder, and its events for JavaScript.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/motion_watcher.h"
#include "engine/stream_decoder.h"
#include "listener.h"

namespace flux::binding {

class NativeMotionWatcher final : public Napi::ObjectWrap<NativeMotionWatcher> {
 public:
  explicit NativeMotionWatcher(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  void pass(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<MotionWatcher> watcher_;
  std::unique_ptr<Listener<MotionEvent>> listener_;
};

}  // namespace flux::binding
