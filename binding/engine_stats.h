// engineStats(): the thread pools of the process.
#pragma once

#include <napi.h>

namespace flux::binding {

void defineEngineStats(Napi::Env env, Napi::Object exports);

}  // namespace flux::binding
