#include "grid_renderer.h"

#include <future>
#include <utility>

#include "async.h"
#include "decoder.h"
#include "error.h"
#include "grid_options.h"
#include "picture.h"
#include "video/png_encoder.h"

namespace flux::binding {
namespace {

int tileArgument(const Napi::Value& value) {
  const double tile = finiteArgument(value, "tile");
  if (!(tile >= 0 && tile < render::kMaxTiles)) {
    throw Error("ERR_INVALID_ARGUMENT", "tile must be 0 to 63");
  }
  return static_cast<int>(tile);
}

const char* typeName(render::WindowEvent::Type type) {
  using Type = render::WindowEvent::Type;
  switch (type) {
    case Type::kClose:
      return "close";
    case Type::kKey:
      return "key";
    case Type::kClick:
      return "click";
    case Type::kDoubleClick:
      return "doubleclick";
    case Type::kResize:
      return "resize";
    case Type::kHide:
      return "hide";
    case Type::kShow:
      return "show";
  }
  return "";
}

render::GridRenderer::Capture captureNow(render::GridRenderer& renderer) {
  std::promise<render::GridRenderer::Capture> promise;
  std::future<render::GridRenderer::Capture> done = promise.get_future();
  renderer.capture([&](render::GridRenderer::Capture&& capture, const std::exception_ptr& error) {
    if (error) {
      promise.set_exception(error);
    } else {
      promise.set_value(std::move(capture));
    }
  });
  return done.get();
}

Napi::Value captureObject(Napi::Env env, render::GridRenderer::Capture&& capture) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("width", capture.size.width);
  object.Set("height", capture.size.height);
  auto* kept = new std::vector<uint8_t>(std::move(capture.rgba));  // freed with the buffer
  object.Set("data",
             Napi::Buffer<uint8_t>::NewOrCopy(
                 env, kept->data(), kept->size(),
                 [](Napi::Env, uint8_t*, std::vector<uint8_t>* bytes) { delete bytes; }, kept));
  return object;
}

}  // namespace

void NativeGridRenderer::Slot::close() {
  std::shared_ptr<render::GridRenderer> open;
  {
    const std::lock_guard lock(mutex);
    closed = true;
    open.swap(renderer);
  }
  if (open) open->close();
}

Napi::Object NativeGridRenderer::toObject(Napi::Env env, const Event& event) {
  Napi::Object object = Napi::Object::New(env);
  if (const auto* view = std::get_if<render::TileView>(&event)) {
    object.Set("type", "view");
    object.Set("tile", view->tile);
    object.Set("width", view->size.width);
    object.Set("height", view->size.height);
  } else if (const auto* failure = std::get_if<Failure>(&event)) {
    object.Set("type", "error");
    object.Set("error", makeError(env, failure->code, failure->message));
  } else {
    const auto& [input, tile] = std::get<Input>(event);
    object.Set("type", typeName(input.type));
    object.Set("key", input.key);
    object.Set("x", input.x);
    object.Set("y", input.y);
    object.Set("tile", tile);
    object.Set("width", input.size.width);
    object.Set("height", input.size.height);
  }
  return object;
}

NativeGridRenderer::NativeGridRenderer(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeGridRenderer>(info) {
  guarded(info.Env(), [&] {
    options_ = readRendererOptions(Options(info[0]));
    onEvents_ = Napi::Persistent(functionArgument(info[1], "onEvents"));
  });
}

std::shared_ptr<render::GridRenderer> NativeGridRenderer::renderer() const {
  const std::lock_guard lock(slot_->mutex);
  if (slot_->renderer == nullptr) throw Error("ERR_CLOSED", "the GridRenderer is closed");
  return slot_->renderer;
}

Napi::Value NativeGridRenderer::open(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (listener_ != nullptr) throw Error("ERR_STATE", "a renderer opens once");
    listener_ = std::make_unique<Listener<Event>>(info.Env(), "fluxvision:renderer",
                                                  onEvents_.Value(), AtClose::kDrop, toObject);
    onEvents_.Reset();
    listener_->begin(info.Env(), [slot = slot_] { slot->close(); });
    listener_->hold(info.This().As<Napi::Object>());
    const auto channel = listener_->channel();
    const render::GridRendererEvents events{
        .onViews =
            [channel](const std::vector<render::TileView>& views) {
              for (const auto& view : views) channel->push(view);
            },
        .onError =
            [channel](const Error& error) {
              channel->push(Failure{error.code(), error.what()});
            },
        .onWindow =
            [channel](const render::WindowEvent& event, int tile) {
              channel->push(Input{event, tile});
            }};
    return runAsync(info.Env(), info.This(), "fluxvision:openRenderer",
                    [slot = slot_, options = std::move(options_), events] {
                      auto opened = render::GridRenderer::open(options, events);
                      const std::lock_guard lock(slot->mutex);
                      if (slot->closed) throw Error("ERR_CLOSED", "the GridRenderer was closed");
                      slot->renderer = std::move(opened);
                    });
  });
}

void NativeGridRenderer::setLayout(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { renderer()->setLayout(readLayout(info[0])); });
}

