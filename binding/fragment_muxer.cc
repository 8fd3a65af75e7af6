#include "fragment_muxer.h"

#include <cmath>
#include <string>

#include "arguments.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "error.h"

namespace flux::binding {
namespace {

CodecParametersPtr parametersOf(const Options& frame) {
  const std::string codec = frame.text("codec");
  if (codec == "mjpeg") {
    auto out = std::make_shared<CodecParameters>();
    out->codec = Codec::kMjpeg;
    out->codecString = codec;
    out->width = static_cast<int>(frame.integer("width", 0, UINT16_MAX));
    out->height = static_cast<int>(frame.integer("height", 0, UINT16_MAX));
    return out;
  }
  const ByteView configuration =
      bytesArgument(frame.value("decoderConfiguration"), "decoderConfiguration");
  const bool h264 = codec.starts_with("avc1.") || codec.starts_with("avc3.");
  const bool h265 = codec.starts_with("hvc1.") || codec.starts_with("hev1.");
  CodecParametersPtr out;
  if (h264) out = h264::parametersFromAvcC(configuration);
  if (h265) out = h265::parametersFromHvcC(configuration);
  if (out != nullptr) return out;
  throw Error("ERR_UNSUPPORTED",
              h264 || h265 ? "the decoder configuration of the " + codec + " frame is damaged"
                           : "viewers are sent H.264, H.265 and MJPEG, not " + codec);
}

/// Milliseconds as they come: what is no clock is its end.
int64_t microsOf(double millis) {
  constexpr double kMost = 1e15;
  return std::llround(std::fmin(std::fmax(millis, -kMost), kMost) * 1000);
}

}  // namespace

NativeFragmentMuxer::NativeFragmentMuxer(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeFragmentMuxer>(info) {
  guarded(info.Env(), [&] {
    const Options from(info[0]);
    muxer_ = std::make_unique<FragmentMuxer>(
        FragmentMuxerOptions{.number = static_cast<uint32_t>(from.integer("number", 0, UINT32_MAX)),
                             .keyFramesOnly = from.flag("keyFramesOnly")});
  });
}

/// Takes a frame's codec, decoderConfiguration, width and height. Undefined where viewers know it.
Napi::Value NativeFragmentMuxer::init(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    CodecParametersPtr parameters = parametersOf(Options(info[0]));
    if (parameters_ == nullptr || !sameParameters(*parameters, *parameters_)) {
      parameters_ = std::move(parameters);
    }
    AccessUnit first;
    first.parameters = parameters_;
    first.keyFrame = true;
    if (!muxer_->needsInit(first)) return info.Env().Undefined();
    Napi::Value message = info.Env().Undefined();
    muxer_->init(parameters_, [&](size_t bytes) {
      const auto buffer = Napi::Buffer<uint8_t>::New(info.Env(), bytes);
      message = buffer;
      return buffer.Data();
    });
    return message;
  });
}

Napi::Value NativeFragmentMuxer::fragment(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Options from(info[0]);
    const auto epoch = static_cast<uint8_t>(from.integer("epoch", 0, UINT8_MAX));
    if (parameters_ == nullptr) {
      throw Error("ERR_UNSUPPORTED", "a stream's pictures follow its init message: call init()");
    }
    AccessUnit unit;
    const ByteView data = bytesArgument(from.value("data"), "data");
    unit.data.assign(data.begin(), data.end());
    unit.parameters = parameters_;
    unit.clockRate = 1'000'000;
    unit.mediaTime = from.integer("timestamp", -9007199254740991);
    const int64_t wall = microsOf(from.finite("time"));
    unit.arrivalMicros = wall;
    unit.arrivalWallMs = wall / 1000;
    unit.keyFrame = from.flag("keyFrame");
    // Where the player sought, what came before has no distance to what comes now.
    if (epoch_ && *epoch_ != epoch) muxer_->restart(0);
    epoch_ = epoch;
    Napi::Value message = info.Env().Undefined();
    muxer_->fragment(
        unit, {.afterGap = from.flag("afterGap"), .preroll = from.flag("preroll"), .epoch = epoch},
        [&](size_t bytes) {
          const auto buffer = Napi::Buffer<uint8_t>::New(info.Env(), bytes);
          message = buffer;
          return buffer.Data();
        });
    return message;
  });
}

void NativeFragmentMuxer::define(Napi::Env env, Napi::Object exports) {
  exports.Set("FragmentMuxer",
              DefineClass(env, "FragmentMuxer",
                          {InstanceMethod<&NativeFragmentMuxer::init>("init"),
                           InstanceMethod<&NativeFragmentMuxer::fragment>("fragment")}));
}

}  // namespace flux::binding
