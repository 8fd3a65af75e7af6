// NativeFrameTap: a camera's or encoder's frames for JavaScript, which takes them when it can.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/encoder_pool.h"
#include "engine/live_tap.h"
#include "engine/stream_switch.h"
#include "listener.h"

namespace flux::binding {

class NativeFrameTap final : public Napi::ObjectWrap<NativeFrameTap> {
 public:
  explicit NativeFrameTap(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  void setQuality(const Napi::CallbackInfo& info);
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<LiveTap> tap_;
  // Of the two one: what the frames come from.
  std::shared_ptr<StreamSwitch> view_;
  std::shared_ptr<SharedEncoder> encoder_;
  std::unique_ptr<Listener<Ready>> listener_;
};

}  // namespace flux::binding
