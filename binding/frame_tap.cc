#include "frame_tap.h"

#include <algorithm>
#include <cmath>

#include "arguments.h"
#include "camera.h"
#include "camera_options.h"
#include "encoder.h"
#include "error.h"

namespace flux::binding {
namespace {

const char* kindName(MediaKind kind) {
  switch (kind) {
    case MediaKind::kAudio:
      return "audio";
    case MediaKind::kMetadata:
      return "metadata";
    default:
      return "video";
  }
}

Napi::Object frameObject(Napi::Env env, const LiveTap::Frame& frame) {
  const AccessUnit& unit = *frame.unit;
  Fields out(env);
  out.set("kind", kindName(unit.kind()));
  out.set("codec", unit.parameters->codecString);
  // A copy: the recorder and others share the engine's buffer, and JavaScript may write to its own.
  out.set("data", Napi::Buffer<uint8_t>::Copy(env, unit.data.data(), unit.data.size()));
  out.set("timestamp",
          static_cast<double>(unit.mediaTime) * 1e6 / static_cast<double>(unit.clockRate));
  out.set("arrival", unit.arrivalWallMs);
  out.set("keyFrame", unit.keyFrame);
  out.set("afterGap", frame.afterGap);
  out.set("width", unit.parameters->width);
  out.set("height", unit.parameters->height);
  const Bytes& configuration = unit.parameters->decoderConfiguration;
  if (unit.keyFrame && !configuration.empty()) {
    out.set("decoderConfiguration",
            Napi::Buffer<uint8_t>::Copy(env, configuration.data(), configuration.size()));
  }
  return out.object();
}

/// Pixels: what is no number is nothing to see.
int pixelsArgument(const Napi::Value& value) {
  constexpr double kMax = 1e6;
  const double pixels = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  return pixels > 0 ? static_cast<int>(std::floor(std::max(1.0, std::min(pixels, kMax)))) : 0;
}

Napi::Value chooseQuality(const Napi::CallbackInfo& info) {
  const Quality quality = qualityForTile(pixelsArgument(info[0]), pixelsArgument(info[1]));
  return Napi::String::New(info.Env(), qualityName(quality));
}

}  // namespace

NativeFrameTap::NativeFrameTap(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeFrameTap>(info) {
  guarded(info.Env(), [&] {
    if (NativeEncoder::is(info[0])) {
      encoder_ = NativeEncoder::from(info[0]);
    }
    const std::shared_ptr<Camera> camera =
        encoder_ == nullptr ? NativeCamera::from(info[0]) : nullptr;
    const Options from(info[1]);
    LiveTapOptions options;
    options.maxQueuedBytes = static_cast<size_t>(from.integer("maxQueuedBytes", 1));
    options.video = from.flag("video");
    options.audio = from.flag("audio");
    options.metadata = from.flag("metadata");
    const Quality quality = qualityArgument(from.value("quality"));
    listener_ = std::make_unique<Listener<Ready>>(info.Env(), "fluxvision:frames",
                                                  functionArgument(info[2], "onReady"));
    tap_ = std::make_shared<LiveTap>(options,
                                     [channel = listener_->channel()] { channel->push(Ready{}); });
    if (camera != nullptr) view_ = std::make_shared<StreamSwitch>(camera, tap_);
    listener_->begin(info.Env(), [view = view_, encoder = encoder_, tap = tap_] {
      if (view != nullptr) view->close();
      if (encoder != nullptr) encoder->removeTap(tap);
    });
    listener_->hold(info.This().As<Napi::Object>());
    if (view_ != nullptr) {
      view_->setQuality(quality);
    } else {
      encoder_->addTap(tap_);
    }
  });
}

void NativeFrameTap::setQuality(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (view_ == nullptr) {
      throw Error("ERR_UNSUPPORTED",
                  "an encoder's frames are of one quality: make another encoder for another");
    }
    view_->setQuality(qualityArgument(info[0]));
  });
}

Napi::Value NativeFrameTap::take(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto frames = tap_->take(static_cast<size_t>(integerArgument(info[0], "maxBytes")));
    return toArray(info.Env(), frames, frameObject);
  });
}

Napi::Value NativeFrameTap::stats(const Napi::CallbackInfo& info) {
  const LiveTap::Stats stats = tap_->stats();
  std::optional<StreamKind> shown;
  uint64_t switches = 0;
  if (view_ != nullptr) {
    shown = view_->shown();
    switches = view_->switches();
  } else {
    const EncodedStreamStats encoded = encoder_->stats();
    if (encoded.route) shown = encoded.route->stream;
    switches = encoded.switches;
  }
  Fields out(info.Env());
  out.set("framesDelivered", stats.delivered);
  out.set("framesDropped", stats.dropped);
  out.set("queuedBytes", stats.queuedBytes);
  out.set("switches", switches);
  if (shown) out.set("stream", streamName(*shown));
  return out.object();
}

Napi::Value NativeFrameTap::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

void NativeFrameTap::define(Napi::Env env, Napi::Object exports) {
  exports.Set("qualityForTile", Napi::Function::New(env, chooseQuality, "qualityForTile"));
  exports.Set("FrameTap", DefineClass(env, "FrameTap",
                                      {InstanceMethod<&NativeFrameTap::setQuality>("setQuality"),
                                       InstanceMethod<&NativeFrameTap::take>("take"),
                                       InstanceMethod<&NativeFrameTap::stats>("stats"),
                                       InstanceMethod<&NativeFrameTap::close>("close")}));
}

}  // namespace flux::binding
