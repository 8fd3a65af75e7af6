// What belongs to one JavaScript environment (the main thread or a worker): constructors, and
// the passwords that it has checked.
#pragma once

#include <napi.h>

#include <memory>

#include "key_derivations.h"

namespace flux::binding {

/// Held by env.SetInstanceData, so that nothing static ever holds a JavaScript value.
struct AddonData {
  Napi::FunctionReference errorConstructor;
  Napi::FunctionReference key;
  Napi::FunctionReference camera;
  Napi::FunctionReference encoder;
  Napi::FunctionReference decoder;
  Napi::FunctionReference decoderPool;
  Napi::FunctionReference picture;
  Napi::FunctionReference frameBatch;
  Napi::FunctionReference segmentReader;
  Napi::FunctionReference simulator;
  Napi::FunctionReference storageLock;
  /// Made with the first password.
  std::unique_ptr<KeyDerivations> keyDerivations;

  static AddonData& of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }
  /// Is `value` an object of that class?
  static bool isA(const Napi::Value& value, Napi::FunctionReference AddonData::*constructor) {
    return value.IsObject() &&
           value.As<Napi::Object>().InstanceOf((of(value.Env()).*constructor).Value());
  }
};

}  // namespace flux::binding
