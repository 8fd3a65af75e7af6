#include "crypto/openssl_setup.h"

#include <openssl/crypto.h>

#include "base/error.h"
#include "crypto/openssl_memory.h"

namespace flux::crypto {
namespace {

// While the library is loaded, since other rooms use OpenSSL without asking us first.
[[maybe_unused]] const bool memoryIsRouted = routeOpenSslMemory();

}  // namespace

void setUpOpenSsl() {
  // No configuration file: it could load providers into the host process, or take algorithms away.
  // No exit handler: recording threads may still encrypt while the process exits.
  static const bool ready =
      OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr) == 1;
  if (!ready) throw Error("ERR_CRYPTO", "OpenSSL could not be initialised");
}

}  // namespace flux::crypto
