#include "camera.h"

#include <cmath>
#include <utility>

#include "addon_data.h"
#include "arguments.h"
#include "camera_options.h"
#include "error.h"

namespace flux::binding {
namespace {

const char* stateName(rtsp::ClientState state) {
  switch (state) {
    case rtsp::ClientState::kIdle:
      return "idle";
    case rtsp::ClientState::kConnecting:
      return "connecting";
    case rtsp::ClientState::kPlaying:
      return "playing";
    case rtsp::ClientState::kWaiting:
      return "waiting";
    case rtsp::ClientState::kClosed:
      return "closed";
  }
  return "closed";
}

Napi::Object toObject(Napi::Env env, const CameraEvent& event) {
  Napi::Object object = Napi::Object::New(env);
  if (const auto* state = std::get_if<CameraStateEvent>(&event)) {
    object.Set("type", "state");
    object.Set("stream", streamName(state->stream));
    object.Set("state", stateName(state->state));
    object.Set("at", static_cast<double>(state->atMs));
    if (!state->code.empty()) {
      object.Set("code", state->code);
      object.Set("message", state->message);
      object.Set("retryInMs", static_cast<double>(state->retryInMs));
    }
  } else {
    const auto& change = std::get<CameraParametersEvent>(event);
    object.Set("type", "parameters");
    object.Set("stream", streamName(change.stream));
    object.Set("at", static_cast<double>(change.atMs));
    object.Set("width", change.parameters->width);
    object.Set("height", change.parameters->height);
    object.Set("codec", change.parameters->codecString);
    object.Set("frameRate", change.parameters->frameRate);
  }
  return object;
}

}  // namespace

NativeCamera::NativeCamera(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeCamera>(info) {
  guarded(info.Env(), [&] {
    CameraOptions options = readCameraOptions(Options(info[0]));
    onEvents_ = Napi::Persistent(functionArgument(info[1], "onEvents"));
    events_ = std::make_shared<EventChannel<CameraEvent>>(
        info.Env(), "fluxvision:camera", [this](Napi::Env env, std::vector<CameraEvent> events) {
          Napi::Array list = Napi::Array::New(env, events.size());
          for (uint32_t i = 0; i < events.size(); ++i) list.Set(i, toObject(env, events[i]));
          onEvents_.Call({list});
        });
    events_->keepAlive(info.Env(), false);  // a camera that was not started holds nobody up
    camera_ = std::make_shared<Camera>(
        Engine::acquire(), std::move(options),
        [channel = events_](CameraEvent event) { channel->push(std::move(event)); });
    lifetime_ = std::make_unique<Lifetime>(
        info.Env(), [camera = camera_] { camera->close(); },
        [channel = events_] { channel->close(); });
  });
}

void NativeCamera::start(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (lifetime_->isClosing()) throw Error("ERR_CLOSED", "the camera is closed");
    if (!std::exchange(held_, true)) Ref();  // until close(): garbage collection must not take it
    events_->keepAlive(info.Env(), true);
    camera_->start(info[0].ToBoolean().Value());
  });
}

Napi::Value NativeCamera::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const rtsp::ClientStats* stats = camera_->stats(streamArgument(info[0]));
    if (stats == nullptr) return info.Env().Undefined();
    Napi::Object object = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, const std::atomic<uint64_t>& value) {
      object.Set(name, static_cast<double>(value.load(std::memory_order_relaxed)));
    };
    set("bytesReceived", stats->bytesReceived);
    set("packetsReceived", stats->packetsReceived);
    set("packetsLost", stats->packetsLost);
    set("packetsDuplicated", stats->packetsDuplicated);
    set("packetsMalformed", stats->packetsMalformed);
    set("accessUnits", stats->accessUnits);
    set("accessUnitsDropped", stats->accessUnitsDropped);
    set("audioFrames", stats->audioFrames);
    set("metadataUnits", stats->metadataUnits);
    set("connects", stats->connects);
    set("failures", stats->failures);
    set("receiverReports", stats->receiverReports);
    Napi::Object quirks = Napi::Object::New(info.Env());
    for (size_t i = 0; i < static_cast<size_t>(rtsp::Quirk::kCount); ++i) {
      const auto quirk = static_cast<rtsp::Quirk>(i);
      const uint64_t count = stats->quirks.count(quirk);
      if (count > 0) quirks.Set(rtsp::quirkName(quirk), static_cast<double>(count));
    }
    object.Set("quirks", quirks);
    return object;
  });
}

Napi::Value NativeCamera::close(const Napi::CallbackInfo& info) {
  return lifetime_->close(info.This().As<Napi::Object>(), [this](Napi::Env env) {
    events_->drain(env);
    events_->close();
    onEvents_.Reset();  // it holds the JavaScript object, which holds this one
    if (std::exchange(held_, false)) Unref();
  });
}

std::shared_ptr<Camera> NativeCamera::from(const Napi::Value& value) {
  if (!value.IsObject() ||
      !value.As<Napi::Object>().InstanceOf(AddonData::of(value.Env()).camera.Value())) {
    throw Error("ERR_INVALID_ARGUMENT", "camera must be a camera of this addon");
  }
  NativeCamera* self = Unwrap(value.As<Napi::Object>());
  if (self->lifetime_->isClosing()) throw Error("ERR_CLOSED", "the camera is closed");
  return self->camera_;
}

void NativeCamera::define(Napi::Env env, Napi::Object exports) {
  const Napi::Function constructor = DefineClass(
      env, "Camera",
      {InstanceMethod<&NativeCamera::start>("start"), InstanceMethod<&NativeCamera::stats>("stats"),
       InstanceMethod<&NativeCamera::close>("close")});
  AddonData::of(env).camera = Napi::Persistent(constructor);
  exports.Set("Camera", constructor);
}

}  // namespace flux::binding
