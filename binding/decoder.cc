#include "decoder.h"

#include <utility>

#include "addon_data.h"
#include "arguments.h"
#include "camera.h"
#include "camera_options.h"
#include "decoder_options.h"
#include "decoder_pool.h"
#include "error.h"

namespace flux::binding {

NativeDecoder::NativeDecoder(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeDecoder>(info) {
  guarded(info.Env(), [&] {
    const std::shared_ptr<DecoderPool> pool = NativeDecoderPool::from(info[0]);
    pushed_ = info[1].IsUndefined();
    const std::shared_ptr<Camera> camera = pushed_ ? nullptr : NativeCamera::from(info[1]);
    const StreamDecoderOptions options = readDecoderOptions(Options(info[2]));
    listener_ = std::make_unique<Listener<Event>>(info.Env(), "fluxvision:decoder",
                                                  functionArgument(info[3], "onEvents"),
                                                  AtClose::kDeliver, toObject);
    const auto channel = listener_->channel();
    const auto listener = [channel](const StreamDecoderEvent& event) { channel->push(event); };
    decoder_ = camera != nullptr ? pool->decoder(camera, options, listener)
                                 : pool->decoder(options, listener);
    decoder_->onDrained([channel] { channel->push(Drained{}); });
    listener_->begin(info.Env(), [pool, decoder = decoder_] { pool->remove(decoder); });
    listener_->hold(info.This().As<Napi::Object>());
  });
}

NativeDecoder& NativeDecoder::unwrap(const Napi::Value& value) {
  if (!AddonData::isA(value, &AddonData::decoder)) {
    throw Error("ERR_INVALID_ARGUMENT", "decoder must be a Decoder of a DecoderPool");
  }
  NativeDecoder& self = *Unwrap(value.As<Napi::Object>());
  self.open();
  return self;
}

StreamDecoder& NativeDecoder::open() const {
  if (listener_->isClosing()) throw Error("ERR_CLOSED", "The Decoder is closed. Make another.");
  return *decoder_;
}

Napi::Object NativeDecoder::toObject(Napi::Env env, const Event& event) {
  if (const auto* told = std::get_if<StreamDecoderEvent>(&event)) {
    return binding::toObject(env, *told);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", std::holds_alternative<Drained>(event) ? "drained" : "ended");
  return object;
}

void NativeDecoder::setQuality(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { open().setQuality(qualityArgument(info[0])); });
}

void NativeDecoder::setLimits(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { open().setLimits(rateArgument(info[0]), info[1].ToBoolean().Value()); });
}

Napi::Value NativeDecoder::push(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    StreamDecoder& decoder = open();
    if (!pushed_) throw Error("ERR_STATE", "This Decoder decodes a camera.");
    const Options from(info[0]);
    AccessUnitPtr unit = readUnit(from, parameters_);
    const CodecParametersPtr parameters = unit->parameters;
    const bool taken = decoder.push(std::move(unit), from.flag("hidden"));
    if (taken) parameters_ = parameters;
    return Napi::Boolean::New(info.Env(), taken);
  });
}

void NativeDecoder::end(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    StreamDecoder& decoder = open();
    if (!pushed_) throw Error("ERR_STATE", "This Decoder decodes a camera.");
    decoder.pushEnd([channel = listener_->channel()] { channel->push(Ended{}); });
  });
}

Napi::Value NativeDecoder::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Object object = binding::toObject(info.Env(), decoder_->stats());
    object.Set("framesHeld", static_cast<double>(held_->open));
    object.Set("framesForgotten", static_cast<double>(held_->forgotten));
    return object;
  });
}

Napi::Value NativeDecoder::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

void NativeDecoder::define(Napi::Env env, Napi::Object exports) {
  const Napi::Function constructor = DefineClass(
      env, "Decoder",
      {InstanceMethod<&NativeDecoder::setQuality>("setQuality"),
       InstanceMethod<&NativeDecoder::setLimits>("setLimits"),
       InstanceMethod<&NativeDecoder::push>("push"), InstanceMethod<&NativeDecoder::end>("end"),
       InstanceMethod<&NativeDecoder::stats>("stats"),
       InstanceMethod<&NativeDecoder::close>("close")});
  AddonData::of(env).decoder = Napi::Persistent(constructor);
  exports.Set("Decoder", constructor);
}

NativeDecodedFrames::NativeDecodedFrames(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeDecodedFrames>(info) {
  guarded(info.Env(), [&] {
    const NativeDecoder& owner = NativeDecoder::unwrap(info[0]);
    const Options from(info[1]);
    const auto maxQueued = static_cast<size_t>(from.integer("maxQueued", 1, 1024));
    listener_ = std::make_unique<Listener<Ready>>(info.Env(), "fluxvision:decodedFrames",
                                                  functionArgument(info[2], "onReady"));
    decoder_ = NativeDecoder::from(info[0]);
    held_ = owner.held();
    keepsAll_ = owner.isPushed();
    queue_ = std::make_shared<FrameQueue>(
        maxQueued, [channel = listener_->channel()] { channel->push(Ready{}); }, keepsAll_);
    const auto push = [queue = queue_](const video::DecodedFrame& frame) { queue->push(frame); };
    std::function<bool()> busy;
    if (keepsAll_) busy = [queue = queue_] { return queue->full(); };
    auto subscription =
        std::make_shared<StreamDecoder::Subscription>(decoder_->subscribe(push, std::move(busy)));
    listener_->begin(info.Env(), [subscription, queue = queue_, decoder = decoder_] {
      subscription->reset();
      queue->close();
      decoder->resume();  // the others, if it was this one that it waited for
    });
    listener_->hold(info.This().As<Napi::Object>());
  });
}

Napi::Value NativeDecodedFrames::take(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const bool full = keepsAll_ && queue_->full();
    auto frame = queue_->take();
    if (full) decoder_->resume();
    if (!frame) return info.Env().Undefined();
    return NativePicture::make(info.Env(), std::move(*frame), held_);
  });
}

Napi::Value NativeDecodedFrames::stats(const Napi::CallbackInfo& info) {
  Fields out(info.Env());
  out.set("framesDelivered", queue_->taken());
  out.set("framesDropped", queue_->dropped());
  out.set("queuedFrames", queue_->size());
  return out.object();
}

Napi::Value NativeDecodedFrames::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

void NativeDecodedFrames::define(Napi::Env env, Napi::Object exports) {
  exports.Set("DecodedFrames", DefineClass(env, "DecodedFrames",
                                           {InstanceMethod<&NativeDecodedFrames::take>("take"),
                                            InstanceMethod<&NativeDecodedFrames::stats>("stats"),
                                            InstanceMethod<&NativeDecodedFrames::close>("close")}));
}

}  // namespace flux::binding
