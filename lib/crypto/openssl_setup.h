// Starts our private OpenSSL the way a library inside another program must.
#pragma once

namespace flux::crypto {

/// Call before the first use of OpenSSL; later calls cost nothing. Throws ERR_CRYPTO.
void setUpOpenSsl();

}  // namespace flux::crypto
