// When a client signs, and when it gives up.
#include "rtsp/authenticator.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

Response unauthorized(const std::string& challenge) {
  Response response{401, "Unauthorized", {}, ""};
  response.headers.add("WWW-Authenticate", challenge);
  return response;
}

TEST(Authenticator, SignsNothingBeforeAChallenge) {
  Authenticator login("u", "p");
  EXPECT_FALSE(login.sign("OPTIONS", "rtsp://h/"));
}

TEST(Authenticator, CountsTheUsesOfANonce) {
  Authenticator login("u", "p");
  ASSERT_TRUE(login.accept(unauthorized(R"(Digest realm="r", nonce="n", qop="auth")"), 0));
  EXPECT_NE(login.sign("OPTIONS", "x")->find("nc=00000001"), std::string::npos);
  EXPECT_NE(login.sign("DESCRIBE", "x")->find("nc=00000002"), std::string::npos);
  ASSERT_TRUE(login.accept(unauthorized(R"(Digest realm="r", nonce="m", qop="auth")"), 0));
  const auto next = login.sign("SETUP", "x");
  EXPECT_NE(next->find("nc=00000001"), std::string::npos);
  EXPECT_NE(next->find(R"(nonce="m")"), std::string::npos);
}

TEST(Authenticator, TakesAWrongPasswordForWrongAfterOneSignedTry) {
  Authenticator login("u", "p");
  ASSERT_TRUE(login.accept(unauthorized(R"(Digest realm="r", nonce="n")"), 0));
  EXPECT_FALSE(login.accept(unauthorized(R"(Digest realm="r", nonce="m")"), 1));
  EXPECT_NE(login.refusal().find("wrong"), std::string::npos);
  EXPECT_FALSE(login.sign("OPTIONS", "x"));  // the next connection begins without it
}

TEST(Authenticator, SignsAgainWhereTheNonceWasStaleButNotForEver) {
  Authenticator login("u", "p");
  const Response stale = unauthorized(R"(Digest realm="r", nonce="n", stale=true)");
  int tries = 0;
  while (login.accept(stale, tries)) ASSERT_LT(++tries, 10);
  EXPECT_GT(tries, 1);
}

TEST(Authenticator, SaysWhatIsMissing) {
  Authenticator nobody("", "");
  EXPECT_FALSE(nobody.accept(unauthorized(R"(Basic realm="r")"), 0));
  EXPECT_NE(nobody.refusal().find("give a user name"), std::string::npos);
  Authenticator somebody("u", "p");
  EXPECT_FALSE(somebody.accept(unauthorized("Bearer"), 0));
  EXPECT_NE(somebody.refusal().find("no login method"), std::string::npos);
}

TEST(Authenticator, ChoosesAmongSeveralHeaders) {
  Authenticator login("u", "p");
  Response response = unauthorized(R"(Basic realm="r")");
  response.headers.add("WWW-Authenticate", R"(Digest realm="r", nonce="n")");
  ASSERT_TRUE(login.accept(response, 0));
  EXPECT_TRUE(login.sign("OPTIONS", "x")->starts_with("Digest "));
}

constexpr const char* kShaAndMd5 = R"(Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth", )"
                                   R"(Digest realm="r", nonce="n", algorithm=MD5, qop="auth")";

