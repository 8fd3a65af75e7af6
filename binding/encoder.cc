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

template <typename Value>
Value oneOf(const Options& from, const char* name,
            std::initializer_list<std::pair<const char*, Value>> choices) {
  const std::string text = from.text(name);
  for (const auto& [known, value] : choices) {
    if (text == known) return value;
  }
  throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must not be '" + text + "'");
}

EncodedStreamOptions readOptions(const Options& from) {
  constexpr int64_t kMaxSide = 16384;
  const Napi::Value rate = from.value("frameRate");
  if (!rate.IsNumber()) throw Error("ERR_INVALID_ARGUMENT", "frameRate must be a number");
  return {.target = {.codec = oneOf<Codec>(from, "codec",
                                           {{"h264", Codec::kH264}, {"h265", Codec::kH265}}),
                     .box = {static_cast<int>(from.integer("width", 1, kMaxSide)),
                             static_cast<int>(from.integer("height", 1, kMaxSide))},
                     .frameRate = rate.As<Napi::Number>().DoubleValue(),
                     .bitrate = from.integer("bitrate"),
                     .passthrough = from.flag("passthrough")},
          .backend = oneOf<EncoderBackend>(from, "backend",
                                           {{"auto", EncoderBackend::kAuto},
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
    const bool fromDecoder = info[0].IsObject() && info[0].As<Napi::Object>().InstanceOf(
                                                       AddonData::of(info.Env()).decoder.Value());
    const std::shared_ptr<StreamDecoder> decoder =
        fromDecoder ? NativeDecoder::from(info[0]) : nullptr;
    const std::shared_ptr<Camera> camera = fromDecoder ? nullptr : NativeCamera::from(info[0]);
    const EncodedStreamOptions options = readOptions(Options(info[1]));
    onEvents_ = Napi::Persistent(functionArgument(info[2], "onEvents"));
    events_ = std::make_shared<EventChannel<EncodedStreamEvent>>(
        info.Env(), "fluxvision:encoder",
        [this](Napi::Env env, const std::vector<EncodedStreamEvent>& events) {
          Napi::Array list = Napi::Array::New(env, events.size());
          for (uint32_t i = 0; i < events.size(); ++i) list.Set(i, toObject(env, events[i]));
          onEvents_.Call({list});
        });
    events_->keepAlive(info.Env(), false);  // those who read its frames do
    const auto listener = [channel = events_](const EncodedStreamEvent& event) {
      channel->push(event);
    };
    const auto pool = EncoderPool::acquire();
    encoder_ = fromDecoder ? pool->open(decoder, picturesOf(decoder), options, listener)
                           : pool->open(camera, options, listener);
    lifetime_ = std::make_unique<Lifetime>(
        info.Env(), [encoder = encoder_] { encoder->close(); },
        [channel = events_] { channel->close(); });
    Ref();  // until close()
  });
}

Napi::Value NativeEncoder::requestKeyFrame(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Boolean::New(info.Env(), encoder_->requestKeyFrame());
  });
}

void NativeEncoder::setBitrate(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsNumber()) throw Error("ERR_INVALID_ARGUMENT", "bitrate must be a number");
    encoder_->setBitrate(info[0].As<Napi::Number>().Int64Value());
  });
}

Napi::Value NativeEncoder::stats(const Napi::CallbackInfo& info) {
  const EncodedStreamStats stats = encoder_->stats();
  const FrameEncoderStats& encoder = stats.encoder;
  Napi::Object object = Napi::Object::New(info.Env());
  const auto set = [&](const char* name, auto value) {
    object.Set(name, static_cast<double>(value));
  };
  if (stats.route) object.Set("route", toObject(info.Env(), *stats.route));
  set("viewers", stats.viewers);
  set("switches", stats.switches);
  set("framesPassed", stats.framesPassed);
  set("bytesPassed", stats.bytesPassed);
  set("framesSkipped", stats.framesSkipped);
  object.Set("backend", encoder.backend);
  set("width", encoder.size.width);
  set("height", encoder.size.height);
  set("bitrate", encoder.bitrate);
  set("framesIn", encoder.framesIn);
  set("framesLimited", encoder.framesLimited);
  set("framesDropped", encoder.framesDropped);
  set("framesEncoded", encoder.framesOut);
  set("keyFrames", encoder.keyFrames);
  set("keyFrameRequests", encoder.keyFrameRequests);
  set("bytesEncoded", encoder.bytesOut);
  set("errors", encoder.errors);
  set("encodersMade", encoder.encodersMade);
  set("encodeMicros", encoder.encodeMicros);
  set("maxEncodeMicros", encoder.maxEncodeMicros);
  return object;
}

Napi::Value NativeEncoder::close(const Napi::CallbackInfo& info) {
  const bool first = !lifetime_->isClosing();
  const Napi::Value promise =
      lifetime_->close(info.This().As<Napi::Object>(), [this](Napi::Env env) {
        events_->drain(env);
        events_->close();
        onEvents_.Reset();  // it holds the JavaScript object, which holds this one
      });
  if (first) Unref();
  return promise;
}

bool NativeEncoder::is(const Napi::Value& value) {
  return value.IsObject() &&
         value.As<Napi::Object>().InstanceOf(AddonData::of(value.Env()).encoder.Value());
}

std::shared_ptr<SharedEncoder> NativeEncoder::from(const Napi::Value& value) {
  NativeEncoder* self = Unwrap(value.As<Napi::Object>());
  if (self->lifetime_->isClosing()) throw Error("ERR_CLOSED", "the encoder is closed");
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
