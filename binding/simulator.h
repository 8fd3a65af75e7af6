// NativeSimulator: simulated cameras, served from clips by the engine's own RTSP server.
#pragma once

#include <napi.h>

#include <memory>

#include "base/event_loop.h"
#include "lifetime.h"
#include "rtsp/server.h"

namespace flux::binding {

class NativeSimulator final : public Napi::ObjectWrap<NativeSimulator> {
 public:
  explicit NativeSimulator(const Napi::CallbackInfo& info);
  /// Adds startSimulator.
  static void define(Napi::Env env, Napi::Object exports);

  /// A server and the thread it runs on; goes in that order.
  struct Running {
    explicit Running(rtsp::ServerOptions options)
        : loop("fv-sim"), server(std::make_unique<rtsp::Server>(loop, std::move(options))) {}
    EventLoop loop;
    std::unique_ptr<rtsp::Server> server;
  };

 private:
  static Napi::Value start(const Napi::CallbackInfo& info);
  Napi::Value port(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value sentFrames(const Napi::CallbackInfo& info);
  void disconnectAll(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  /// Throws ERR_CLOSED after close().
  rtsp::Server& server() const;

  std::shared_ptr<std::unique_ptr<Running>> running_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
