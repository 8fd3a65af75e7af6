#include "key.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "addon_data.h"
#include "arguments.h"
#include "crypto/kdf.h"
#include "crypto/key_wrap.h"
#include "error.h"

namespace flux::binding {
namespace {

/// Tells our keys from every other object, of this addon's other classes too.
constexpr napi_type_tag kKeyTag = {0x2f1b7c6e9a4d4c05, 0x9be3d0517a86f2c4};

/// A number as PBKDF2 takes it; what no 32 bits hold becomes a number that policy refuses.
uint32_t iterationsArgument(const Napi::Value& value) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (number != std::floor(number)) {
    throw Error("ERR_INVALID_ARGUMENT", "iterations must be a whole number");
  }
  return static_cast<uint32_t>(
      std::clamp(number, 0.0, static_cast<double>(crypto::kPbkdf2MaxIterations) + 1));
}

Napi::Value generateKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return NativeKey::wrap(info.Env(), crypto::SecretKey::generate()); });
}

Napi::Value deriveKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ByteView passphrase = bytesArgument(info[0], "passphrase");
    const ByteView salt = bytesArgument(info[1], "salt");
    const uint32_t iterations = iterationsArgument(info[2]);
    auto& derivations = AddonData::of(info.Env()).keyDerivations;
    if (!derivations) derivations = std::make_unique<KeyDerivations>(info.Env());
    return derivations->derive(info.Env(), passphrase, salt, iterations);
  });
}

Napi::Value wrapKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Bytes wrapped =
        crypto::wrapKey(*NativeKey::from(info[0], "wrapping"), *NativeKey::from(info[1], "key"),
                        bytesArgument(info[2], "context"));
    return Napi::Buffer<uint8_t>::Copy(info.Env(), wrapped.data(), wrapped.size());
  });
}

Napi::Value unwrapKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return NativeKey::wrap(info.Env(), crypto::unwrapKey(*NativeKey::from(info[0], "wrapping"),
                                                         bytesArgument(info[1], "wrapped"),
                                                         bytesArgument(info[2], "context")));
  });
}

Napi::Value importKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return NativeKey::wrap(
        info.Env(), std::make_shared<const crypto::SecretKey>(bytesArgument(info[0], "bytes")));
  });
}

Napi::Value deriveSubkey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto key = NativeKey::from(info[0], "key");
    return NativeKey::wrap(info.Env(),
                           crypto::deriveSubkey(key->view(), bytesArgument(info[1], "info")));
  });
}

Napi::Value revealRecoveryKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto key = NativeKey::from(info[0], "privateKey");
    if (!NativeKey::mayBeRevealed(info[0], "privateKey")) {
      throw Error("ERR_INVALID_ARGUMENT",
                  "privateKey must come from generateP256(); no other key leaves native memory");
    }
    return Napi::Buffer<uint8_t>::Copy(info.Env(), key->view().data(), key->view().size());
  });
}

}  // namespace

NativeKey::NativeKey(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeKey>(info) {}

Napi::Value NativeKey::wrap(Napi::Env env, crypto::SecretKeyPtr key, Use use) {
  const Napi::Object object = AddonData::of(env).key.New({});
  NativeKey* const self = Unwrap(object);
  self->key_ = std::move(key);
  self->use_ = use;
  object.TypeTag(&kKeyTag);
  return object;
}

NativeKey& NativeKey::unwrap(const Napi::Value& value, const char* name) {
  // The tag, not the prototype: a prototype can be set on anything.
  if (value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&kKeyTag)) {
    return *Unwrap(value.As<Napi::Object>());
  }
  throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a key of this addon");
}

crypto::SecretKeyPtr NativeKey::from(const Napi::Value& value, const char* name) {
  return unwrap(value, name).key_;
}

bool NativeKey::mayBeRevealed(const Napi::Value& value, const char* name) {
  return unwrap(value, name).use_ == Use::kRecovery;
}

void NativeKey::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).key = Napi::Persistent(DefineClass(env, "NativeKey", {}));
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("generateKey", generateKey);
  add("deriveKey", deriveKey);
  add("deriveSubkey", deriveSubkey);
  add("importKey", importKey);
  add("wrapKey", wrapKey);
  add("unwrapKey", unwrapKey);
  add("revealRecoveryKey", revealRecoveryKey);
}

}  // namespace flux::binding
