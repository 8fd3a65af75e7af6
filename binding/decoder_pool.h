// NativeDecoderPool: the decoders of a process behind a JavaScript object.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/decoder_pool.h"
#include "engine/frame_copier.h"
#include "lifetime.h"

namespace flux::binding {

class NativeDecoderPool final : public Napi::ObjectWrap<NativeDecoderPool> {
 public:
  explicit NativeDecoderPool(const Napi::CallbackInfo& info);
  /// Adds openDecoderPool.
  static void define(Napi::Env env, Napi::Object exports);
  /// Throws ERR_INVALID_ARGUMENT or ERR_CLOSED.
  static std::shared_ptr<DecoderPool> from(const Napi::Value& value);

 private:
  static Napi::Value open(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  void resetGpu(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /// Filled once it is open.
  std::shared_ptr<std::shared_ptr<DecoderPool>> pool_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
