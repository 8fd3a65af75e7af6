#include "crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "crypto/openssl_setup.h"

namespace flux::crypto {
namespace {

void requireMac(bool done) {
  if (!done) throw Error("ERR_CRYPTO", "HMAC-SHA-256 failed inside OpenSSL");
}

/// Fetched once and kept: a look-up by name costs more than a short message.
EVP_MAC* algorithm() {
  setUpOpenSsl();
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  requireMac(hmac != nullptr);
  return hmac;
}

}  // namespace

void HmacSha256::Free::operator()(evp_mac_ctx_st* context) const noexcept {
  EVP_MAC_CTX_free(context);
}

HmacSha256::HmacSha256(ByteView key) : context_(EVP_MAC_CTX_new(algorithm())) {
  if (!context_) throw Error("ERR_MEMORY", "no memory for a MAC");
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  // A null key would mean "the one from before".
  static const uint8_t nothing = 0;
  requireMac(EVP_MAC_init(context_.get(), key.empty() ? &nothing : key.data(), key.size(),
                          parameters) == 1);
}

void HmacSha256::update(ByteView part) {
  if (!part.empty()) requireMac(EVP_MAC_update(context_.get(), part.data(), part.size()) == 1);
}

Sha256Digest HmacSha256::finish() {
  Sha256Digest mac;
  size_t size = 0;
  requireMac(EVP_MAC_final(context_.get(), mac.data(), &size, mac.size()) == 1 &&
             size == mac.size());
  return mac;
}

}  // namespace flux::crypto
