// Wrapped keys, and ARIA-256-GCM below them against RFC 8269.
#include "crypto/key_wrap.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto/aria_gcm.h"
#include "crypto/random_source.h"

namespace flux::crypto {
namespace {

std::string unwrapCode(const SecretKey& wrapping, ByteView wrapped, ByteView context) {
  try {
    unwrapKey(wrapping, wrapped, context);
  } catch (const Error& error) {
    return error.code();
  }
  return "it opened";
}

TEST(AriaGcm, MatchesRfc8269) {
  const Bytes key = fromHex("0c5ffd37a11edc42c325287fc0604f2e3e8cd5671a00fe3216aa5eb105783b54");
  const GcmNonce nonce = {0, 0, 0x20, 0xe8, 0xf5, 0xeb, 0, 0, 0, 0, 0x31, 0x5e};
  const Bytes aad = fromHex("8008315ebf2e6fe020e8f5eb");
  const Bytes plaintext = fromHex(
      "f57af5fd4ae19562976ec57a5a7ad55a5af5c5e5c5fdf5c55ad57a4a7272d57262e9729566ed66e97ac54a4a5a7a"
      "d5e15ae5fdd5fd5ac5d56ae56ad5c572d54ae54ac55a956afd6aed5a4ac562957a9516991691d572fd14e97ae962"
      "ed7a9f4a955af572e162f57a956666e17ae1f54a95f566d54a66e16e4afd6a9f7ae1c5c55ae5d56afde916c5e94a"
      "6ec56695e14afde1148416e94ad57ac5146ed59d1cc5");
  const Bytes sealed = ariaGcmSeal(key, nonce, aad, plaintext);
  EXPECT_EQ(
      toHex(sealed),
      "6f9e4bcbc8c85fc0128fb1e4a0a20cb9932ff74581f54fc013dd054b19f99371425b352d97d3f337b90b63d1"
      "b082adeeea9d2d7391897d591b985e55fb50cb5350cf7d38dc27dda127c078a149c8eb98083d66363a46e372"
      "6af217d3a00275ad5bf772c7610ea4c23006878f0ee69a8397703169a419303f40b72e4573714d19e2697df6"
      "1e7c7252e5abc6bade876ac4961bfac4d5e867afca351a48aed52822"
      "e210d6ced2cf430ff841472915e7ef48");
  Bytes opened;
  EXPECT_TRUE(ariaGcmOpen(key, nonce, aad, sealed, opened));
  EXPECT_EQ(opened, plaintext);
}

TEST(KeyWrap, OpensWithTheSameKeyAndContext) {
  const auto wrapping = SecretKey::generate(), key = SecretKey::generate();
  const Bytes wrapped = wrapKey(*wrapping, *key, asBytes("video/cam-1/2026-01-26"));
  EXPECT_EQ(wrapped.size(), kWrappedKeySize);
  const auto again = unwrapKey(*wrapping, wrapped, asBytes("video/cam-1/2026-01-26"));
  EXPECT_EQ(toHex(again->view()), toHex(key->view()));
}

TEST(KeyWrap, RefusesEveryAlterationWithOneAndTheSameError) {
  const auto wrapping = SecretKey::generate(), key = SecretKey::generate();
  const auto context = asBytes("video/cam-1");
  const Bytes wrapped = wrapKey(*wrapping, *key, context);
  for (size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    Bytes altered = wrapped;
    altered[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    EXPECT_EQ(unwrapCode(*wrapping, altered, context), "ERR_AUTH_TAG") << "bit " << bit;
  }
  EXPECT_EQ(unwrapCode(*SecretKey::generate(), wrapped, context), "ERR_AUTH_TAG");
  EXPECT_EQ(unwrapCode(*wrapping, wrapped, asBytes("video/cam-2")), "ERR_AUTH_TAG");
  EXPECT_EQ(unwrapCode(*wrapping, wrapped, {}), "ERR_AUTH_TAG");
  for (size_t size = 0; size < wrapped.size(); ++size) {
    EXPECT_EQ(unwrapCode(*wrapping, ByteView(wrapped).first(size), context), "ERR_AUTH_TAG");
  }
  Bytes longer = wrapped;
  longer.push_back(0);
  EXPECT_EQ(unwrapCode(*wrapping, longer, context), "ERR_AUTH_TAG");
  EXPECT_EQ(unwrapCode(*wrapping, wrapped, context), "it opened");
}

TEST(KeyWrap, NeverRepeatsANonce) {
  const auto wrapping = SecretKey::generate(), key = SecretKey::generate();
  std::set<std::string> nonces;
  for (int i = 0; i < 500; ++i) {
    nonces.insert(toHex(ByteView(wrapKey(*wrapping, *key, {})).first(kGcmNonceSize)));
  }
  EXPECT_EQ(nonces.size(), 500U);
}

TEST(KeyWrap, MakesNothingWithoutRandomness) {
  const auto wrapping = SecretKey::generate(), key = SecretKey::generate();
  const ScopedRandomSource broken([](uint8_t*, size_t) { return false; });
  try {
    wrapKey(*wrapping, *key, {});
    FAIL() << "a key was wrapped under no nonce";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_RNG");
  }
}

}  // namespace
}  // namespace flux::crypto
