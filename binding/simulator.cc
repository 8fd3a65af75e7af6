#include "simulator.h"

#include "addon_data.h"
#include "arguments.h"
#include "async.h"
#include "engine/clip_loader.h"
#include "error.h"
#include "object.h"

namespace flux::binding {
namespace {

struct StartOptions {
  rtsp::ServerOptions server;
  std::string clip;
  std::string subClip;
};

StartOptions startOptions(const Options& from) {
  StartOptions options;
  options.server.host = from.text("host");
  options.server.port = static_cast<uint16_t>(from.integer("port", 0, 65535));
  options.server.cameras = static_cast<int>(from.integer("cameras", 1, 4096));
  options.server.pacing =
      from.text("pacing") == "packet" ? rtsp::Pacing::kPacket : rtsp::Pacing::kFrame;
  options.server.username = from.text("username");
  options.server.password = from.text("password");
  options.server.sentLogCapacity = static_cast<size_t>(from.integer("sentLogCapacity", 0, 1 << 20));
  options.clip = from.text("clip");
  options.subClip = from.text("subClip");
  return options;
}

Napi::Object statsObject(Napi::Env env, const rtsp::StreamStats& stats) {
  Fields out(env);
  out.set("path", stats.path);
  out.set("sessions", stats.sessions);
  out.set("sessionsTotal", stats.sessionsTotal);
  out.set("framesSent", stats.framesSent);
  out.set("framesDropped", stats.framesDropped);
  out.set("packetsSent", stats.packetsSent);
  out.set("bytesSent", stats.bytesSent);
  out.set("receiverReports", stats.receiverReports);
  return out.object();
}

Napi::Object sentObject(Napi::Env env, const rtsp::SentFrame& frame) {
  Fields out(env);
  out.set("sentAt", frame.sentWallMs);
  out.set("rtpTimestamp", frame.rtpTimestamp);
  out.set("clipIndex", frame.clipIndex);
  out.set("keyFrame", frame.keyFrame);
  return out.object();
}

}  // namespace

NativeSimulator::NativeSimulator(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSimulator>(info),
      running_(std::make_shared<std::unique_ptr<Running>>()),
      lifetime_(std::make_unique<Lifetime>(info.Env(), [held = running_] { held->reset(); })) {}

Napi::Value NativeSimulator::start(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return AsyncTask<std::unique_ptr<Running>>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:simulate",
        [options = startOptions(Options(info[0]))]() mutable {
          options.server.main = loadClip(options.clip);
          options.server.sub =
              options.subClip.empty() ? options.server.main : loadClip(options.subClip);
          return std::make_unique<Running>(std::move(options.server));
        },
        [](Napi::Env env, std::unique_ptr<Running>&& running) -> Napi::Value {
          const Napi::Object object = AddonData::of(env).simulator.New({});
          *Unwrap(object)->running_ = std::move(running);
          return object;
        });
  });
}

rtsp::Server& NativeSimulator::server() const {
  if (lifetime_->isClosing() || *running_ == nullptr) {
    throw Error("ERR_CLOSED", "the simulator is closed");
  }
  return *(*running_)->server;
}

Napi::Value NativeSimulator::port(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), server().port()); });
}

Napi::Value NativeSimulator::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return toArray(info.Env(), server().stats(), statsObject); });
}

Napi::Value NativeSimulator::sentFrames(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return toArray(info.Env(), server().sentFrames(textArgument(info[0], "path")), sentObject);
  });
}

void NativeSimulator::disconnectAll(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { server().disconnectAll(); });
}

Napi::Value NativeSimulator::close(const Napi::CallbackInfo& info) {
  return lifetime_->close(info.This().As<Napi::Object>());
}

void NativeSimulator::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).simulator = Napi::Persistent(
      DefineClass(env, "Simulator",
                  {InstanceAccessor<&NativeSimulator::port>("port"),
                   InstanceMethod<&NativeSimulator::stats>("stats"),
                   InstanceMethod<&NativeSimulator::sentFrames>("sentFrames"),
                   InstanceMethod<&NativeSimulator::disconnectAll>("disconnectAll"),
                   InstanceMethod<&NativeSimulator::close>("close")}));
  exports.Set("startSimulator", Napi::Function::New(env, start, "startSimulator"));
}

}  // namespace flux::binding
