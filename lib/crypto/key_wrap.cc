#include "crypto/key_wrap.h"

#include <algorithm>

#include "crypto/aria_gcm.h"
#include "crypto/self_test.h"

namespace flux::crypto {

Bytes wrapKey(const SecretKey& wrapping, const SecretKey& key, ByteView context) {
  requireSelfTest();
  GcmNonce nonce;
  randomBytes(nonce.data(), nonce.size());
  Bytes out(nonce.begin(), nonce.end());
  const Bytes sealed = ariaGcmSeal(wrapping.view(), nonce, context, key.view());
  out.insert(out.end(), sealed.begin(), sealed.end());
  return out;
}

SecretKeyPtr unwrapKey(const SecretKey& wrapping, ByteView wrapped, ByteView context) {
  requireSelfTest();
  Bytes material;
  bool authentic = false;
  if (wrapped.size() == kWrappedKeySize) {
    GcmNonce nonce;
    std::copy_n(wrapped.begin(), nonce.size(), nonce.begin());
    authentic =
        ariaGcmOpen(wrapping.view(), nonce, context, wrapped.subspan(kGcmNonceSize), material);
  }
  if (!authentic) {
    throw Error("ERR_AUTH_TAG",
                "the wrapped key does not open: wrong passphrase or root, or altered");
  }
  auto key = std::make_shared<const SecretKey>(material);
  wipe(material.data(), material.size());
  return key;
}

}  // namespace flux::crypto
