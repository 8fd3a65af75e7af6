#include "cipher.h"

#include "arguments.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/p256.h"
#include "error.h"
#include "key.h"

namespace flux::binding {
namespace {

Napi::Value toBuffer(Napi::Env env, ByteView bytes) {
  return Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
}

crypto::AeadAlgorithm algorithmArgument(const Napi::Value& value) {
  const std::string name = textArgument(value, "algorithm");
  if (const auto algorithm = crypto::aeadByName(name)) return *algorithm;
  throw Error("ERR_INVALID_ARGUMENT",
              "algorithm must be LEA-256-GCM, ARIA-256-GCM, ARIA-256-CBC-HMAC-SHA-256 or "
              "ARIA-256-CTR-HMAC-SHA-256, not '" +
                  name + "'");
}

Napi::Value hmacSha256(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return toBuffer(info.Env(), crypto::hmacSha256(NativeKey::from(info[0], "key")->view(),
                                                   bytesArgument(info[1], "data")));
  });
}

Napi::Value equalConstantTime(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Boolean::New(info.Env(), crypto::equalConstantTime(bytesArgument(info[0], "a"),
                                                                    bytesArgument(info[1], "b")));
  });
}

Napi::Value sealMessage(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto algorithm = algorithmArgument(info[0]);
    const auto key = NativeKey::from(info[1], "key");
    const ByteView aad = bytesArgument(info[2], "associatedData");
    return toBuffer(info.Env(), crypto::sealMessage(algorithm, key->view(), aad,
                                                    bytesArgument(info[3], "plaintext")));
  });
}

Napi::Value openMessage(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto algorithm = algorithmArgument(info[0]);
    const auto key = NativeKey::from(info[1], "key");
    const ByteView aad = bytesArgument(info[2], "associatedData");
    Bytes plaintext =
        crypto::openMessage(algorithm, key->view(), aad, bytesArgument(info[3], "sealed"));
    const Napi::Value out = toBuffer(info.Env(), plaintext);
    crypto::wipe(plaintext.data(), plaintext.size());
    return out;
  });
}

Napi::Value generateP256(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return NativeKey::wrap(info.Env(), crypto::generateP256(), NativeKey::Use::kRecovery);
  });
}

Napi::Value p256PublicKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return toBuffer(info.Env(), crypto::p256PublicKey(*NativeKey::from(info[0], "privateKey")));
  });
}

Napi::Value agreeP256(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto privateKey = NativeKey::from(info[0], "privateKey");
    const ByteView peer = bytesArgument(info[1], "peer");
    return NativeKey::wrap(info.Env(),
                           crypto::agreeP256(*privateKey, peer, bytesArgument(info[2], "info")));
  });
}

Napi::Value signP256(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto privateKey = NativeKey::from(info[0], "privateKey");
    return toBuffer(info.Env(), crypto::signP256(*privateKey, bytesArgument(info[1], "message")));
  });
}

Napi::Value verifyP256(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ByteView publicKey = bytesArgument(info[0], "publicKey");
    const ByteView message = bytesArgument(info[1], "message");
    return Napi::Boolean::New(
        info.Env(), crypto::verifyP256(publicKey, message, bytesArgument(info[2], "signature")));
  });
}

}  // namespace

void defineCipher(Napi::Env env, Napi::Object exports) {
  const auto define = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  define("hmacSha256", hmacSha256);
  define("equalConstantTime", equalConstantTime);
  define("sealMessage", sealMessage);
  define("openMessage", openMessage);
  define("generateP256", generateP256);
  define("p256PublicKey", p256PublicKey);
  define("agreeP256", agreeP256);
  define("signP256", signP256);
  define("verifyP256", verifyP256);
}

}  // namespace flux::binding
