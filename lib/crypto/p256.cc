#include "crypto/p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "crypto/kdf.h"
#include "crypto/openssl_setup.h"
#include "crypto/secret_array.h"
#include "crypto/self_test.h"

namespace flux::crypto {
namespace {

constexpr size_t kScalarSize = 32;
using Scalar = std::array<uint8_t, kScalarSize>;

// SEC 2 §2.4.2, big-endian: the order n of the base point, and (n - 1) / 2.
constexpr Scalar kOrder = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                           0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
constexpr Scalar kHalfOrder = {0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b,
                               0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8};
// A generator that yields no scalar this often (each misses with p < 2^-32) is broken.
constexpr int kMaxDraws = 8;

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* object) const noexcept {
    free(object);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using Point = std::unique_ptr<EC_POINT, Free<EC_POINT_clear_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

void requireP256(bool done) {
  if (!done) throw Error("ERR_CRYPTO", "a P-256 operation failed inside OpenSSL");
}

const EC_GROUP* curve() {
  setUpOpenSsl();
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  requireP256(group != nullptr);
  return group;
}

/// 1 where a < b, else 0, both big-endian; in time that does not depend on them.
unsigned lessThan(const uint8_t* a, const uint8_t* b) noexcept {
  unsigned borrow = 0;
  for (size_t i = kScalarSize; i-- > 0;) borrow = (a[i] - b[i] - borrow) >> 31;
  return borrow;
}

bool isZero(const uint8_t* scalar) noexcept {
  unsigned bits = 0;
  for (size_t i = 0; i < kScalarSize; ++i) bits |= scalar[i];
  return bits == 0;
}

bool isScalar(const uint8_t* bytes) noexcept {
  return !isZero(bytes) && lessThan(bytes, kOrder.data()) == 1;
}

/// True for the greater of the two forms of one signature.
bool isHigh(const uint8_t* s) noexcept {
  return lessThan(kHalfOrder.data(), s) == 1;
}

/// An EVP_PKEY of a public key and, where there is one, its private scalar.
Key makeKey(P256PublicKey publicKey, const SecretKey* privateKey) {
  char group[] = "prime256v1";
  SecretArray<kScalarSize> scalar;  // OSSL_PARAM takes integers in the machine's own byte order
  OSSL_PARAM parameters[4] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, publicKey.data(),
                                        publicKey.size()),
      OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (privateKey != nullptr) {
    const ByteView bytes = privateKey->view();
    if constexpr (std::endian::native == std::endian::little) {
      std::reverse_copy(bytes.begin(), bytes.end(), scalar.begin());
    } else {
      std::ranges::copy(bytes, scalar.begin());
    }
    parameters[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, scalar.data(), scalar.size());
  }
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  requireP256(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
              EVP_PKEY_fromdata(context.get(), &key,
                                privateKey != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                                parameters) == 1);
  return Key(key);
}

Key makePrivateKey(const SecretKey& privateKey) {
  return makeKey(p256PublicKey(privateKey), &privateKey);
}

/// SP 800-56A §5.6.2.3.3; the cofactor is 1, so a point of the curve is a point of the group.
Key makePublicKey(ByteView bytes) {
  constexpr uint8_t kUncompressed = 4;
  P256PublicKey publicKey;
  if (bytes.size() == publicKey.size() && bytes[0] == kUncompressed) {
    std::ranges::copy(bytes, publicKey.begin());
    const Point point(EC_POINT_new(curve()));
    requireP256(point != nullptr);
    // Refuses coordinates that are no field elements or lie off the curve.
    if (EC_POINT_oct2point(curve(), point.get(), publicKey.data(), publicKey.size(), nullptr) ==
            1 &&
        EC_POINT_is_at_infinity(curve(), point.get()) == 0) {
      return makeKey(publicKey, nullptr);
    }
  }
  throw Error("ERR_PEER_KEY",
              "not a P-256 public key: it must be 65 bytes, 04 || X || Y, of a point on the curve");
}

}  // namespace

// p256PublicKey() and verifyP256() are part of the self-test and cannot wait for it.

SecretKeyPtr generateP256() {
  requireSelfTest();
  SecretArray<kScalarSize> scalar;  // FIPS 186-5 A.2.2: draw until it is in range
  for (int i = 0; i < kMaxDraws; ++i) {
    randomBytes(scalar.data(), scalar.size());
    if (isScalar(scalar.data())) return std::make_shared<const SecretKey>(scalar);
  }
  throw Error("ERR_RNG", "the random generator gives no private key; nothing was made from it");
}

