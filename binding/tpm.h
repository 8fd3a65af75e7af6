// Keys sealed to a TPM: inspectTpm, sealToTpm, unsealFromTpm.
#pragma once

#include <napi.h>

namespace flux::binding {

void defineTpm(Napi::Env env, Napi::Object exports);

}  // namespace flux::binding
