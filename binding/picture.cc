#include "picture.h"

#include <span>
#include <string>

#include "addon_data.h"
#include "arguments.h"
#include "async.h"
#include "decoder_options.h"
#include "error.h"
#include "object.h"
#include "video/frame_format.h"

namespace flux::binding {
namespace {

/// For all environments: its converters know nothing of them.
FrameCopier& copier() {
  static auto* const instance = new FrameCopier;  // copies may be under way at the process's end
  return *instance;
}

Napi::Object devicePointer(Napi::Env env, const video::DeviceImage& image) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("device", image.device());
  const auto planes = image.planes();
  Napi::Array list = Napi::Array::New(env, planes.size());
  for (uint32_t i = 0; i < planes.size(); ++i) {
    Napi::Object plane = Napi::Object::New(env);
    plane.Set("address", Napi::BigInt::New(env, planes.at(i).address));
    plane.Set("pitch", static_cast<double>(planes.at(i).pitch));
    list.Set(i, plane);
  }
  object.Set("planes", list);
  return object;
}

struct Copied {
  video::Size size;
  size_t bytes = 0;
  video::Placement placement;
};

Napi::Object toObject(Napi::Env env, const Copied& copied) {
  Fields out(env);
  out.set("width", copied.size.width);
  out.set("height", copied.size.height);
  out.set("bytes", copied.bytes);
  out.set("source", rectObject(env, copied.placement.source));
  out.set("target", rectObject(env, copied.placement.target));
  return out.object();
}

/// The bytes of any view or buffer, valid as long as that is not transferred.
std::span<uint8_t> writableBytes(const Napi::Value& value) {
  if (value.IsTypedArray()) {
    // Not through its ArrayBuffer: a SharedArrayBuffer is none.
    void* begin = nullptr;
    napi_get_typedarray_info(value.Env(), value, nullptr, nullptr, &begin, nullptr, nullptr);
    return {static_cast<uint8_t*>(begin), value.As<Napi::TypedArray>().ByteLength()};
  }
  if (value.IsArrayBuffer()) {
    auto buffer = value.As<Napi::ArrayBuffer>();
    return {static_cast<uint8_t*>(buffer.Data()), buffer.ByteLength()};
  }
  throw Error("ERR_INVALID_ARGUMENT", "buffer must be a typed array, a Buffer or an ArrayBuffer");
}

}  // namespace

NativePicture::NativePicture(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativePicture>(info) {}

NativePicture::~NativePicture() {
  if (!frame_) return;
  --held_->open;
  ++held_->forgotten;
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -bytes_);
}

Napi::Object NativePicture::make(Napi::Env env, video::DecodedFrame frame,
                                 const std::shared_ptr<HeldFrames>& held) {
  const Napi::Object picture = AddonData::of(env).picture.New({});
  const video::Frame& stored = frame.picture;
  Napi::Object object = Napi::Object::New(env);
  const video::Size size = stored.size();
  const video::Size shown = stored.displaySize();
  object.Set("width", size.width);
  object.Set("height", size.height);
  object.Set("displayWidth", shown.width);
  object.Set("displayHeight", shown.height);
  object.Set("format", video::formatName(stored));
  object.Set("bitDepth", video::bitDepth(stored));
  object.Set("colour", binding::toObject(env, stored.colour()));
  object.Set("timestamp", static_cast<double>(frame.timestamp));
  object.Set("arrival", static_cast<double>(frame.arrivalWallMs));
  object.Set("latencyMs", static_cast<double>(frame.decodedMicros - frame.arrivalMicros) / 1000);
  object.Set("keyFrame", frame.keyFrame);
  object.Set("concealed", frame.concealed);
  object.Set("backend", stored.onDevice() != nullptr ? "nvdec" : "libavcodec");
  if (const auto& image = stored.onDevice()) {
    object.Set("devicePointer", devicePointer(env, *image));
  }
  object.Set("picture", picture);
  NativePicture* const self = Unwrap(picture);
  // Of a GPU's memory the collector should know too: there is less of it.
  self->bytes_ = static_cast<int64_t>(video::storedBytes(stored));
  self->held_ = held;
  self->frame_ = std::move(frame);
  ++held->open;
  Napi::MemoryManagement::AdjustExternalMemory(env, self->bytes_);
  return object;
}

const video::DecodedFrame& NativePicture::frame() const {
  if (!frame_) throw Error("ERR_CLOSED", "The Frame is closed. Use it before close().");
  return *frame_;
}

const video::DecodedFrame& NativePicture::from(const Napi::Value& value) {
  if (!AddonData::isA(value, &AddonData::picture)) {
    throw Error("ERR_INVALID_ARGUMENT", "frame must be a Frame of a Decoder");
  }
  return Unwrap(value.As<Napi::Object>())->frame();
}

Napi::Value NativePicture::copyTo(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const video::Frame picture = frame().picture;
    const std::span<uint8_t> bytes = writableBytes(info[0]);
    const video::ConvertOptions options = completed(readConvertOptions(Options(info[1])), picture);
    const size_t needed = video::packedBytes(options.format, options.size);
    if (bytes.size() < needed) {
      throw Error("ERR_INVALID_ARGUMENT", "Frame.copyTo: buffer must have at least " +
                                              std::to_string(needed) + " bytes, but has " +
                                              std::to_string(bytes.size()));
    }
    // The buffer lives as long as the task does, through its owner.
    return AsyncTask<Copied>::run(
        info.Env(), info[0], "fluxvision:copyFrame",
        [picture, options, bytes, needed] {
          return Copied{options.size, needed, copier().copy(picture, options, bytes)};
        },
        [](Napi::Env env, Copied&& copied) -> Napi::Value { return toObject(env, copied); });
  });
}

Napi::Value NativePicture::allocationSize(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const video::ConvertOptions options =
        completed(readConvertOptions(Options(info[0])), frame().picture);
    const size_t bytes = video::packedBytes(options.format, options.size);
    return Napi::Number::New(info.Env(), static_cast<double>(bytes));
  });
}

void NativePicture::close(const Napi::CallbackInfo& info) {
  if (!frame_) return;
  frame_.reset();
  --held_->open;
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), -bytes_);
}

void NativePicture::define(Napi::Env env) {
  AddonData::of(env).picture = Napi::Persistent(
      DefineClass(env, "Picture",
                  {InstanceMethod<&NativePicture::copyTo>("copyTo"),
                   InstanceMethod<&NativePicture::allocationSize>("allocationSize"),
                   InstanceMethod<&NativePicture::close>("close")}));
}

}  // namespace flux::binding
