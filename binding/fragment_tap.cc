#include "fragment_tap.h"

#include "arguments.h"
#include "camera.h"
#include "camera_options.h"
#include "encoder.h"
#include "error.h"

namespace flux::binding {
namespace {

/// What JavaScript is told of a message beside its bytes.
Napi::Object describe(Napi::Env env, const FragmentTap::Message& message) {
  const CodecParameters& parameters = *message.parameters;
  Fields out(env);
  out.set("init", message.init);
  out.set("keyFrame", message.keyFrame);
  out.set("afterGap", message.afterGap);
  if (message.init) {
    out.set("codec", parameters.codecString);
    out.set("width", parameters.width);
    out.set("height", parameters.height);
  }
  return out.object();
}

}  // namespace

NativeFragmentTap::NativeFragmentTap(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeFragmentTap>(info) {
  guarded(info.Env(), [&] {
    const bool encoded = NativeEncoder::is(info[0]);
    const auto encoder = encoded ? NativeEncoder::from(info[0]) : nullptr;
    const auto camera = encoded ? nullptr : NativeCamera::from(info[0]);
    const Options from(info[1]);
    FragmentTapOptions options;
    options.muxer.number = static_cast<uint32_t>(from.integer("number", 0, UINT32_MAX));
    options.muxer.keyFramesOnly = from.flag("keyFramesOnly");
    options.maxQueuedBytes = static_cast<size_t>(from.integer("maxQueuedBytes", 1));
    const StreamKind stream = streamArgument(from.value("stream"));
    listener_ = std::make_unique<Listener<Ready>>(info.Env(), "fluxvision:fragments",
                                                  functionArgument(info[2], "onReady"));
    tap_ = std::make_shared<FragmentTap>(
        options, [channel = listener_->channel()] { channel->push(Ready{}); });
    listener_->begin(info.Env(), [camera, encoder, stream, tap = tap_] {
      if (camera != nullptr) camera->removeTap(tap, stream);
      if (encoder != nullptr) encoder->removeTap(tap);
    });
    listener_->hold(info.This().As<Napi::Object>());
    if (camera != nullptr) {
      camera->addTap(tap_, stream);
    } else {
      encoder->addTap(tap_);
    }
  });
}

Napi::Value NativeFragmentTap::take(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const auto maxBytes = static_cast<size_t>(integerArgument(info[0], "maxBytes"));
    Napi::Array list = Napi::Array::New(env);
    tap_->take(maxBytes, [&](const FragmentTap::Message& message, size_t bytes) {
      auto buffer = Napi::Buffer<uint8_t>::New(env, bytes);
      Napi::Object item = describe(env, message);
      item.Set("message", buffer);
      list.Set(list.Length(), item);
      return buffer.Data();
    });
    return list;
  });
}

Napi::Value NativeFragmentTap::stats(const Napi::CallbackInfo& info) {
  const FragmentTap::Stats stats = tap_->stats();
  Fields out(info.Env());
  out.set("fragments", stats.fragments);
  out.set("inits", stats.inits);
  out.set("bytes", stats.bytes);
  out.set("framesDropped", stats.framesDropped);
  out.set("queuedBytes", stats.queuedBytes);
  return out.object();
}

Napi::Value NativeFragmentTap::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

void NativeFragmentTap::define(Napi::Env env, Napi::Object exports) {
  exports.Set("FragmentTap", DefineClass(env, "FragmentTap",
                                         {InstanceMethod<&NativeFragmentTap::take>("take"),
                                          InstanceMethod<&NativeFragmentTap::stats>("stats"),
                                          InstanceMethod<&NativeFragmentTap::close>("close")}));
}

}  // namespace flux::binding
