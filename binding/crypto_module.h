// configureCryptoModules() and cryptoModules(): who serves which cipher in this process.
#pragma once

#include <napi.h>

namespace flux::binding {

void defineCryptoModule(Napi::Env env, Napi::Object exports);

}  // namespace flux::binding
