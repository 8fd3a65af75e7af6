#include "motion_watcher.h"

#include <utility>
#include <vector>

#include "arguments.h"
#include "decoder.h"
#include "error.h"

namespace flux::binding {
namespace {

float numberOf(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!std::isfinite(number)) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a number");
  }
  return static_cast<float>(number);
}

Napi::Object objectOf(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be an object");
  }
  return value.As<Napi::Object>();
}

video::MotionZone zoneArgument(const Napi::Value& value) {
  const Options from(value);
  video::MotionZone zone;
  zone.name = from.text("name");
  zone.exclude = from.flag("exclude");
  zone.sensitivity = static_cast<int>(from.integer("sensitivity", 0, 100));
  const Napi::Array corners = from.array("polygon");
  for (uint32_t i = 0; i < corners.Length(); ++i) {
    const Napi::Object corner = objectOf(corners.Get(i), "polygon");
    zone.polygon.push_back({numberOf(corner, "x"), numberOf(corner, "y")});
  }
  return zone;
}

MotionWatcherOptions watcherOptions(const Napi::Value& value) {
  const Options from(value);
  const Napi::Object object = value.As<Napi::Object>();
  MotionWatcherOptions options;
  options.motion.sensitivity = static_cast<int>(from.integer("sensitivity", 0, 100));
  options.motion.minRegion = numberOf(object, "minRegion");
  const Napi::Array zones = from.array("zones");
  for (uint32_t i = 0; i < zones.Length(); ++i) {
    options.motion.zones.push_back(zoneArgument(zones.Get(i)));
  }
  options.framesPerSecond = numberOf(object, "framesPerSecond");
  options.cells = static_cast<int>(from.integer("cells", 32, 640));
  options.episode.stopAfterMs = from.integer("stopAfterMs");
  options.episode.updateEveryMs = from.integer("updateEveryMs");
  return options;
}

Napi::Object toObject(Napi::Env env, const video::Box& box) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("x", box.x);
  object.Set("y", box.y);
  object.Set("width", box.width);
  object.Set("height", box.height);
  return object;
}

const char* phaseName(MotionPhase phase) {
  switch (phase) {
    case MotionPhase::kStart:
      return "start";
    case MotionPhase::kUpdate:
      return "update";
    case MotionPhase::kEnd:
      return "end";
  }
  return "end";
}

Napi::Object toObject(Napi::Env env, const MotionEvent& event) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("phase", phaseName(event.phase));
  object.Set("from", static_cast<double>(event.fromMs));
  object.Set("to", static_cast<double>(event.toMs));
  object.Set("score", event.score);
  object.Set("box", toObject(env, event.box));
  object.Set("zones", event.zones);
  Napi::Array regions = Napi::Array::New(env, event.regions.size());
  for (uint32_t i = 0; i < event.regions.size(); ++i) {
    const video::MotionRegion& region = event.regions[i];
    Napi::Object each = Napi::Object::New(env);
    each.Set("box", toObject(env, region.box));
    each.Set("score", region.score);
    each.Set("area", region.area);
    each.Set("zones", region.zones);
    regions.Set(i, each);
  }
  object.Set("regions", regions);
  return object;
}

}  // namespace

NativeMotionWatcher::NativeMotionWatcher(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeMotionWatcher>(info) {
  guarded(info.Env(), [&] {
    const std::shared_ptr<StreamDecoder> decoder = NativeDecoder::from(info[0]);
    const MotionWatcherOptions options = watcherOptions(info[1]);
    onEvents_ = Napi::Persistent(functionArgument(info[2], "onEvents"));
    events_ = std::make_shared<EventChannel<MotionEvent>>(
        info.Env(), "fluxvision:motion",
        [this](Napi::Env env, const std::vector<MotionEvent>& events) {
          Napi::Array list = Napi::Array::New(env, events.size());
          for (uint32_t i = 0; i < events.size(); ++i) list.Set(i, toObject(env, events[i]));
          onEvents_.Call({list});
        });
    // Its frames come from a decoder, which keeps the process alive where anything has to.
    events_->keepAlive(info.Env(), false);
    watcher_ = std::make_shared<MotionWatcher>(
        options, [channel = events_](MotionEvent event) { channel->push(std::move(event)); });
    auto subscription = std::make_shared<StreamDecoder::Subscription>(decoder->subscribe(
        [watcher = watcher_](const video::DecodedFrame& frame) { watcher->onFrame(frame); }));
    lifetime_ = std::make_unique<Lifetime>(
        info.Env(),
        [watcher = watcher_, subscription] {
          subscription->reset();
          watcher->close();
        },
        [channel = events_] { channel->close(); });
    Ref();  // until close()
  });
}

void NativeMotionWatcher::pass(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsNumber()) throw Error("ERR_INVALID_ARGUMENT", "now must be a number");
    watcher_->pass(info[0].As<Napi::Number>().Int64Value());
  });
}

Napi::Value NativeMotionWatcher::stats(const Napi::CallbackInfo& info) {
  const MotionWatcherStats stats = watcher_->stats();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("frames", static_cast<double>(stats.frames));
  object.Set("framesPassed", static_cast<double>(stats.framesPassed));
  object.Set("framesDamaged", static_cast<double>(stats.framesDamaged));
  object.Set("framesFailed", static_cast<double>(stats.framesFailed));
  object.Set("events", static_cast<double>(stats.events));
  object.Set("lightChanges", static_cast<double>(stats.lightChanges));
  object.Set("microsPerFrame", stats.frames == 0 ? 0.0
                                                 : static_cast<double>(stats.micros) /
                                                       static_cast<double>(stats.frames));
  object.Set("moving", stats.moving);
  object.Set("learning", stats.learning);
  return object;
}

Napi::Value NativeMotionWatcher::close(const Napi::CallbackInfo& info) {
  const bool first = !lifetime_->isClosing();
  const Napi::Value promise =
      lifetime_->close(info.This().As<Napi::Object>(), [this](Napi::Env env) {
        events_->drain(env);  // motion that went on has ended
        events_->close();
        onEvents_.Reset();  // it holds the JavaScript object, which holds this one
      });
  if (first) Unref();
  return promise;
}

void NativeMotionWatcher::define(Napi::Env env, Napi::Object exports) {
  exports.Set("MotionWatcher", DefineClass(env, "MotionWatcher",
                                           {InstanceMethod<&NativeMotionWatcher::pass>("pass"),
                                            InstanceMethod<&NativeMotionWatcher::stats>("stats"),
                                            InstanceMethod<&NativeMotionWatcher::close>("close")}));
}

}  // namespace flux::binding
