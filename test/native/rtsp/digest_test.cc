// The RFCs' own examples, odd challenges, and the server's side.
#include "rtsp/digest.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

using Scheme = Challenge::Scheme;

std::string parameter(const std::string& header, const std::string& name) {
  const size_t at = header.find(name + "=\"");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return header.substr(begin, header.find('"', begin) - begin);
}

Challenge digest(const char* algorithm) {
  Challenge out;
  out.scheme = Scheme::kDigest;
  out.realm = "http-auth@example.org";
  out.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  out.opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
  out.algorithm = algorithm;
  out.qopAuth = true;
  return out;
}

constexpr const char* kRfc7616ClientNonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

TEST(Digest, AnswersAsInRfc7616WithMd5) {
  const std::string header = authorize(digest("MD5"), "Mufasa", "Circle of Life", "GET",
                                       "/dir/index.html", 1, kRfc7616ClientNonce);
  EXPECT_EQ(parameter(header, "response"), "8ca523f5e9506fed4657c9700eebdbec");
  EXPECT_NE(header.find("algorithm=MD5, qop=auth, nc=00000001"), std::string::npos);
  EXPECT_EQ(parameter(header, "opaque"), digest("MD5").opaque);
}

TEST(Digest, AnswersAsInRfc7616WithSha256) {
  const std::string header = authorize(digest("SHA-256"), "Mufasa", "Circle of Life", "GET",
                                       "/dir/index.html", 1, kRfc7616ClientNonce);
  EXPECT_EQ(parameter(header, "response"),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

Challenge rfc2617() {
  Challenge out;
  out.scheme = Scheme::kDigest;
  out.realm = "testrealm@host.com";
  out.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  return out;
}

TEST(Digest, AnswersAsInRfc2617) {
  Challenge challenge = rfc2617();
  challenge.qopAuth = true;
  const std::string header =
      authorize(challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html", 1, "0a4f113b");
  EXPECT_EQ(parameter(header, "response"), "6629fae49393a05397450978507c4ef1");
  EXPECT_EQ(header.find("algorithm"), std::string::npos);  // none was named
}

TEST(Digest, AnswersWithoutQopInTheOldForm) {
  // RFC 2069's example, with the value its errata corrected.
  Challenge challenge = rfc2617();
  const std::string header =
      authorize(challenge, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", 1, "unused");
  EXPECT_EQ(parameter(header, "response"), "1949323746fe6a43ef61f9606e7febea");
  EXPECT_EQ(header.find("qop"), std::string::npos);
  EXPECT_EQ(header.find("cnonce"), std::string::npos);
}

TEST(Digest, BindsSessionAlgorithmsToBothNonces) {
  const auto response = [](const char* algorithm, const char* clientNonce) {
    return parameter(authorize(digest(algorithm), "u", "p", "PLAY", "rtsp://h/", 1, clientNonce),
                     "response");
  };
  EXPECT_NE(response("MD5-sess", "c"), response("MD5", "c"));
  EXPECT_NE(response("SHA-256-sess", "c"), response("SHA-256", "c"));
  EXPECT_EQ(response("MD5-sess", "c").size(), 32U);
  EXPECT_EQ(response("SHA-256-sess", "c").size(), 64U);
}

TEST(Basic, AnswersAsInRfc7617) {
  EXPECT_EQ(authorize(Challenge{}, "Aladdin", "open sesame", "GET", "/", 1, ""),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(Challenges, AreReadInOneHeaderOrSeveralWithSchemesNobodyKnows) {
  const auto all = parseChallenges(
      R"(Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa==, digest realm="a, \"b\"", NONCE = "n1" ,stale=TRUE,)"
      R"(qop="auth-int, auth",algorithm=SHA-256, Basic realm="c", Bearer realm="d", nonce="x")");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].scheme, Scheme::kDigest);
  EXPECT_EQ(all[0].realm, R"(a, \"b\")");
  EXPECT_EQ(all[0].nonce, "n1");
  EXPECT_TRUE(all[0].stale);
  EXPECT_TRUE(all[0].qopAuth);
  EXPECT_EQ(all[0].algorithm, "SHA-256");
  EXPECT_EQ(all[1].scheme, Scheme::kBasic);
  EXPECT_EQ(all[1].realm, "c");
  EXPECT_EQ(all[1].nonce, "");
}

TEST(Challenges, AreReadWhereTheyAreDamaged) {
  EXPECT_TRUE(parseChallenges("").empty());
  EXPECT_TRUE(parseChallenges(" ,,, = \" ").empty());
  const auto open = parseChallenges("Digest realm=\"never closed, nonce=x");
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].realm, "never closed, nonce=x");
  const auto bare = parseChallenges("Digest realm=cam nonce=abc");
  ASSERT_EQ(bare.size(), 1U);
  EXPECT_EQ(bare[0].nonce, "abc");
}

TEST(Challenges, TheStrongestThatCanBeAnsweredIsChosen) {
  const auto chosen = [](const char* header) {
    const auto challenge = chooseChallenge(parseChallenges(header));
    if (!challenge) return std::string("none");
    return challenge->scheme == Scheme::kBasic ? "Basic" : "Digest " + challenge->algorithm;
  };
  EXPECT_EQ(chosen(R"(Basic realm="r", Digest realm="r", nonce="n")"), "Digest ");
  EXPECT_EQ(chosen(R"(Digest nonce="n", algorithm=MD5, Digest nonce="m", algorithm=SHA-256)"),
            "Digest SHA-256");
  EXPECT_EQ(chosen(R"(Digest nonce="n", algorithm=SHA-512-256, Basic realm="r")"), "Basic");
  EXPECT_EQ(chosen(R"(Digest realm="no nonce")"), "none");
  EXPECT_EQ(chosen("Bearer"), "none");
}

class Verification : public testing::TestWithParam<const char*> {};

TEST_P(Verification, AcceptsTheRightPasswordAndNothingElse) {
  Challenge challenge = digest("MD5");
  const std::string name = GetParam();
  if (name == "Basic") {
    challenge = Challenge{};
  } else {
    challenge.algorithm = name == "old" ? "" : name;
    challenge.qopAuth = name != "old";
  }
  const std::vector<Challenge> offered = {digest("SHA-256-sess"), challenge};
  const std::string user = R"(o"neil\)";
  const auto verify = [&](const std::string& header, const char* method = "PLAY") {
    return verifyAuthorization(header, offered, user, "s3cret", method);
  };
  const std::string good = authorize(challenge, user, "s3cret", "PLAY", "rtsp://h/a", 7, "cn");
  EXPECT_TRUE(verify(good));
  EXPECT_FALSE(verify(authorize(challenge, user, "wrong", "PLAY", "rtsp://h/a", 7, "cn")));
  EXPECT_FALSE(verify(authorize(challenge, "eve", "s3cret", "PLAY", "rtsp://h/a", 7, "cn")));
  EXPECT_FALSE(verify(""));
  EXPECT_FALSE(verify("Digest"));
  EXPECT_FALSE(verifyAuthorization(good, {}, user, "s3cret", "PLAY"));
  if (name == "Basic") return;
  EXPECT_FALSE(verify(good, "TEARDOWN"));
  Challenge otherNonce = challenge;
  otherNonce.nonce = "forged";
  EXPECT_FALSE(verify(authorize(otherNonce, user, "s3cret", "PLAY", "rtsp://h/a", 7, "cn")));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, Verification,
                         testing::Values("Basic", "old", "MD5", "MD5-sess", "SHA-256"));

TEST(RandomToken, HasTheLengthAskedForAndDiffersEachTime) {
  EXPECT_EQ(randomToken(16).size(), 32U);
  EXPECT_NE(randomToken(16), randomToken(16));
}

}  // namespace
}  // namespace flux::rtsp
