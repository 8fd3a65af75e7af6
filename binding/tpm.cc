#include "tpm.h"

#include <cmath>
#include <mutex>

#include "arguments.h"
#include "async.h"
#include "error.h"
#include "key.h"
#include "tpm/tpm.h"

namespace flux::binding {
namespace {

constexpr uint32_t kPcrs = 24;

tpm::TpmOptions tpmOptions(const Napi::Value& value) {
  // On a JavaScript thread, where assigning to process.env would do the same.
  static std::once_flag silenced;
  std::call_once(silenced, tpm::silenceTssLog);

  const Options options(value);
  tpm::TpmOptions out{options.text("tcti"), {}};
  const Napi::Array pcrs = options.array("pcrs");
  if (pcrs.Length() > kPcrs) throw Error("ERR_INVALID_ARGUMENT", "pcrs has at most 24 elements");
  for (uint32_t i = 0; i < pcrs.Length(); ++i) {
    const Napi::Value pcr = pcrs.Get(i);
    const double number = pcr.IsNumber() ? pcr.As<Napi::Number>().DoubleValue() : -1;
    if (!(number >= 0 && number < kPcrs) || number != std::floor(number)) {
      throw Error("ERR_INVALID_ARGUMENT", "pcrs must be integers from 0 to 23");
    }
    out.pcrs.push_back(static_cast<uint8_t>(number));
  }
  return out;
}

Napi::Value inspectTpm(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return AsyncTask<tpm::TpmInfo>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:inspectTpm",
        [options = tpmOptions(info[0])] { return tpm::inspectTpm(options); },
        [](Napi::Env env, tpm::TpmInfo&& found) -> Napi::Value {
          const Napi::Object out = Napi::Object::New(env);
          out.Set("manufacturer", found.manufacturer);
          out.Set("firmware", found.firmware);
          return out;
        });
  });
}

Napi::Value sealToTpm(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return AsyncTask<tpm::SealedKey>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:sealToTpm",
        [options = tpmOptions(info[0]), key = NativeKey::from(info[1], "key")] {
          return tpm::sealKey(options, *key);
        },
        [](Napi::Env env, tpm::SealedKey&& sealed) -> Napi::Value {
          const auto buffer = [env](const Bytes& bytes) {
            return Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
          };
          const Napi::Object out = Napi::Object::New(env);
          out.Set("publicArea", buffer(sealed.publicArea));
          out.Set("privateArea", buffer(sealed.privateArea));
          return out;
        });
  });
}

Napi::Value unsealFromTpm(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Options areas(info[1]);
    const auto copied = [&areas](const char* name) {
      const ByteView bytes = bytesArgument(areas.value(name), name);
      return Bytes(bytes.begin(), bytes.end());
    };
    return AsyncTask<crypto::SecretKeyPtr>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:unsealFromTpm",
        [options = tpmOptions(info[0]),
         sealed = tpm::SealedKey{copied("publicArea"), copied("privateArea")}] {
          return tpm::unsealKey(options, sealed);
        },
        [](Napi::Env env, crypto::SecretKeyPtr&& key) {
          return NativeKey::wrap(env, std::move(key));
        });
  });
}

}  // namespace

void defineTpm(Napi::Env env, Napi::Object exports) {
  exports.Set("inspectTpm", Napi::Function::New(env, inspectTpm, "inspectTpm"));
  exports.Set("sealToTpm", Napi::Function::New(env, sealToTpm, "sealToTpm"));
  exports.Set("unsealFromTpm", Napi::Function::New(env, unsealFromTpm, "unsealFromTpm"));
}

}  // namespace flux::binding
