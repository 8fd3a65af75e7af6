// NativeCamera: an engine Camera behind a JavaScript object.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/camera.h"
#include "listener.h"

namespace flux::binding {

class NativeCamera final : public Napi::ObjectWrap<NativeCamera> {
 public:
  explicit NativeCamera(const Napi::CallbackInfo& info);

  static void define(Napi::Env env, Napi::Object exports);
  /// The engine's camera behind a value; throws ERR_INVALID_ARGUMENT or ERR_CLOSED.
  static std::shared_ptr<Camera> from(const Napi::Value& value);

 private:
  void start(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<Camera> camera_;
  std::unique_ptr<Listener<CameraEvent>> listener_;
};

}  // namespace flux::binding
