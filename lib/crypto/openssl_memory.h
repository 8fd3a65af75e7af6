// The memory that our private OpenSSL works in: absent from core dumps, wiped when it is freed.
#pragma once

namespace flux::crypto {

/// Gives OpenSSL an allocator of our own. Takes effect only before OpenSSL's first allocation,
/// hence called while the library is loaded. False where OpenSSL already runs, and under
/// AddressSanitizer, which would no longer see what OpenSSL leaks or overruns; it then keeps to
/// malloc().
bool routeOpenSslMemory() noexcept;

}  // namespace flux::crypto
