// Wrapped keys: what opens them, and what does not.
#include "crypto/key_wrap.h"

#include <gtest/gtest.h>

#include <set>

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
    nonces.insert(toHex(ByteView(wrapKey(*wrapping, *key, {})).first(12)));
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
