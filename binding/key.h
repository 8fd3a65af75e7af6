// NativeKey: a key that JavaScript can hold and pass on, but never read.
#pragma once

#include <napi.h>

#include "crypto/secret.h"

namespace flux::binding {

class NativeKey final : public Napi::ObjectWrap<NativeKey> {
 public:
  explicit NativeKey(const Napi::CallbackInfo& info);

  /// kRecovery: its owner may print it (revealRecoveryKey); every other key stays in native memory.
  enum class Use : uint8_t { kInside, kRecovery };

  static Napi::Value wrap(Napi::Env env, crypto::SecretKeyPtr key, Use use = Use::kInside);
  /// The key behind a value; throws ERR_INVALID_ARGUMENT where it is no NativeKey.
  static crypto::SecretKeyPtr from(const Napi::Value& value, const char* name);
  static bool mayBeRevealed(const Napi::Value& value, const char* name);
  /// Adds generateKey, deriveKey, deriveSubkey, importKey, wrapKey, unwrapKey and
  /// revealRecoveryKey.
  static void define(Napi::Env env, Napi::Object exports);

 private:
  static NativeKey& unwrap(const Napi::Value& value, const char* name);

  crypto::SecretKeyPtr key_;
  Use use_ = Use::kInside;
};

}  // namespace flux::binding
