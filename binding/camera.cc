#include "camera.h"

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

Napi::Object eventObject(Napi::Env env, const CameraEvent& event) {
  Fields out(env);
  if (const auto* state = std::get_if<CameraStateEvent>(&event)) {
    out.set("type", "state");
    out.set("stream", streamName(state->stream));
    out.set("state", stateName(state->state));
    out.set("at", state->atMs);
    if (!state->code.empty()) {
      out.set("code", state->code);
      out.set("message", state->message);
      out.set("retryInMs", state->retryInMs);
    }
  } else {
    const auto& change = std::get<CameraParametersEvent>(event);
    out.set("type", "parameters");
    out.set("stream", streamName(change.stream));
    out.set("at", change.atMs);
    out.set("width", change.parameters->width);
    out.set("height", change.parameters->height);
    out.set("codec", change.parameters->codecString);
    out.set("frameRate", change.parameters->frameRate);
  }
  return out.object();
}

}  // namespace

NativeCamera::NativeCamera(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeCamera>(info) {
  guarded(info.Env(), [&] {
    CameraOptions options = readCameraOptions(Options(info[0]));
    listener_ = std::make_unique<Listener<CameraEvent>>(info.Env(), "fluxvision:camera",
                                                        functionArgument(info[1], "onEvents"),
                                                        AtClose::kDeliver, eventObject);
    const auto channel = listener_->channel();
    channel->keepAlive(info.Env(), false);  // a camera that was not started holds nobody up
    camera_ =
        std::make_shared<Camera>(Engine::acquire(), std::move(options),
                                 [channel](CameraEvent event) { channel->push(std::move(event)); });
    listener_->begin(info.Env(), [camera = camera_] { camera->close(); });
  });
}

void NativeCamera::start(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (listener_->isClosing()) throw Error("ERR_CLOSED", "the camera is closed");
    listener_->hold(info.This().As<Napi::Object>());
    listener_->channel()->keepAlive(info.Env(), true);
    camera_->start(info[0].ToBoolean().Value());
  });
}

Napi::Value NativeCamera::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const rtsp::ClientStats* stats = camera_->stats(streamArgument(info[0]));
    if (stats == nullptr) return info.Env().Undefined();
    Fields out(info.Env());
    out.set("bytesReceived", stats->bytesReceived);
    out.set("packetsReceived", stats->packetsReceived);
    out.set("packetsLost", stats->packetsLost);
    out.set("packetsDuplicated", stats->packetsDuplicated);
    out.set("packetsMalformed", stats->packetsMalformed);
    out.set("accessUnits", stats->accessUnits);
    out.set("accessUnitsDropped", stats->accessUnitsDropped);
    out.set("audioFrames", stats->audioFrames);
    out.set("metadataUnits", stats->metadataUnits);
    out.set("connects", stats->connects);
    out.set("failures", stats->failures);
    out.set("receiverReports", stats->receiverReports);
    Fields quirks(info.Env());
    for (size_t i = 0; i < static_cast<size_t>(rtsp::Quirk::kCount); ++i) {
      const auto quirk = static_cast<rtsp::Quirk>(i);
      const uint64_t count = stats->quirks.count(quirk);
      if (count > 0) quirks.set(rtsp::quirkName(quirk), count);
    }
    out.set("quirks", quirks.object());
    return out.object();
  });
}

Napi::Value NativeCamera::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

std::shared_ptr<Camera> NativeCamera::from(const Napi::Value& value) {
  if (!AddonData::isA(value, &AddonData::camera)) {
    throw Error("ERR_INVALID_ARGUMENT", "camera must be a camera of this addon");
  }
  NativeCamera* self = Unwrap(value.As<Napi::Object>());
  if (self->listener_->isClosing()) throw Error("ERR_CLOSED", "the camera is closed");
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
