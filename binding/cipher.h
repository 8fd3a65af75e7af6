// Sealing and opening whole messages, key agreement and signatures, for keys that JavaScript holds
// as NativeKey. No call takes a nonce: they are made below.
#pragma once

#include <napi.h>

namespace flux::binding {

/// Adds hmacSha256, equalConstantTime, sealMessage, openMessage, generateP256, p256PublicKey,
/// agreeP256, signP256 and verifyP256.
void defineCipher(Napi::Env env, Napi::Object exports);

}  // namespace flux::binding
