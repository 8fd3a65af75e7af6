#include "hardware.h"

#include <functional>

#include "async.h"
#include "engine/hardware.h"
#include "error.h"

namespace flux::binding {
namespace {

template <typename Item, typename Fill>
Napi::Array toArray(Napi::Env env, const std::vector<Item>& items, Fill fill) {
  Napi::Array list = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) {
    Napi::Object object = Napi::Object::New(env);
    fill(object, items[i]);
    list.Set(i, object);
  }
  return list;
}

Napi::Value toObject(Napi::Env env, const HardwareInfo& info) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Object cpu = Napi::Object::New(env);
  cpu.Set("model", info.cpuModel);
  cpu.Set("cores", info.cores);
  Napi::Array features = Napi::Array::New(env, info.cpuFeatures.size());
  for (uint32_t i = 0; i < info.cpuFeatures.size(); ++i) features.Set(i, info.cpuFeatures[i]);
  cpu.Set("features", features);
  object.Set("cpu", cpu);
  object.Set("libraries",
             toArray(env, info.libraries, [](Napi::Object& out, const LibraryInfo& library) {
               out.Set("name", library.name);
               out.Set("version", library.version);
               out.Set("license", library.license);
             }));
  object.Set("openssl", info.openssl);
  object.Set("cipherLevel", info.cipherLevel);
  const auto codec = [](Napi::Object& out, const CodecInfo& each) {
    out.Set("name", each.name);
    out.Set("available", each.available);
  };
  object.Set("decoders", toArray(env, info.decoders, codec));
  object.Set("encoders", toArray(env, info.encoders, codec));
  object.Set("gpus", toArray(env, info.gpus, [](Napi::Object& out, const GpuInfo& gpu) {
               out.Set("name", gpu.name);
               out.Set("memoryBytes", static_cast<double>(gpu.memoryBytes));
             }));
  object.Set("components",
             toArray(env, info.components, [](Napi::Object& out, const ComponentInfo& component) {
               out.Set("name", component.name);
               out.Set("available", component.available);
               out.Set("detail", component.detail);
             }));
  return object;
}

Napi::Value probe(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return AsyncTask<HardwareInfo>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:probeHardware", probeHardware,
        [](Napi::Env env, HardwareInfo&& found) { return toObject(env, found); });
  });
}

}  // namespace

void defineHardware(Napi::Env env, Napi::Object exports) {
  exports.Set("probeHardware", Napi::Function::New(env, probe, "probeHardware"));
}

}  // namespace flux::binding
