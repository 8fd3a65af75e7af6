// NativeFragmentTap: a camera's or encoder's stream as messages for viewers, in batches.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "engine/camera.h"
#include "engine/encoder_pool.h"
#include "engine/fragment_tap.h"
#include "listener.h"

namespace flux::binding {

class NativeFragmentTap final : public Napi::ObjectWrap<NativeFragmentTap> {
 public:
  explicit NativeFragmentTap(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<FragmentTap> tap_;
  std::unique_ptr<Listener<Ready>> listener_;
};

}  // namespace flux::binding
