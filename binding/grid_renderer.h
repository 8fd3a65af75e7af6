// NativeGridRenderer: a wall of cameras behind a JavaScript object.
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "engine/stream_decoder.h"
#include "listener.h"
#include "render/grid_renderer.h"

namespace flux::binding {

class NativeGridRenderer final : public Napi::ObjectWrap<NativeGridRenderer> {
 public:
  explicit NativeGridRenderer(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  struct Failure {
    std::string code;
    std::string message;
  };
  struct Input {
    render::WindowEvent event;
    int tile = -1;
  };
  using Event = std::variant<render::TileView, Failure, Input>;

  /// The renderer, which opens on another thread and may be closed meanwhile.
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<render::GridRenderer> renderer;
    bool closed = false;

    void close();
  };

  static Napi::Object toObject(Napi::Env env, const Event& event);
  /// Throws ERR_CLOSED.
  [[nodiscard]] std::shared_ptr<render::GridRenderer> renderer() const;

  Napi::Value open(const Napi::CallbackInfo& info);
  void setLayout(const Napi::CallbackInfo& info);
  void setTile(const Napi::CallbackInfo& info);
  void setSource(const Napi::CallbackInfo& info);
  void setBoxes(const Napi::CallbackInfo& info);
  void setOverlays(const Napi::CallbackInfo& info);
  void setBackground(const Napi::CallbackInfo& info);
  void fullscreen(const Napi::CallbackInfo& info);
  void resize(const Napi::CallbackInfo& info);
  void setWindowFullscreen(const Napi::CallbackInfo& info);
  void show(const Napi::CallbackInfo& info);
  void showFrame(const Napi::CallbackInfo& info);
  void clear(const Napi::CallbackInfo& info);
  Napi::Value capture(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  render::GridRendererOptions options_;
  Napi::FunctionReference onEvents_;  ///< until open()
  std::shared_ptr<Slot> slot_ = std::make_shared<Slot>();
  std::unique_ptr<Listener<Event>> listener_;
  std::map<int, StreamDecoder::Subscription> sources_;  ///< by tile
};

}  // namespace flux::binding
