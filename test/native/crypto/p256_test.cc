// P-256 against RFC 6979, NIST's and Wycheproof's answers, and our own rules on top.
#include "crypto/p256.h"

#include <gtest/gtest.h>

#include <set>

#include "code_of.h"
#include "crypto/kdf.h"
#include "crypto/random_source.h"
#include "data_lines.h"

namespace flux::crypto {
namespace {

// RFC 6979 §A.2.5: key, public key, and the signature of "sample" with SHA-256.
constexpr const char* kPrivate = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
constexpr const char* kPublic =
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr const char* kR = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
constexpr const char* kHighS = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
constexpr const char* kLowS = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";

Bytes signatureOf(const char* s) {
  return ByteWriter().bytes(fromHex(kR)).bytes(fromHex(s)).take();
}

std::string agreed(const SecretKey& privateKey, ByteView peer) {
  return toHex(agreeP256(privateKey, peer, asBytes("purpose"))->view());
}

TEST(P256, HasThePublicKeyOfRfc6979) {
  EXPECT_EQ(toHex(p256PublicKey(SecretKey(fromHex(kPrivate)))), kPublic);
}

TEST(P256, VerifiesTheSignatureOfRfc6979InItsLowerFormAlone) {
  const Bytes key = fromHex(kPublic);
  EXPECT_TRUE(verifyP256(key, asBytes("sample"), signatureOf(kLowS)));
  EXPECT_FALSE(verifyP256(key, asBytes("sample"), signatureOf(kHighS)));
  EXPECT_FALSE(verifyP256(key, asBytes("test"), signatureOf(kLowS)));
}

TEST(P256, VerifiesItsOwnSignatures) {
  for (int i = 0; i < 40; ++i) {
    const auto key = generateP256();
    const P256PublicKey publicKey = p256PublicKey(*key);
    const Bytes message(static_cast<size_t>(i), 0x61);
    const P256Signature signature = signP256(*key, message);
    EXPECT_TRUE(verifyP256(publicKey, message, signature));
    EXPECT_LE(signature[32], 0x7f) << "a high s";
    Bytes longer = message;
    longer.push_back(0);
    EXPECT_FALSE(verifyP256(publicKey, longer, signature));
    EXPECT_FALSE(verifyP256(p256PublicKey(*generateP256()), message, signature));
  }
}

TEST(P256, NeverSignsTwiceUnderOneNonce) {
  const auto key = generateP256();
  std::set<std::string> halves;
  for (int i = 0; i < 50; ++i) halves.insert(toHex(ByteView(signP256(*key, {})).first(32)));
  EXPECT_EQ(halves.size(), 50U);
}

TEST(P256, AgreesOnBothSidesAndPerPurpose) {
  const auto alice = generateP256(), bob = generateP256();
  const P256PublicKey alicePublic = p256PublicKey(*alice), bobPublic = p256PublicKey(*bob);
  EXPECT_EQ(agreed(*alice, bobPublic), agreed(*bob, alicePublic));
  EXPECT_NE(agreed(*alice, bobPublic),
            toHex(agreeP256(*alice, bobPublic, asBytes("another"))->view()));
}

TEST(P256, AgreesWithNistsCavp) {
  // SP 800-56A ECC CDH primitive, P-256, COUNT = 0.
  const SecretKey key(fromHex("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"));
  const Bytes peer = fromHex(
      "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
      "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac");
  const Bytes shared = fromHex("46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b");
  EXPECT_EQ(agreed(key, peer),
            toHex(deriveSubkey(hkdfExtract(shared)->view(), asBytes("purpose"))->view()));
}

TEST(P256, GeneratesKeysInRangeAndDistinct) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(toHex(p256PublicKey(*generateP256())));
  EXPECT_EQ(seen.size(), 100U);
}

TEST(P256, DrawsAgainWhereTheScalarIsOutOfRange) {
  int draws = 0;
  const ScopedRandomSource source([&](uint8_t* out, size_t size) {
    // First n + 1, then a scalar.
    const Bytes first = fromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552");
    const Bytes second = fromHex(kPrivate);
    std::copy_n((draws++ == 0 ? first : second).begin(), size, out);
    return true;
  });
  EXPECT_EQ(toHex(generateP256()->view()), kPrivate);
  EXPECT_EQ(draws, 2);
}

TEST(P256, RefusesPrivateKeysOutOfRange) {
  for (const char* hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
                          "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
                          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    const SecretKey key(fromHex(hex));
    EXPECT_EQ(codeOf([&] { p256PublicKey(key); }), "ERR_INVALID_ARGUMENT") << hex;
    EXPECT_EQ(codeOf([&] { signP256(key, {}); }), "ERR_INVALID_ARGUMENT") << hex;
    EXPECT_EQ(codeOf([&] { agreed(key, fromHex(kPublic)); }), "ERR_INVALID_ARGUMENT") << hex;
  }
  // n - 1 is the last one; its point is -G.
  const SecretKey last(fromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"));
  EXPECT_EQ(toHex(ByteView(p256PublicKey(last)).first(33)),
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
}

TEST(P256Misuse, Row25PeerKeysThatAreNoneAreRefused) {
  const auto cases = dataLines("wycheproof-p256.txt", "ECDH");
  ASSERT_EQ(cases.size(), 36U);
  size_t refused = 0;
  for (const Fields& fields : cases) {
    const SecretKey key(bytesOf(fields[2]));
    const Bytes peer = bytesOf(fields[3]), shared = bytesOf(fields[4]);
    if (shared.empty()) {
      EXPECT_EQ(codeOf([&] { agreed(key, peer); }), "ERR_PEER_KEY") << "tcId " << fields[1];
      ++refused;
    } else {
      EXPECT_EQ(agreed(key, peer),
                toHex(deriveSubkey(hkdfExtract(shared)->view(), asBytes("purpose"))->view()))
          << "tcId " << fields[1];
    }
  }
  EXPECT_EQ(refused, 23U);

  const auto key = generateP256();
  const auto code = [&](const Bytes& peer) { return codeOf([&] { agreed(*key, peer); }); };
  const Bytes good = fromHex(kPublic);
  EXPECT_EQ(code(good), "nothing thrown");
  EXPECT_EQ(code(Bytes(1)), "ERR_PEER_KEY") << "the point at infinity";
  EXPECT_EQ(code(Bytes(65)), "ERR_PEER_KEY");
  for (const size_t size : {0U, 32U, 33U, 64U}) {
    EXPECT_EQ(code(Bytes(good.begin(), good.begin() + size)), "ERR_PEER_KEY") << size;
  }
  for (const int form : {0, 1, 2, 3, 5, 6, 7, 255}) {  // 6 and 7: hybrid
    Bytes other = good;
    other[0] = static_cast<uint8_t>(form);
    EXPECT_EQ(code(other), "ERR_PEER_KEY") << form;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(code(longer), "ERR_PEER_KEY");
  // The base points of secp256k1 and brainpoolP256r1: of the right size, on other curves.
  EXPECT_EQ(code(fromHex("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                         "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")),
            "ERR_PEER_KEY");
  EXPECT_EQ(code(fromHex("048bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262"
                         "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997")),
            "ERR_PEER_KEY");
  for (size_t bit = 8; bit < good.size() * 8; bit += 7) {
    Bytes other = good;
    other[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    EXPECT_EQ(code(other), "ERR_PEER_KEY") << "bit " << bit;
  }
}

TEST(P256Misuse, Row26SignaturesThatWeWouldNotWriteAreInvalid) {
  const auto cases = dataLines("wycheproof-p256.txt", "ECDSA");
  ASSERT_EQ(cases.size(), 33U);
  for (const Fields& fields : cases) {
    EXPECT_EQ(verifyP256(bytesOf(fields[2]), bytesOf(fields[3]), bytesOf(fields[4])),
              fields[5] == "valid")
        << "tcId " << fields[1];
  }

  const auto key = generateP256();
  const P256PublicKey publicKey = p256PublicKey(*key);
  const auto message = asBytes("checkpoint 42");
  const P256Signature signature = signP256(*key, message);
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    P256Signature altered = signature;
    altered[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    EXPECT_FALSE(verifyP256(publicKey, message, altered)) << "bit " << bit;
  }
  for (size_t size = 0; size < signature.size(); ++size) {
    EXPECT_FALSE(verifyP256(publicKey, message, ByteView(signature).first(size)));
  }
  // DER, which another library might hand us: refused whole, and where it happens to have 64 bytes.
  Bytes der = fromHex("30440220");
  der.insert(der.end(), signature.begin(), signature.begin() + 32);
  der.insert(der.end(), {0x02, 0x20});
  der.insert(der.end(), signature.begin() + 32, signature.end());
  EXPECT_FALSE(verifyP256(publicKey, message, der));
  EXPECT_FALSE(verifyP256(publicKey, message, ByteView(der).first(64)));
  // The signature of the digest instead of the message: a wrong hash.
  EXPECT_FALSE(verifyP256(publicKey, message, signP256(*key, sha256(message))));
  EXPECT_EQ(codeOf([&] { (void)verifyP256(Bytes(65), message, signature); }), "ERR_PEER_KEY");
  EXPECT_TRUE(verifyP256(publicKey, message, signature));
}

}  // namespace
}  // namespace flux::crypto
