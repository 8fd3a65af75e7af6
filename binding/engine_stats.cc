#include "engine_stats.h"

#include "engine/engine.h"
#include "error.h"
#include "object.h"

namespace flux::binding {
namespace {

Napi::Value engineStats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto engine = Engine::running();
    const auto pools = engine != nullptr ? engine->stats() : std::vector<PoolStats>{};
    return toArray(info.Env(), pools, [](Napi::Env env, const PoolStats& pool) {
      const auto load = toArray(env, pool.load, [](Napi::Env inner, auto busy) {
        return Napi::Number::New(inner, static_cast<double>(busy));
      });
      return Fields(env)
          .set("name", pool.name)
          .set("threads", pool.threads)
          .set("load", load)
          .set("rejected", pool.rejected)
          .object();
    });
  });
}

}  // namespace

void defineEngineStats(Napi::Env env, Napi::Object exports) {
  exports.Set("engineStats", Napi::Function::New(env, engineStats, "engineStats"));
}

}  // namespace flux::binding