TEST(Authenticator, FallsBackToMd5AndThenWithoutQopWhereThatIsRefused) {
  QuirkCounters quirks;
  Authenticator login("u", "p", Policies::Digest::kAuto, &quirks);
  ASSERT_TRUE(login.accept(unauthorized(kShaAndMd5), 0));
  EXPECT_NE(login.sign("OPTIONS", "x")->find("algorithm=SHA-256"), std::string::npos);
  ASSERT_TRUE(login.accept(unauthorized(kShaAndMd5), 1));
  const auto md5 = login.sign("OPTIONS", "x");
  EXPECT_NE(md5->find("algorithm=MD5"), std::string::npos);
  EXPECT_NE(md5->find("qop=auth"), std::string::npos);
  ASSERT_TRUE(login.accept(unauthorized(kShaAndMd5), 2));
  const auto old = login.sign("OPTIONS", "x");
  EXPECT_NE(old->find("algorithm=MD5"), std::string::npos);
  EXPECT_EQ(old->find("qop"), std::string::npos);
  EXPECT_EQ(quirks.count(Quirk::kDigestFallback), 0U);
  login.accepted();
  EXPECT_EQ(quirks.count(Quirk::kDigestFallback), 1U);
  // What was found out holds for the next challenge.
  ASSERT_TRUE(login.accept(unauthorized(kShaAndMd5), 0));
  EXPECT_EQ(login.sign("OPTIONS", "x")->find("qop"), std::string::npos);
  login.accepted();
  EXPECT_EQ(quirks.count(Quirk::kDigestFallback), 1U);
}

TEST(Authenticator, BeginsAtTheStrongestAgainWhereNothingWasAccepted) {
  QuirkCounters quirks;
  Authenticator login("u", "wrong", Policies::Digest::kAuto, &quirks);
  for (int round = 0; round < 2; ++round) {
    int tries = 0;
    while (login.accept(unauthorized(kShaAndMd5), tries)) {
      const bool sha = login.sign("OPTIONS", "x")->find("SHA-256") != std::string::npos;
      EXPECT_EQ(sha, tries == 0);
      ++tries;
    }
    EXPECT_EQ(tries, 3);
  }
  EXPECT_EQ(quirks.count(Quirk::kDigestFallback), 0U);
}

TEST(Authenticator, NeverFallsBackFromDigestToBasic) {
  Authenticator login("u", "p");
  ASSERT_TRUE(login.accept(unauthorized(R"(Basic realm="r", Digest realm="r", nonce="n")"), 0));
  EXPECT_FALSE(login.accept(unauthorized(R"(Basic realm="r", Digest realm="r", nonce="n")"), 1));
  ASSERT_TRUE(login.accept(unauthorized(R"(Digest realm="r", nonce="n")"), 0));
  EXPECT_FALSE(login.accept(unauthorized(R"(Basic realm="r")"), 1));
}

TEST(Authenticator, KeepsToTheAlgorithmOfItsPolicy) {
  Authenticator md5("u", "p", Policies::Digest::kMd5);
  ASSERT_TRUE(md5.accept(unauthorized(kShaAndMd5), 0));
  EXPECT_NE(md5.sign("OPTIONS", "x")->find("algorithm=MD5"), std::string::npos);
  Authenticator sha("u", "p", Policies::Digest::kSha256);
  ASSERT_TRUE(sha.accept(unauthorized(kShaAndMd5), 0));
  EXPECT_NE(sha.sign("OPTIONS", "x")->find("SHA-256"), std::string::npos);
  EXPECT_FALSE(sha.accept(unauthorized(R"(Digest realm="r", nonce="n")"), 0));
  EXPECT_FALSE(sha.accept(unauthorized(R"(Basic realm="r")"), 0));
}

TEST(Authenticator, CountsSeveralChallengesAndNoncesThatWereRenewed) {
  QuirkCounters quirks;
  Authenticator login("u", "p", Policies::Digest::kAuto, &quirks);
  ASSERT_TRUE(login.accept(unauthorized(kShaAndMd5), 0));
  EXPECT_EQ(quirks.count(Quirk::kSeveralChallenges), 1U);
  EXPECT_TRUE(login.isUnproven());
  login.accepted();
  EXPECT_FALSE(login.isUnproven());
  EXPECT_EQ(login.nonceRenewals(), 0U);
  ASSERT_TRUE(login.accept(unauthorized(R"(Digest realm="r", nonce="m")"), 0));
  EXPECT_EQ(login.nonceRenewals(), 1U);
}

}  // namespace
}  // namespace flux::rtsp
