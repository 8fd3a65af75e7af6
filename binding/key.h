// NativeKey: a key that JavaScript can hold and pass on, but never read.
#pragma once

#include <napi.h>

#include "crypto/secret.h"

namespace flux::binding {

class NativeKey final : public Napi::ObjectWrap<NativeKey> {
 public:
  explicit NativeKey(const Napi::CallbackInfo& info);

  static Napi::Value wrap(Napi::Env env, crypto::SecretKeyPtr key);
  /// The key behind a value; throws ERR_INVALID_ARGUMENT where it is no NativeKey.
  static crypto::SecretKeyPtr from(const Napi::Value& value, const char* name);
  /// Adds generateKey, deriveKey, wrapKey and unwrapKey.
  static void define(Napi::Env env, Napi::Object exports);

 private:
  crypto::SecretKeyPtr key_;
};

}  // namespace flux::binding
