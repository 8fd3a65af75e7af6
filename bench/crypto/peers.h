// The same work by other libraries: OpenSSL through EVP, Crypto++.
#pragma once

#include <functional>

#include "base/bytes.h"

namespace flux::bench {

/// Each seals or opens `in` into `out` (of the same size) per call, with a key set up before and
/// the nonce given anew, as one sets up a message of a stream. Opening is given what the peer's own
/// seal made; it ends the program where the tag is refused.
std::function<void()> opensslSeal(const char* cipher, ByteView in, uint8_t* out);
std::function<void()> opensslOpen(const char* cipher, ByteView plaintext, uint8_t* out);
std::function<void()> cryptoppSeal(ByteView in, uint8_t* out);
std::function<void()> cryptoppOpen(ByteView plaintext, uint8_t* out);

}  // namespace flux::bench
