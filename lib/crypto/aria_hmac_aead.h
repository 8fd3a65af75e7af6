// ARIA-256-CBC and ARIA-256-CTR with HMAC-SHA-256, encrypt-then-MAC, as Aeads. docs/ciphers.md has
// the construction byte by byte.
#pragma once

#include <memory>

#include "crypto/aead.h"

namespace flux::crypto {

/// `algorithm` is kAria256CbcHmac or kAria256CtrHmac. Our own implementation, whatever module is
/// loaded. Runs no self-test: makeAead() does.
std::unique_ptr<Aead> makeAriaHmacAead(AeadAlgorithm algorithm, ByteView key);

}  // namespace flux::crypto
