// resealSegment(): copies a segment under another key, on Node's thread pool.
#pragma once

#include <napi.h>

namespace flux::binding {

/// Adds resealSegment.
void defineReseal(Napi::Env env, Napi::Object exports);

}  // namespace flux::binding
