#include "frame_batch.h"

#include <array>

#include "addon_data.h"
#include "arguments.h"
#include "error.h"
#include "object.h"

namespace flux::binding {
namespace {

std::array<double, 3> threeOf(const Options& from, const char* name) {
  const Napi::Array list = from.array(name);
  std::array<double, 3> values{};
  for (uint32_t i = 0; i < 3; ++i) values[i] = finiteArgument(list.Get(i), name);
  return values;
}

video::PixelFormat formatOf(const std::string& name) {
  if (name == "float32") return video::PixelFormat::kTensorF32;
  if (name == "float16") return video::PixelFormat::kTensorF16;
  if (name == "rgb") return video::PixelFormat::kRgb24;
  if (name == "rgba") return video::PixelFormat::kRgba;
  if (name == "gray") return video::PixelFormat::kGray8;
  throw Error("ERR_INVALID_ARGUMENT", "format must be float32, float16, rgb, rgba or gray");
}

video::Fit fitOf(const std::string& name) {
  if (name == "stretch") return video::Fit::kStretch;
  if (name == "letterbox") return video::Fit::kLetterbox;
  if (name == "cover") return video::Fit::kCover;
  throw Error("ERR_INVALID_ARGUMENT", "fit must be stretch, letterbox or cover");
}

FrameBatchOptions batchOptions(const Options& from) {
  constexpr int64_t kMaxSide = 8192;
  FrameBatchOptions options;
  video::ConvertOptions& convert = options.convert;
  convert.format = formatOf(from.text("format"));
  convert.size = {static_cast<int>(from.integer("width", 1, kMaxSide)),
                  static_cast<int>(from.integer("height", 1, kMaxSide))};
  convert.fit = fitOf(from.text("fit"));
  convert.bgr = from.flag("bgr");
  convert.scale = static_cast<float>(from.finite("scale"));
  const std::array<double, 3> fill = threeOf(from, "fill");
  const std::array<double, 3> mean = threeOf(from, "mean");
  const std::array<double, 3> deviation = threeOf(from, "deviation");
  for (size_t i = 0; i < 3; ++i) {
    convert.fill[i] = static_cast<uint8_t>(std::clamp(fill[i], 0.0, 255.0));
    convert.mean[i] = static_cast<float>(mean[i]);
    convert.deviation[i] = static_cast<float>(deviation[i]);
  }
  options.count = static_cast<size_t>(from.integer("count", 1, 1024));
  if (from.value("gpu").IsNumber()) options.gpu = static_cast<int>(from.integer("gpu", 0, 255));
  return options;
}

}  // namespace

Napi::Object toObject(Napi::Env env, const BatchItem& item) {
  Fields out(env);
  out.set("cameraId", item.camera);
  out.set("number", item.number);
  out.set("timestamp", item.timestamp);
  out.set("arrival", item.arrivalWallMs);
  out.set("keyFrame", item.keyFrame);
  out.set("width", item.shown.width);
  out.set("height", item.shown.height);
  out.set("storedWidth", item.stored.width);
  out.set("storedHeight", item.stored.height);
  out.set("source", rectObject(env, item.placement.source));
  out.set("target", rectObject(env, item.placement.target));
  return out.object();
}

NativeFrameBatch::NativeFrameBatch(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeFrameBatch>(info) {
  guarded(info.Env(), [&] { core_ = std::make_shared<Core>(batchOptions(Options(info[0]))); });
}

std::shared_ptr<NativeFrameBatch::Core> NativeFrameBatch::from(const Napi::Value& value) {
  if (!AddonData::isA(value, &AddonData::frameBatch)) {
    throw Error("ERR_INVALID_ARGUMENT", "batch must be a FrameBatch");
  }
  return Unwrap(value.As<Napi::Object>())->core_;
}

/// The same memory each time. Whoever holds the ArrayBuffer, or moved it to a worker, holds the
/// memory as well.
Napi::Value NativeFrameBatch::buffer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (core_->batch.memory() == nullptr) return info.Env().Undefined();
    auto* held = new std::shared_ptr<uint8_t[]>(core_->batch.memory());  // freed by the finalizer
    return Napi::ArrayBuffer::New(
        info.Env(), held->get(), core_->batch.bytes(),
        [](Napi::Env, void*, std::shared_ptr<uint8_t[]>* gone) { delete gone; }, held);
  });
}

Napi::Value NativeFrameBatch::deviceAddress(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), uint64_t{core_->batch.deviceAddress()});
}

void NativeFrameBatch::define(Napi::Env env, Napi::Object exports) {
  const Napi::Function type =
      DefineClass(env, "FrameBatch",
                  {InstanceMethod<&NativeFrameBatch::buffer>("buffer"),
                   InstanceMethod<&NativeFrameBatch::deviceAddress>("deviceAddress")});
  AddonData::of(env).frameBatch = Napi::Persistent(type);
  exports.Set("FrameBatch", type);
}

}  // namespace flux::binding
