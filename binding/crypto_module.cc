#include "crypto_module.h"

#include "arguments.h"
#include "crypto/module.h"
#include "error.h"

namespace flux::binding {
namespace {

constexpr uint32_t kMaxModules = 4;

crypto::ModuleOptions moduleOptions(const Napi::Value& value) {
  const Options options(value);
  crypto::ModuleOptions out{options.text("path"), {}};
  if (out.path.find('\0') != std::string::npos) {
    throw Error("ERR_INVALID_ARGUMENT", "path must have no zero byte");
  }
  if (options.value("algorithms").IsUndefined()) return out;
  const Napi::Array names = options.array("algorithms");
  if (names.Length() == 0 || names.Length() > kMaxModules) {
    throw Error("ERR_INVALID_ARGUMENT",
                "algorithms must name one to four algorithms, or be left out for all of them");
  }
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = textArgument(names.Get(i), "algorithms");
    const auto algorithm = crypto::aeadByName(name);
    if (!algorithm) {
      throw Error("ERR_INVALID_ARGUMENT",
                  "algorithms may hold LEA-256-GCM, ARIA-256-GCM, ARIA-256-CBC-HMAC-SHA-256 and "
                  "ARIA-256-CTR-HMAC-SHA-256, not '" +
                      name + "'");
    }
    out.algorithms.push_back(*algorithm);
  }
  return out;
}

Napi::Value configureCryptoModules(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Array list = arrayArgument(info[0], "modules");
    // One for each algorithm at most.
    if (list.Length() > kMaxModules) {
      throw Error("ERR_INVALID_ARGUMENT", "at most four modules, one for each algorithm");
    }
    std::vector<crypto::ModuleOptions> options;
    for (uint32_t i = 0; i < list.Length(); ++i) options.push_back(moduleOptions(list.Get(i)));
    crypto::configureModules(options);
    return info.Env().Undefined();
  });
}

Napi::Value cryptoModules(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto served = crypto::servedAlgorithms();
    const Napi::Array list = Napi::Array::New(info.Env(), served.size());
    for (uint32_t i = 0; i < served.size(); ++i) {
      const Napi::Object object = Napi::Object::New(info.Env());
      object.Set("algorithm", std::string(crypto::traitsOf(served[i].algorithm).name));
      object.Set("module", served[i].module);
      const auto setText = [&](const char* name, const std::string& text) {
        if (!text.empty()) object.Set(name, text);
      };
      setText("version", served[i].version);
      setText("validation", served[i].validation);
      setText("path", served[i].path);
      list.Set(i, object);
    }
    return list;
  });
}

}  // namespace

void defineCryptoModule(Napi::Env env, Napi::Object exports) {
  exports.Set("configureCryptoModules",
              Napi::Function::New(env, configureCryptoModules, "configureCryptoModules"));
  exports.Set("cryptoModules", Napi::Function::New(env, cryptoModules, "cryptoModules"));
}

}  // namespace flux::binding
