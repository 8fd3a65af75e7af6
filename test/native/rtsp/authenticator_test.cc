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

}  // namespace
}  // namespace flux::rtsp
