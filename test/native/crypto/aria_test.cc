// ARIA-256 against RFC 5794, RFC 8269 and Project Wycheproof.
#include <gtest/gtest.h>

#include "code_of.h"
#include "crypto/aria_cipher.h"
#include "crypto/aria_gcm_aead.h"
#include "data_lines.h"

namespace flux::crypto {
namespace {

// The RTP payload of RFC 8269's examples.
constexpr const char* kRfc8269Payload =
    "f57af5fd4ae19562976ec57a5a7ad55a5af5c5e5c5fdf5c55ad57a4a7272d57262e9729566ed66e97ac54a4a5a7a"
    "d5e15ae5fdd5fd5ac5d56ae56ad5c572d54ae54ac55a956afd6aed5a4ac562957a9516991691d572fd14e97ae962"
    "ed7a9f4a955af572e162f57a956666e17ae1f54a95f566d54a66e16e4afd6a9f7ae1c5c55ae5d56afde916c5e94a"
    "6ec56695e14afde1148416e94ad57ac5146ed59d1cc5";
constexpr const char* kRfc8269Key =
    "0c5ffd37a11edc42c325287fc0604f2e3e8cd5671a00fe3216aa5eb105783b54";

Bytes run(AriaMode mode, Direction direction, ByteView key, ByteView iv, ByteView in) {
  Bytes out(in.size());
  AriaCipher(mode, direction, key, iv.data()).update(in, out.data());
  return out;
}

TEST(Aria, GivesTheBlockOfRfc5794) {
  // Appendix A.3, 256-bit key. In CBC with a vector of zeros, one block is the block cipher alone.
  const Bytes key = fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const Bytes plaintext = fromHex("00112233445566778899aabbccddeeff");
  const Bytes zeros(16);
  const Bytes sealed = run(AriaMode::kCbc, Direction::kEncrypt, key, zeros, plaintext);
  EXPECT_EQ(toHex(sealed), "f92bd7c79fb72e2f2b8f80c1972d24fc");
  EXPECT_EQ(run(AriaMode::kCbc, Direction::kDecrypt, key, zeros, sealed), plaintext);
  // And in counter mode over zeros, the counter is the plaintext.
  EXPECT_EQ(toHex(run(AriaMode::kCtr, Direction::kEncrypt, key, plaintext, zeros)),
            "f92bd7c79fb72e2f2b8f80c1972d24fc");
}

TEST(Aria, CountsAsRfc8269Does) {
  // Appendix A.1.2: SRTP_ARIA_256_CTR; the vector is made of the salt, SSRC 20e8f5eb, index 315e.
  const Bytes iv = fromHex("cd3a7c42e69915ed7a2a263985640000");
  const Bytes sealed =
      run(AriaMode::kCtr, Direction::kEncrypt, fromHex(kRfc8269Key), iv, fromHex(kRfc8269Payload));
  EXPECT_EQ(
      toHex(sealed),
      "c424c59fd5696305e5b13d8e8ca7656617ccd7471088af9debf07b55c750f804a5ac2b737be48140958a9b42"
      "0524112ae72e4da5bca59d2b1019ddd7dbdc30b43d5f046152ced40947d62d2c93e7b8e50f02db2b6b61b010"
      "e4c1566884de1fa9702cdf8157e8aedfe3dd77c76bb50c25ae4d624615c15acfdeeb5f79482aaa01d3e4c05e"
      "b601eca2bd10518e9d46b02116359232e9eac0fabd05235dd09e6dea");
}

TEST(Aria, SealsAsRfc8269Does) {
  // Appendix A.2.2: AEAD_ARIA_256_GCM.
  const auto aead = makeAriaGcmAead(fromHex(kRfc8269Key));
  Bytes nonce = fromHex("000020e8f5eb00000000315e");
  const Bytes aad = fromHex("8008315ebf2e6fe020e8f5eb"), plaintext = fromHex(kRfc8269Payload);
  Bytes text = plaintext, tag(16);
  aead->seal(nonce.data(), aad, text, text.data(), tag.data());
  EXPECT_EQ(
      toHex(text),
      "6f9e4bcbc8c85fc0128fb1e4a0a20cb9932ff74581f54fc013dd054b19f99371425b352d97d3f337b90b63d1"
      "b082adeeea9d2d7391897d591b985e55fb50cb5350cf7d38dc27dda127c078a149c8eb98083d66363a46e372"
      "6af217d3a00275ad5bf772c7610ea4c23006878f0ee69a8397703169a419303f40b72e4573714d19e2697df6"
      "1e7c7252e5abc6bade876ac4961bfac4d5e867afca351a48aed52822");
  EXPECT_EQ(toHex(tag), "e210d6ced2cf430ff841472915e7ef48");
  ASSERT_TRUE(aead->open(nonce.data(), aad, text, tag.data(), text.data()));
  EXPECT_EQ(text, plaintext);
}

TEST(Aria, AgreesWithWycheproofInGcm) {
  const auto cases = dataLines("wycheproof-aria.txt", "GCM");
  ASSERT_EQ(cases.size(), 20U);
  for (const Fields& fields : cases) {
    const Bytes aad = bytesOf(fields[4]), message = bytesOf(fields[5]), tag = bytesOf(fields[7]);
    Bytes nonce = bytesOf(fields[3]), text = bytesOf(fields[6]);
    const auto aead = makeAriaGcmAead(bytesOf(fields[2]));
    const auto size = aead->open(nonce.data(), aad, text, tag.data(), text.data());
    EXPECT_EQ(size.has_value(), fields[8] == "valid") << "tcId " << fields[1];
    EXPECT_EQ(text, size ? message : Bytes(text.size())) << "tcId " << fields[1];
    if (!size) continue;
    Bytes again(16);
    aead->seal(nonce.data(), aad, text, text.data(), again.data());
    EXPECT_EQ(toHex(text), fields[6]) << "tcId " << fields[1];
    EXPECT_EQ(again, tag) << "tcId " << fields[1];
  }
}

TEST(Aria, ChainsAsWycheproofDoes) {
  const auto cases = dataLines("wycheproof-aria.txt", "CBC");
  ASSERT_EQ(cases.size(), 8U);
  for (const Fields& fields : cases) {
    const Bytes key = bytesOf(fields[2]), iv = bytesOf(fields[3]);
    Bytes padded = bytesOf(fields[5]);
    const size_t padding = 16 - padded.size() % 16;
    padded.insert(padded.end(), padding, static_cast<uint8_t>(padding));
    const Bytes sealed = run(AriaMode::kCbc, Direction::kEncrypt, key, iv, padded);
    EXPECT_EQ(toHex(sealed), fields[6]) << "tcId " << fields[1];
    EXPECT_EQ(run(AriaMode::kCbc, Direction::kDecrypt, key, iv, sealed), padded);
  }
}

TEST(Aria, RefusesKeysOfOtherSizes) {
  const Bytes iv(16);
  for (const size_t size : {0U, 16U, 24U, 31U, 33U}) {
    const Bytes key(size);
    EXPECT_EQ(codeOf([&] { AriaCipher(AriaMode::kCtr, Direction::kEncrypt, key, iv.data()); }),
              "ERR_INVALID_ARGUMENT");
    EXPECT_EQ(codeOf([&] { makeAriaGcmAead(key); }), "ERR_INVALID_ARGUMENT");
  }
}

}  // namespace
}  // namespace flux::crypto
