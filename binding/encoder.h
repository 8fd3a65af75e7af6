// NativeEncoder: a share of an encoded stream behind a JavaScript object.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/encoder_pool.h"
#include "listener.h"

namespace flux::binding {

class NativeEncoder final : public Napi::ObjectWrap<NativeEncoder> {
 public:
  explicit NativeEncoder(const Napi::CallbackInfo& info);

  static void define(Napi::Env env, Napi::Object exports);
  /// Is the value one of these?
  static bool is(const Napi::Value& value);
  /// The encoder behind such a value; throws ERR_CLOSED.
  static std::shared_ptr<SharedEncoder> from(const Napi::Value& value);

 private:
  Napi::Value requestKeyFrame(const Napi::CallbackInfo& info);
  void setBitrate(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<SharedEncoder> encoder_;
  std::unique_ptr<Listener<EncodedStreamEvent>> listener_;
};

}  // namespace flux::binding
