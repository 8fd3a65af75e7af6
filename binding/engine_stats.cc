#include "engine_stats.h"

#include "engine/engine.h"
#include "error.h"

namespace flux::binding {
namespace {

Napi::Value engineStats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto engine = Engine::running();
    const auto pools = engine != nullptr ? engine->stats() : std::vector<PoolStats>{};
    Napi::Array list = Napi::Array::New(info.Env(), pools.size());
    for (uint32_t i = 0; i < pools.size(); ++i) {
      Napi::Object object = Napi::Object::New(info.Env());
      object.Set("name", pools[i].name);
      object.Set("threads", pools[i].threads);
      Napi::Array load = Napi::Array::New(info.Env(), pools[i].load.size());
      for (uint32_t j = 0; j < pools[i].load.size(); ++j) {
        load.Set(j, static_cast<double>(pools[i].load[j]));
      }
      object.Set("load", load);
      object.Set("rejected", static_cast<double>(pools[i].rejected));
      list.Set(i, object);
    }
    return list;
  });
}

}  // namespace

void defineEngineStats(Napi::Env env, Napi::Object exports) {
  exports.Set("engineStats", Napi::Function::New(env, engineStats, "engineStats"));
}

}  // namespace flux::binding
