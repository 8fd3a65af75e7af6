#include "decoder_options.h"

#include <array>
#include <cmath>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "camera_options.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "object.h"

namespace flux::binding {
namespace {

constexpr std::array<Choice<DecoderBackend>, 3> kBackends = {
    {{"auto", DecoderBackend::kAuto},
     {"nvdec", DecoderBackend::kNvdec},
     {"libavcodec", DecoderBackend::kLibavcodec}}};
constexpr std::array<Choice<video::Matrix>, 3> kMatrices = {{{"bt601", video::Matrix::kBt601},
                                                             {"bt709", video::Matrix::kBt709},
                                                             {"bt2020", video::Matrix::kBt2020}}};
constexpr std::array<Choice<video::PixelFormat>, 7> kFormats = {
    {{"nv12", video::PixelFormat::kNv12},
     {"i420", video::PixelFormat::kI420},
     {"gray", video::PixelFormat::kGray8},
     {"rgb", video::PixelFormat::kRgb24},
     {"bgr", video::PixelFormat::kRgb24},
     {"rgba", video::PixelFormat::kRgba},
     {"bgra", video::PixelFormat::kRgba}}};
constexpr std::array<Choice<video::Fit>, 3> kFits = {{{"stretch", video::Fit::kStretch},
                                                      {"letterbox", video::Fit::kLetterbox},
                                                      {"cover", video::Fit::kCover}}};

std::optional<video::ColourSpec> readColour(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const Options from(value);
  return video::ColourSpec{from.oneOf<video::Matrix>("matrix", kMatrices), from.flag("fullRange")};
}

CodecParametersPtr parametersOf(const std::string& codec, const Bytes& configuration) {
  const auto begins = [&](const char* with) { return codec.rfind(with, 0) == 0; };
  CodecParametersPtr parameters;
  if (begins("avc1") || begins("avc3")) parameters = h264::parametersFromAvcC(configuration);
  if (begins("hvc1") || begins("hev1")) parameters = h265::parametersFromHvcC(configuration);
  return parameters;
}

CodecParametersPtr mjpegParameters(const Options& from) {
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = Codec::kMjpeg;
  parameters->codecString = "mjpeg";
  parameters->width = static_cast<int>(from.integer("width", 0, 65535));
  parameters->height = static_cast<int>(from.integer("height", 0, 65535));
  return parameters;
}

CodecParametersPtr readParameters(const Options& from, const CodecParametersPtr& previous) {
  const std::string codec = from.text("codec");
  CodecParametersPtr made;
  if (codec == "mjpeg") {
    made = mjpegParameters(from);
  } else {
    const Napi::Value value = from.value("decoderConfiguration");
    if (value.IsUndefined()) return previous;
    const ByteView bytes = bytesArgument(value, "decoderConfiguration");
    if (previous != nullptr && std::ranges::equal(previous->decoderConfiguration, bytes)) {
      return previous;
    }
    made = parametersOf(codec, Bytes(bytes.begin(), bytes.end()));
  }
  if (made == nullptr) {
    throw Error("ERR_INVALID_ARGUMENT",
                "frame: codec '" + codec + "' with this decoderConfiguration cannot be decoded");
  }
  return previous != nullptr && sameParameters(*made, *previous) ? previous : made;
}

}  // namespace

DecoderBackendOptions readBackendOptions(const Options& from) {
  DecoderBackendOptions options;
  options.backend = from.oneOf<DecoderBackend>("backend", kBackends);
  options.device = static_cast<int>(from.integer("device", 0, 255));
  options.memoryBytes = static_cast<uint64_t>(from.integer("memoryBytes"));
  options.reserveBytes = static_cast<uint64_t>(from.integer("reserveBytes"));
  options.reserveShare = from.finite("reserveShare");
  if (options.reserveShare < 0 || options.reserveShare >= 1) {
    throw Error("ERR_INVALID_ARGUMENT", "reserveShare must be at least 0 and less than 1");
  }
  return options;
}

std::optional<double> rateArgument(const Napi::Value& value) {
  const double rate = finiteArgument(value, "maxFrameRate");
  return rate < 0 ? std::nullopt : std::optional(rate);
}

StreamDecoderOptions readDecoderOptions(const Options& from) {
  StreamDecoderOptions options;
  options.backend = from.oneOf<DecoderBackend>("backend", kBackends);
  options.quality = qualityArgument(from.value("quality"));
  options.maxFrameRate = rateArgument(from.value("maxFrameRate"));
  options.keyFramesOnly = from.flag("keyFramesOnly");
  options.colour = readColour(from.value("colour"));
  options.threads = static_cast<int>(from.integer("threads", 1, 64));
  options.maxQueuedBytes = static_cast<size_t>(from.integer("maxQueuedBytes", 1));
  return options;
}

AccessUnitPtr readUnit(const Options& from, const CodecParametersPtr& previous) {
  auto unit = std::make_shared<AccessUnit>();
  const ByteView data = bytesArgument(from.value("data"), "frame.data");
  unit->keyFrame = from.flag("keyFrame");
  unit->parameters = readParameters(from, previous);
  if (unit->parameters == nullptr) {
    throw Error("ERR_INVALID_ARGUMENT",
                "The first frame that is decoded must be a key frame with its "
                "decoderConfiguration.");
  }
  unit->data.assign(data.begin(), data.end());
  constexpr double kMaxMicros = 9007199254740991;
  const double timestamp = std::round(from.finite("timestamp"));
  if (std::abs(timestamp) > kMaxMicros) {
    throw Error("ERR_INVALID_ARGUMENT", "frame.timestamp must be in microseconds");
  }
  unit->mediaTime = static_cast<int64_t>(timestamp);
  unit->clockRate = 1'000'000;
  unit->arrivalMicros = monotonicMicros();
  unit->arrivalWallMs = wallMillis();
  unit->discontinuity = from.flag("afterGap");
  return unit;
}

video::ConvertOptions readConvertOptions(const Options& from) {
  video::ConvertOptions options;
  const std::string format = from.text("format");
  options.format = from.oneOf<video::PixelFormat>("format", kFormats);
  options.bgr = format == "bgr" || format == "bgra";
  options.size = {static_cast<int>(from.integer("width", 0, 65535)),
                  static_cast<int>(from.integer("height", 0, 65535))};
  options.fit = from.oneOf<video::Fit>("fit", kFits);
  const Napi::Array fill = from.array("fill");
  for (uint32_t i = 0; i < 3; ++i) {
    const Napi::Value level = fill.Get(i);
    const double found = level.IsNumber() ? level.As<Napi::Number>().DoubleValue() : -1;
    if (!(found >= 0 && found <= 255)) {
      throw Error("ERR_INVALID_ARGUMENT", "fill must hold three numbers from 0 to 255");
    }
    options.fill.at(i) = static_cast<uint8_t>(found);
  }
  return options;
}

Napi::Object toObject(Napi::Env env, const StreamDecoderEvent& event) {
  Fields out(env);
  if (const auto* backend = std::get_if<DecoderBackendEvent>(&event)) {
    out.set("type", "backend");
    out.set("backend", backend->backend);
    if (!backend->reason.empty()) out.set("reason", backend->reason);
  } else if (const auto* error = std::get_if<DecoderErrorEvent>(&event)) {
    out.set("type", "error");
    out.set("code", error->code);
    out.set("message", error->message);
  } else if (const auto* changed = std::get_if<DecoderParametersEvent>(&event)) {
    out.set("type", "parameters");
    out.set("width", changed->parameters->width);
    out.set("height", changed->parameters->height);
    out.set("codec", changed->parameters->codecString);
    out.set("frameRate", changed->parameters->frameRate);
  } else if (const auto* gap = std::get_if<DecoderGapEvent>(&event)) {
    out.set("type", "gap");
    out.set("from", gap->fromMs);
    out.set("to", gap->toMs);
    out.set("units", gap->units);
  } else {
    out.set("type", "keyFrameWanted");
  }
  return out.object();
}

Napi::Object toObject(Napi::Env env, const StreamDecoderStats& stats) {
  Fields out(env);
  if (*stats.backend != '\0') out.set("backend", stats.backend);
  if (stats.shown) out.set("stream", streamName(*stats.shown));
  out.set("switches", stats.switches);
  out.set("unitsIn", stats.unitsIn);
  out.set("unitsDropped", stats.unitsDropped);
  out.set("unitsSkipped", stats.unitsSkipped);
  out.set("framesOut", stats.framesOut);
  out.set("framesLimited", stats.framesLimited);
  out.set("framesDropped", stats.framesDropped);
  out.set("framesConcealed", stats.framesConcealed);
  out.set("framesSlow", stats.framesSlow);
  out.set("errors", stats.errors);
  out.set("decodersMade", stats.decodersMade);
  out.set("rebuilds", stats.rebuilds);
  out.set("fallbacks", stats.fallbacks);
  out.set("sessionsGivenUp", stats.sessionsGivenUp);
  out.set("keyFrameRequests", stats.keyFrameRequests);
  out.set("queuedUnits", stats.queuedUnits);
  out.set("queuedBytes", stats.queuedBytes);
  out.set("memoryBytes", stats.memoryBytes);
  out.set("decodeMs", static_cast<double>(stats.decodeMicros) / 1000);
  out.set("maxDecodeMs", static_cast<double>(stats.maxDecodeMicros) / 1000);
  out.set("latencyMs", static_cast<double>(stats.latencyMicros) / 1000);
  const double frames = static_cast<double>(std::max<uint64_t>(1, stats.framesOut));
  out.set("meanLatencyMs", static_cast<double>(stats.latencySumMicros) / 1000 / frames);
  return out.object();
}

Napi::Object toObject(Napi::Env env, const video::ColourSpec& colour) {
  Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, matrix] : kMatrices) {
    if (matrix == colour.matrix) object.Set("matrix", name);
  }
  object.Set("fullRange", colour.fullRange);
  return object;
}

}  // namespace flux::binding