P256PublicKey p256PublicKey(const SecretKey& privateKey) {
  const ByteView bytes = privateKey.view();
  if (!isScalar(bytes.data())) {
    throw Error("ERR_INVALID_ARGUMENT", "the key is no P-256 private key: out of [1, n - 1]");
  }
  const EC_GROUP* group = curve();
  const BigNumber scalar(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  const Point point(EC_POINT_new(group));
  requireP256(scalar && point);
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  P256PublicKey out;
  requireP256(EC_POINT_mul(group, point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1 &&
              EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, out.data(),
                                 out.size(), nullptr) == out.size());
  return out;
}

SecretKeyPtr agreeP256(const SecretKey& privateKey, ByteView peer, ByteView info) {
  requireSelfTest();
  const Key theirs = makePublicKey(peer);
  const Key ours = makePrivateKey(privateKey);
  const KeyContext context(EVP_PKEY_CTX_new(ours.get(), nullptr));
  SecretArray<kScalarSize> shared;
  size_t size = shared.size();
  requireP256(context && EVP_PKEY_derive_init(context.get()) == 1 &&
              EVP_PKEY_derive_set_peer(context.get(), theirs.get()) == 1 &&
              EVP_PKEY_derive(context.get(), shared.data(), &size) == 1 && size == shared.size());
  if (isZero(shared.data())) {
    throw Error("ERR_PEER_KEY", "the peer's public key leads to a shared secret of zeros");
  }
  return deriveSubkey(hkdfExtract(shared)->view(), info);
}

P256Signature signP256(const SecretKey& privateKey, ByteView message) {
  requireSelfTest();
  const Key key = makePrivateKey(privateKey);
  const DigestContext context(EVP_MD_CTX_new());
  // OpenSSL hashes the private key, the message and fresh randomness into each nonce, so that
  // neither a weak generator nor a repeated message gives the key away.
  uint8_t der[80];
  size_t size = sizeof(der);
  requireP256(context &&
              EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
              EVP_DigestSign(context.get(), der, &size, message.data(), message.size()) == 1);
  const uint8_t* cursor = der;
  const Signature parsed(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(size)));
  requireP256(parsed != nullptr);
  P256Signature out;
  constexpr int kHalf = kScalarSize;
  requireP256(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out.data(), kHalf) == kHalf &&
              BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out.data() + kHalf, kHalf) == kHalf);
  if (isHigh(out.data() + kScalarSize)) {
    // s and n - s are both valid; we write the smaller one.
    unsigned borrow = 0;
    for (size_t i = kScalarSize; i-- > 0;) {
      const unsigned difference = kOrder[i] - out[kScalarSize + i] - borrow;
      out[kScalarSize + i] = static_cast<uint8_t>(difference);
      borrow = difference >> 31;
    }
  }
  return out;
}

bool verifyP256(ByteView publicKey, ByteView message, ByteView signature) {
  const Key key = makePublicKey(publicKey);
  if (signature.size() != kP256SignatureSize) return false;
  const uint8_t *r = signature.data(), *s = r + kScalarSize;
  if (!isScalar(r) || !isScalar(s) || isHigh(s)) return false;

  const Signature parsed(ECDSA_SIG_new());
  BigNumber rNumber(BN_bin2bn(r, kScalarSize, nullptr));
  BigNumber sNumber(BN_bin2bn(s, kScalarSize, nullptr));
  requireP256(parsed && rNumber && sNumber);
  requireP256(ECDSA_SIG_set0(parsed.get(), rNumber.get(), sNumber.get()) == 1);
  // They belong to `parsed` now.
  [[maybe_unused]] const BIGNUM* const moved[] = {rNumber.release(), sNumber.release()};
  uint8_t der[80];
  uint8_t* cursor = der;
  const int size = i2d_ECDSA_SIG(parsed.get(), &cursor);
  requireP256(size > 0 && size <= static_cast<int>(sizeof(der)));
  const DigestContext context(EVP_MD_CTX_new());
  requireP256(context &&
              EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
  return EVP_DigestVerify(context.get(), der, static_cast<size_t>(size), message.data(),
                          message.size()) == 1;
}

}  // namespace flux::crypto
