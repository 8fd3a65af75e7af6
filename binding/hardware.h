// probeHardware(): the engine's hardware report as a plain object.
#pragma once

#include <napi.h>

namespace flux::binding {

void defineHardware(Napi::Env env, Napi::Object exports);

}  // namespace flux::binding