void NativeGridRenderer::setTile(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto target = renderer();
    const int tile = tileArgument(info[0]);
    const Options from(info[1]);
    if (from.value("name").IsString()) target->setName(tile, from.text("name"));
    if (from.value("status").IsString()) target->setStatus(tile, readStatus(from));
    if (from.value("fit").IsString()) target->setFit(tile, readFit(from));
  });
}

void NativeGridRenderer::setSource(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto target = renderer();
    const int tile = tileArgument(info[0]);
    sources_.erase(tile);  // before the next one: no picture of the old comes after it
    if (info[1].IsUndefined()) return;
    sources_.emplace(tile, NativeDecoder::from(info[1])->subscribe(target->sink(tile)));
  });
}

void NativeGridRenderer::setBoxes(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Napi::Array boxes = arrayArgument(info[1], "boxes");
    renderer()->setBoxes(tileArgument(info[0]), readBoxes(boxes));
  });
}

void NativeGridRenderer::setOverlays(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { renderer()->setOverlays(readOverlays(Options(info[0]))); });
}

void NativeGridRenderer::setBackground(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { renderer()->setBackground(readColour(info[0]), readColour(info[1])); });
}

void NativeGridRenderer::fullscreen(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    renderer()->fullscreen(info[0].IsUndefined() ? std::nullopt
                                                 : std::optional(tileArgument(info[0])));
  });
}

void NativeGridRenderer::resize(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto side = [](const Napi::Value& value, const char* name) {
      const double pixels = finiteArgument(value, name);
      return pixels >= 1 && pixels <= 16384 ? static_cast<int>(pixels) : 0;
    };
    renderer()->resize({side(info[0], "width"), side(info[1], "height")});
  });
}

void NativeGridRenderer::setWindowFullscreen(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { renderer()->setWindowFullscreen(info[0].ToBoolean().Value()); });
}

void NativeGridRenderer::show(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { renderer()->show(tileArgument(info[0]), readPicture(Options(info[1]))); });
}

void NativeGridRenderer::showFrame(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { renderer()->show(tileArgument(info[0]), NativePicture::from(info[1]).picture); });
}

void NativeGridRenderer::clear(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { renderer()->clear(tileArgument(info[0])); });
}

Napi::Value NativeGridRenderer::capture(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const bool png = info[0].ToBoolean().Value();
    using Capture = render::GridRenderer::Capture;
    return AsyncTask<Capture>::run(
        info.Env(), info.This(), "fluxvision:capture",
        [from = renderer(), png] {
          Capture capture = captureNow(*from);
          if (png) capture.rgba = video::encodePng(capture.rgba, capture.size, true);
          return capture;
        },
        captureObject);
  });
}

Napi::Value NativeGridRenderer::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const render::GridRendererStats stats = renderer()->stats();
    Fields out(info.Env());
    out.set("backend", stats.backend);
    out.set("software", stats.software);
    out.set("text", stats.text);
    out.set("framesIn", stats.framesIn);
    out.set("framesUnseen", stats.framesUnseen);
    out.set("picturesDrawn", stats.drawn);
    out.set("drawMicros", stats.drawMicros);
    out.set("contexts", stats.contexts);
    out.set("drawCalls", stats.painter.drawCalls);
    out.set("pictures", stats.painter.pictures);
    out.set("quads", stats.painter.quads);
    out.set("framesScaled", stats.painter.scaled);
    out.set("framesScaledLate", stats.painter.scaledLate);
    out.set("framesUploaded", stats.painter.uploaded);
    out.set("bytesUploaded", stats.painter.uploadedBytes);
    out.set("framesShared", stats.painter.shared);
    if (!stats.painter.notShared.empty()) out.set("whyNotShared", stats.painter.notShared);
    out.set("framesFailed", stats.painter.skipped);
    out.set("glyphs", stats.painter.glyphs);
    out.set("atlasWidth", stats.painter.atlas.width);
    out.set("atlasHeight", stats.painter.atlas.height);
    return out.object();
  });
}

Napi::Value NativeGridRenderer::close(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (listener_ == nullptr) throw Error("ERR_STATE", "the renderer was not opened");
    sources_.clear();
    return listener_->close(info.This().As<Napi::Object>());
  });
}

void NativeGridRenderer::define(Napi::Env env, Napi::Object exports) {
  using Self = NativeGridRenderer;
  exports.Set(
      "GridRenderer",
      DefineClass(
          env, "GridRenderer",
          {InstanceMethod<&Self::open>("open"), InstanceMethod<&Self::setLayout>("setLayout"),
           InstanceMethod<&Self::setTile>("setTile"), InstanceMethod<&Self::setSource>("setSource"),
           InstanceMethod<&Self::setBoxes>("setBoxes"),
           InstanceMethod<&Self::setOverlays>("setOverlays"),
           InstanceMethod<&Self::setBackground>("setBackground"),
           InstanceMethod<&Self::fullscreen>("fullscreen"), InstanceMethod<&Self::resize>("resize"),
           InstanceMethod<&Self::setWindowFullscreen>("setWindowFullscreen"),
           InstanceMethod<&Self::show>("show"), InstanceMethod<&Self::showFrame>("showFrame"),
           InstanceMethod<&Self::clear>("clear"), InstanceMethod<&Self::capture>("capture"),
           InstanceMethod<&Self::stats>("stats"), InstanceMethod<&Self::close>("close")}));
}

}  // namespace flux::binding
