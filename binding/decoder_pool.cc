#include "decoder_pool.h"

#include "addon_data.h"
#include "arguments.h"
#include "async.h"
#include "decoder_options.h"
#include "engine/open_decoder_backends.h"
#include "error.h"
#include "object.h"

namespace flux::binding {

NativeDecoderPool::NativeDecoderPool(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeDecoderPool>(info),
      pool_(std::make_shared<std::shared_ptr<DecoderPool>>()),
      lifetime_(std::make_unique<Lifetime>(info.Env(), [held = pool_] {
        if (*held != nullptr) (*held)->close();
      })) {}

Napi::Value NativeDecoderPool::open(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const DecoderBackendOptions options = readBackendOptions(Options(info[0]));
    return AsyncTask<std::shared_ptr<DecoderPool>>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:openDecoderPool",
        [options] {
          return std::make_shared<DecoderPool>(Engine::acquire(), openDecoderBackends(options));
        },
        [](Napi::Env env, std::shared_ptr<DecoderPool>&& pool) -> Napi::Value {
          const Napi::Object object = AddonData::of(env).decoderPool.New({});
          *Unwrap(object)->pool_ = std::move(pool);
          return object;
        });
  });
}

std::shared_ptr<DecoderPool> NativeDecoderPool::from(const Napi::Value& value) {
  if (!AddonData::isA(value, &AddonData::decoderPool)) {
    throw Error("ERR_INVALID_ARGUMENT", "pool must be a DecoderPool");
  }
  const auto* self = Unwrap(value.As<Napi::Object>());
  if (self->lifetime_->isClosing() || *self->pool_ == nullptr) {
    throw Error("ERR_CLOSED", "The DecoderPool is closed. Open another.");
  }
  return *self->pool_;
}

Napi::Value NativeDecoderPool::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const DecoderPoolStats stats = (*pool_)->stats();
    Fields out(info.Env());
    out.set("threads", stats.threads);
    out.set("maxThreads", stats.maxThreads);
    out.set("decoders", stats.decoders);
    out.set("onGpu", stats.onGpu);
    out.set("onCpu", stats.onCpu);
    out.set("gpuAvailable", stats.gpuAvailable);
    if (!stats.gpuAvailable) out.set("whyNoGpu", stats.whyNoGpu);
    out.set("memoryBytes", stats.memoryBytes);
    out.set("deviceBytes", stats.deviceBytes);
    out.set("unitsIn", stats.unitsIn);
    out.set("unitsDropped", stats.unitsDropped);
    out.set("framesOut", stats.framesOut);
    out.set("errors", stats.errors);
    out.set("rebuilds", stats.rebuilds);
    out.set("fallbacks", stats.fallbacks);
    out.set("sessionsGivenUp", stats.sessionsGivenUp);
    out.set("decodeMs", static_cast<double>(stats.decodeMicros) / 1000);
    return out.object();
  });
}

void NativeDecoderPool::resetGpu(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { (*pool_)->resetGpu(); });
}

Napi::Value NativeDecoderPool::close(const Napi::CallbackInfo& info) {
  return lifetime_->close(info.This().As<Napi::Object>());
}

void NativeDecoderPool::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).decoderPool =
      Napi::Persistent(DefineClass(env, "DecoderPool",
                                   {InstanceMethod<&NativeDecoderPool::stats>("stats"),
                                    InstanceMethod<&NativeDecoderPool::resetGpu>("resetGpu"),
                                    InstanceMethod<&NativeDecoderPool::close>("close")}));
  exports.Set("openDecoderPool", Napi::Function::New(env, open, "openDecoderPool"));
}

}  // namespace flux::binding
