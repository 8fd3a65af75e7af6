#include "hardware.h"

#include "async.h"
#include "engine/hardware.h"
#include "error.h"
#include "object.h"

namespace flux::binding {
namespace {

Napi::Value toObject(Napi::Env env, const HardwareInfo& info) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Object cpu = Napi::Object::New(env);
  cpu.Set("model", info.cpuModel);
  cpu.Set("cores", info.cores);
  cpu.Set("features", toArray(env, info.cpuFeatures, [](Napi::Env inner, const std::string& each) {
            return Napi::String::New(inner, each);
          }));
  object.Set("cpu", cpu);
  object.Set("libraries",
             toArray(env, info.libraries, [](Napi::Env inner, const LibraryInfo& library) {
               return Fields(inner)
                   .set("name", library.name)
                   .set("version", library.version)
                   .set("license", library.license)
                   .object();
             }));
  object.Set("openssl", info.openssl);
  object.Set("cipherLevel", info.cipherLevel);
  const auto codec = [](Napi::Env inner, const CodecInfo& each) {
    return Fields(inner).set("name", each.name).set("available", each.available).object();
  };
  object.Set("decoders", toArray(env, info.decoders, codec));
  object.Set("encoders", toArray(env, info.encoders, codec));
  object.Set(
      "gpus", toArray(env, info.gpus, [](Napi::Env inner, const GpuInfo& gpu) {
        return Fields(inner).set("name", gpu.name).set("memoryBytes", gpu.memoryBytes).object();
      }));
  object.Set("components",
             toArray(env, info.components, [](Napi::Env inner, const ComponentInfo& component) {
               return Fields(inner)
                   .set("name", component.name)
                   .set("available", component.available)
                   .set("detail", component.detail)
                   .object();
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
