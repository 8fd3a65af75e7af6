// Key derivation against the RFCs' own examples.
#include "crypto/kdf.h"

#include <gtest/gtest.h>

#include "code_of.h"
#include "crypto/hmac.h"

namespace flux::crypto {
namespace {

TEST(Sha256, MatchesFips180Examples) {
  EXPECT_EQ(toHex(sha256(asBytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(toHex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hmac, MatchesRfc4231) {
  EXPECT_EQ(toHex(hmacSha256(Bytes(20, 0x0b), asBytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(toHex(hmacSha256(asBytes("Jefe"), asBytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(toHex(hmacSha256(Bytes(20, 0xaa), Bytes(50, 0xdd))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(toHex(hmacSha256(Bytes(131, 0xaa),
                             asBytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, InPartsEqualsInOnePiece) {
  Bytes data(300);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i);
  for (const size_t keySize : {0U, 1U, 32U, 64U, 131U}) {
    const Bytes key(keySize, 0x0b);
    for (const size_t cut : {0U, 1U, 63U, 64U, 65U, 300U}) {
      HmacSha256 mac(key);
      mac.update(ByteView(data).first(cut));
      mac.update(ByteView(data).subspan(cut));
      EXPECT_EQ(toHex(mac.finish()), toHex(hmacSha256(key, data)));
    }
  }
}

TEST(Hmac, TakesAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(toHex(hmacSha256({}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, ExpandsAsRfc5869Says) {
  // A.1
  EXPECT_EQ(
      toHex(hkdfExpand(fromHex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"),
                       fromHex("f0f1f2f3f4f5f6f7f8f9"), 42)),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  // A.2: three blocks and a bit
  Bytes info;
  for (int i = 0xb0; i <= 0xff; ++i) info.push_back(static_cast<uint8_t>(i));
  EXPECT_EQ(
      toHex(hkdfExpand(fromHex("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244"),
                       info, 82)),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
      "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
      "cc30c58179ec3e87c14c01d5c1f3434f1d87");
  // A.3: no info
  EXPECT_EQ(
      toHex(hkdfExpand(fromHex("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"),
                       {}, 42)),
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, ExtractsWithAnEmptySaltAsRfc5869Says) {
  // A.3
  const auto prk = hkdfExtract(Bytes(22, 0x0b));
  EXPECT_EQ(toHex(prk->view()), "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
  EXPECT_EQ(toHex(deriveSubkey(prk->view(), {})->view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(Hkdf, MakesSubkeysOfTheirOwnForEveryPurpose) {
  const auto key = SecretKey::generate();
  const auto first = deriveSubkey(key->view(), asBytes("audit"));
  EXPECT_EQ(toHex(first->view()), toHex(hkdfExpand(key->view(), asBytes("audit"), 32)));
  EXPECT_NE(toHex(first->view()), toHex(deriveSubkey(key->view(), asBytes("token"))->view()));
}

TEST(Hkdf, MakesAtMost255Blocks) {
  EXPECT_EQ(hkdfExpand(Bytes(32), {}, 8160).size(), 8160U);
  EXPECT_EQ(hkdfExpand(Bytes(32), {}, 0).size(), 0U);
  EXPECT_EQ(codeOf([] { hkdfExpand(Bytes(32), {}, 8161); }), "ERR_INVALID_ARGUMENT");
}

/// RFC 8018 §5.2, one block, put together from HMAC alone.
Bytes pbkdf2ByTheBook(ByteView passphrase, ByteView salt, uint32_t iterations) {
  Sha256Digest part = hmacSha256(passphrase, ByteWriter().bytes(salt).u32(1).view());
  Bytes out(part.begin(), part.end());
  for (uint32_t i = 1; i < iterations; ++i) {
    part = hmacSha256(passphrase, part);
    for (size_t j = 0; j < out.size(); ++j) out[j] ^= part[j];
  }
  return out;
}

TEST(Pbkdf2, AgreesWithWhatGivesRfc7914sAnswers) {
  // RFC 7914 §11: too few iterations and too short a salt for us, so the book is checked with them.
  EXPECT_EQ(toHex(pbkdf2ByTheBook(asBytes("passwd"), asBytes("salt"), 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_EQ(toHex(pbkdf2ByTheBook(asBytes("Password"), asBytes("NaCl"), 80000)),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
  const Bytes salt(16, 0x5a);
  EXPECT_EQ(toHex(pbkdf2(asBytes("Password"), salt, 100000)->view()),
            toHex(pbkdf2ByTheBook(asBytes("Password"), salt, 100000)));
}

TEST(Pbkdf2, GivesAKnownAnswer) {
  const auto key = pbkdf2(asBytes("passwordPASSWORDpassword"),
                          asBytes("saltSALTsaltSALTsaltSALTsaltSALTsalt"), 100000);
  EXPECT_EQ(toHex(key->view()), "af70dc8ce4ccc6d39e35080f4af755133b266f3a8da78983844e1caf1fb9f76d");
}

TEST(Pbkdf2, RefusesWeakOrAbsurdParameters) {
  const Bytes salt(16, 7);
  EXPECT_EQ(codeOf([&] { pbkdf2(asBytes("p"), salt, 99999); }), "ERR_POLICY");
  EXPECT_EQ(codeOf([&] { pbkdf2(asBytes("p"), salt, 1000); }), "ERR_POLICY");
  EXPECT_EQ(codeOf([&] { pbkdf2(asBytes("p"), salt, 0x80000000U); }), "ERR_POLICY");
  EXPECT_EQ(codeOf([&] { pbkdf2(asBytes("p"), Bytes(15), 100000); }), "ERR_POLICY");
}

}  // namespace
}  // namespace flux::crypto
