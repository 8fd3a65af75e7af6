#include "encoder.h"

#include <utility>

#include "addon_data.h"
#include "arguments.h"
#include "camera.h"
#include "camera_options.h"
#include "decoder.h"
#include "error.h"

namespace flux::binding {
namespace {

EncodedStreamOptions streamOptions(const Options& from) {
  constexpr int64_t kMaxSide = 16384;
  return {.target = {.codec = from.oneOf<Codec>("codec",
                                                {{"h264", Codec::kH264}, {"h265", Codec::kH265}}),
                     .box = {static_cast<int>(from.integer("width", 1, kMaxSide)),
                             static_cast<int>(from.integer("height", 1, kMaxSide))},
                     .frameRate = from.finite("frameRate"),
                     .bitrate = from.integer("bitrate"),
                     .passthrough = from.flag("passthrough")},
          .backend =
              from.oneOf<EncoderBackend>("backend", {{"auto", EncoderBackend::kAuto},
                                                     {"nvenc", EncoderBackend::kNvenc},
                                                     {"libavcodec", EncoderBackend::kLibavcodec}}),
          .threads = static_cast<int>(from.integer("threads", 1, 16)),
          .lingerMs = from.integer("lingerMs")};
}

/// Whatever the decoder delivers, at its own pace.
EncodedStream::OpenPictures picturesOf(const std::shared_ptr<StreamDecoder>& decoder) {
  return [decoder](StreamKind, double, std::function<void(const video::DecodedFrame&)> sink) {
    return std::shared_ptr<void>(
        std::make_shared<StreamDecoder::Subscription>(decoder->subscribe(std::move(sink))));
  };
}

Napi::Object toObject(Napi::Env env, const EncodeRoute& route) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("stream", streamName(route.stream));
  object.Set("passthrough", route.passthrough);
  return object;
}

Napi::Object toObject(Napi::Env env, const EncodedStreamEvent& event) {
  Napi::Object object = Napi::Object::New(env);
  if (const auto* change = std::get_if<EncodeRouteEvent>(&event)) {
    object.Set("type", "route");
    object.Set("route", toObject(env, change->route));
  } else if (const auto* made = std::get_if<EncoderBackendEvent>(&event)) {
    object.Set("type", "backend");
    object.Set("backend", made->backend);
    object.Set("reason", made->reason);
    object.Set("width", made->size.width);
    object.Set("height", made->size.height);
  } else {
    const auto& failure = std::get<EncoderErrorEvent>(event);
    object.Set("type", "failure");
    object.Set("code", failure.code);
    object.Set("message", failure.message);
  }
  return object;
}

}  // namespace

NativeEncoder::NativeEncoder(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeEncoder>(info) {
  guarded(info.Env(), [&] {
    const bool fromDecoder = AddonData::isA(info[0], &AddonData::decoder);
    const std::shared_ptr<StreamDecoder> decoder =
        fromDecoder ? NativeDecoder::from(info[0]) : nullptr;
    const std::shared_ptr<Camera> camera = fromDecoder ? nullptr : NativeCamera::from(info[0]);
    const EncodedStreamOptions options = streamOptions(Options(info[1]));
    listener_ = std::make_unique<Listener<EncodedStreamEvent>>(
        info.Env(), "fluxvision:encoder", functionArgument(info[2], "onEvents"), AtClose::kDeliver,
        [](Napi::Env env, const EncodedStreamEvent& event) { return toObject(env, event); });
    const auto channel = listener_->channel();
    channel->keepAlive(info.Env(), false);  // those who read its frames do
    const auto listener = [channel](const EncodedStreamEvent& event) { channel->push(event); };
    const auto pool = EncoderPool::acquire();
    encoder_ = fromDecoder ? pool->open(decoder, picturesOf(decoder), options, listener)
                           : pool->open(camera, options, listener);
    listener_->begin(info.Env(), [encoder = encoder_] { encoder->close(); });
    listener_->hold(info.This().As<Napi::Object>());
  });
}

Napi::Value NativeEncoder::requestKeyFrame(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Boolean::New(info.Env(), encoder_->requestKeyFrame());
  });
}

void NativeEncoder::setBitrate(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { encoder_->setBitrate(integerArgument(info[0], "bitrate")); });
}

Napi::Value NativeEncoder::stats(const Napi::CallbackInfo& info) {
  const EncodedStreamStats stats = encoder_->stats();
  const FrameEncoderStats& encoder = stats.encoder;
  Fields out(info.Env());
  if (stats.route) out.set("route", toObject(info.Env(), *stats.route));
  out.set("viewers", stats.viewers);
  out.set("switches", stats.switches);
  out.set("framesPassed", stats.framesPassed);
  out.set("bytesPassed", stats.bytesPassed);
  out.set("framesSkipped", stats.framesSkipped);
  out.set("backend", encoder.backend);
  out.set("width", encoder.size.width);
  out.set("height", encoder.size.height);
  out.set("bitrate", encoder.bitrate);
  out.set("framesIn", encoder.framesIn);
  out.set("framesLimited", encoder.framesLimited);
  out.set("framesDropped", encoder.framesDropped);
  out.set("framesEncoded", encoder.framesOut);
  out.set("keyFrames", encoder.keyFrames);
  out.set("keyFrameRequests", encoder.keyFrameRequests);
  out.set("bytesEncoded", encoder.bytesOut);
  out.set("errors", encoder.errors);
  out.set("encodersMade", encoder.encodersMade);
  out.set("encodeMicros", encoder.encodeMicros);
  out.set("maxEncodeMicros", encoder.maxEncodeMicros);
  return out.object();
}

Napi::Value NativeEncoder::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

bool NativeEncoder::is(const Napi::Value& value) {
  return AddonData::isA(value, &AddonData::encoder);
}

std::shared_ptr<SharedEncoder> NativeEncoder::from(const Napi::Value& value) {
  NativeEncoder* self = Unwrap(value.As<Napi::Object>());
  if (self->listener_->isClosing()) throw Error("ERR_CLOSED", "the encoder is closed");
  return self->encoder_;
}

void NativeEncoder::define(Napi::Env env, Napi::Object exports) {
  const Napi::Function constructor =
      DefineClass(env, "Encoder",
                  {InstanceMethod<&NativeEncoder::requestKeyFrame>("requestKeyFrame"),
                   InstanceMethod<&NativeEncoder::setBitrate>("setBitrate"),
                   InstanceMethod<&NativeEncoder::stats>("stats"),
                   InstanceMethod<&NativeEncoder::close>("close")});
  AddonData::of(env).encoder = Napi::Persistent(constructor);
  exports.Set("Encoder", constructor);
}

}  // namespace flux::binding
