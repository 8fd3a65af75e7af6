#include "motion_watcher.h"

#include <utility>
#include <vector>

#include "arguments.h"
#include "decoder.h"
#include "error.h"

namespace flux::binding {
namespace {

float floatOf(const Options& from, const char* name) {
  return static_cast<float>(from.finite(name));
}

video::MotionZone zoneArgument(const Napi::Value& value) {
  const Options from(value);
  video::MotionZone zone;
  zone.name = from.text("name");
  zone.exclude = from.flag("exclude");
  zone.sensitivity = static_cast<int>(from.integer("sensitivity", 0, 100));
  const Napi::Array corners = from.array("polygon");
  for (uint32_t i = 0; i < corners.Length(); ++i) {
    const Options corner(corners.Get(i));
    zone.polygon.push_back({floatOf(corner, "x"), floatOf(corner, "y")});
  }
  return zone;
}

MotionWatcherOptions watcherOptions(const Napi::Value& value) {
  const Options from(value);
  MotionWatcherOptions options;
  options.motion.sensitivity = static_cast<int>(from.integer("sensitivity", 0, 100));
  options.motion.minRegion = floatOf(from, "minRegion");
  const Napi::Array zones = from.array("zones");
  for (uint32_t i = 0; i < zones.Length(); ++i) {
    options.motion.zones.push_back(zoneArgument(zones.Get(i)));
  }
  options.framesPerSecond = floatOf(from, "framesPerSecond");
  options.cells = static_cast<int>(from.integer("cells", 32, 640));
  options.episode.stopAfterMs = from.integer("stopAfterMs");
  options.episode.updateEveryMs = from.integer("updateEveryMs");
  options.episode.maxEventMs = from.integer("maxEventMs");
  return options;
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
  Fields out(env);
  out.set("phase", phaseName(event.phase));
  out.set("from", event.fromMs);
  out.set("to", event.toMs);
  out.set("score", event.score);
  out.set("box", rectObject(env, event.box));
  out.set("zones", event.zones);
  out.set("regions", toArray(env, event.regions, [](Napi::Env inner, const auto& region) {
            return Fields(inner)
                .set("box", rectObject(inner, region.box))
                .set("score", region.score)
                .set("area", region.area)
                .set("zones", region.zones)
                .object();
          }));
  return out.object();
}

}  // namespace

NativeMotionWatcher::NativeMotionWatcher(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeMotionWatcher>(info) {
  guarded(info.Env(), [&] {
    const std::shared_ptr<StreamDecoder> decoder = NativeDecoder::from(info[0]);
    const MotionWatcherOptions options = watcherOptions(info[1]);
    // At close(), motion that went on has ended: that is told.
    listener_ = std::make_unique<Listener<MotionEvent>>(
        info.Env(), "fluxvision:motion", functionArgument(info[2], "onEvents"), AtClose::kDeliver,
        [](Napi::Env env, const MotionEvent& event) { return toObject(env, event); });
    const auto channel = listener_->channel();
    // Its frames come from a decoder, which keeps the process alive where anything has to.
    channel->keepAlive(info.Env(), false);
    watcher_ = std::make_shared<MotionWatcher>(
        options, [channel](MotionEvent event) { channel->push(std::move(event)); });
    auto subscription = std::make_shared<StreamDecoder::Subscription>(decoder->subscribe(
        [watcher = watcher_](const video::DecodedFrame& frame) { watcher->onFrame(frame); }));
    listener_->begin(info.Env(), [watcher = watcher_, subscription] {
      subscription->reset();
      watcher->close();
    });
    listener_->hold(info.This().As<Napi::Object>());
  });
}

void NativeMotionWatcher::pass(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { watcher_->pass(integerArgument(info[0], "now")); });
}

Napi::Value NativeMotionWatcher::stats(const Napi::CallbackInfo& info) {
  const MotionWatcherStats stats = watcher_->stats();
  Fields out(info.Env());
  out.set("frames", stats.frames);
  out.set("framesPassed", stats.framesPassed);
  out.set("framesDamaged", stats.framesDamaged);
  out.set("framesFailed", stats.framesFailed);
  out.set("events", stats.events);
  out.set("lightChanges", stats.lightChanges);
  out.set("microsPerFrame", stats.frames == 0 ? 0.0
                                              : static_cast<double>(stats.micros) /
                                                    static_cast<double>(stats.frames));
  out.set("moving", stats.moving);
  out.set("learning", stats.learning);
  return out.object();
}

Napi::Value NativeMotionWatcher::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

void NativeMotionWatcher::define(Napi::Env env, Napi::Object exports) {
  exports.Set("MotionWatcher", DefineClass(env, "MotionWatcher",
                                           {InstanceMethod<&NativeMotionWatcher::pass>("pass"),
                                            InstanceMethod<&NativeMotionWatcher::stats>("stats"),
                                            InstanceMethod<&NativeMotionWatcher::close>("close")}));
}

}  // namespace flux::binding
