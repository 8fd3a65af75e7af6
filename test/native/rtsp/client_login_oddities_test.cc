// Oddities of requests and their answers, above all of logins: the bytes that cause each, the
// safe default, the policy that overrides it, and its count.
#include <gtest/gtest.h>

#include "oddity_fixture.h"
#include "rtsp/digest.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::expectPlays;
using test::FakeCamera;
using test::reply;
using Connection = FakeCamera::Connection;

std::string challengeOf(const std::string& values) {
  return "WWW-Authenticate: " + values + "\r\n";
}

/// Asks for a login with `header` at every request; `accept` says which Authorization will do.
void guard(FakeCamera& camera, const std::string& header,
           const std::function<bool(const std::string&, const Request&)>& accept) {
  for (const char* method : {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN"}) {
    camera.on(method, [&camera, header, accept](Connection& connection, const Request& request) {
      const auto value = request.headers.get("Authorization");
      if (value && accept(std::string(*value), request)) {
        camera.answer(connection, request);
      } else {
        connection.send(reply(request, "401 Unauthorized", header));
      }
    });
  }
}

bool verifies(const std::string& value, const std::string& challenge, const Request& request) {
  return verifyAuthorization(value, parseChallenges(challenge), "admin", "p", request.method);
}

// 1
TEST(Oddity, SeveralChallengesWithDigestLast) {
  FakeCamera camera;
  const std::string digest = R"(Digest realm="cam", nonce="n1")";
  guard(
      camera, challengeOf(R"(Basic realm="cam")") + challengeOf(digest),
      [&](const auto& value, const Request& request) { return verifies(value, digest, request); });
  expectPlays(
      camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kSeveralChallenges), 1U); }, {},
      3, "admin:p@");
}

// 2
TEST(Oddity, Sha256OfferedButOnlyMd5Accepted) {
  FakeCamera camera;
  const std::string md5 = R"(Digest realm="cam", nonce="n1", algorithm=MD5, qop="auth")";
  const std::string both =
      challengeOf(R"(Digest realm="cam", nonce="n1", algorithm=SHA-256, qop="auth")") +
      challengeOf(md5);
  guard(camera, both,
        [&](const auto& value, const Request& request) { return verifies(value, md5, request); });
  expectPlays(
      camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kDigestFallback), 1U); }, {}, 3,
      "admin:p@");
  expectPlays(
      camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kDigestFallback), 0U); },
      [](ClientOptions& options) { options.policies.digest = Policies::Digest::kMd5; }, 3,
      "admin:p@");
}

// 2
TEST(Oddity, QopOfferedButNotUnderstood) {
  FakeCamera camera;
  guard(camera, challengeOf(R"(Digest realm="cam", nonce="n1", qop="auth")"),
        [&](const std::string& value, const Request& request) {
          return value.find("qop") == std::string::npos &&
                 verifies(value, R"(Digest realm="cam", nonce="n1")", request);
        });
  expectPlays(
      camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kDigestFallback), 1U); }, {}, 3,
      "admin:p@");
}

// 3
TEST(Oddity, NewNonceAtAKeepAlive) {
  FakeCamera camera;
  camera.session = "4711;timeout=1";
  std::atomic<bool> renewed{false};
  const auto nonce = [&] {
    return std::string(R"(Digest realm="cam", nonce=")") + (renewed ? "n2\"" : "n1\"");
  };
  for (const char* method : {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER"}) {
    camera.on(method, [&](Connection& connection, const Request& request) {
      if (request.method == "GET_PARAMETER") renewed = true;
      const auto value = request.headers.get("Authorization");
      if (value && verifies(std::string(*value), nonce(), request)) {
        camera.answer(connection, request);
      } else {
        connection.send(reply(request, "401 Unauthorized", challengeOf(nonce())));
      }
    });
  }
  expectPlays(
      camera,
      [&](Client& client) {
        EXPECT_TRUE(camera.waitForLog("GET_PARAMETER", 3));
        EXPECT_TRUE(client.waitForQuirk(Quirk::kNonceRenewed));
      },
      {}, 3, "admin:p@");
}

// 4
TEST(Oddity, DigestUriMustBeTheWholeUrlOfTheRequest) {
  FakeCamera camera;
  const std::string digest = R"(Digest realm="cam", nonce="n1")";
  guard(camera, challengeOf(digest), [&](const std::string& value, const Request& request) {
    return value.find("uri=\"" + request.url + "\"") != std::string::npos &&
           request.url.starts_with("rtsp://") && verifies(value, digest, request);
  });
  expectPlays(
      camera, [](Client&) {}, {}, 3, "admin:p@");
}

// 5
TEST(Oddity, ConnectionClosedAfterTheChallenge) {
  FakeCamera camera;
  const std::string digest = R"(Digest realm="cam", nonce="n1")";
  camera.on("OPTIONS", [&](Connection& connection, const Request& request) {
    const auto value = request.headers.get("Authorization");
    if (value && connection.number > 0 && verifies(std::string(*value), digest, request)) {
      camera.answer(connection, request);
      return;
    }
    connection.send(reply(request, "401 Unauthorized", challengeOf(digest)));
    connection.close();
  });
  expectPlays(
      camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kClosedAfterChallenge), 1U); },
      [](ClientOptions& options) { options.reconnectMinMs = 60000; }, 3, "admin:p@");
}

// 6
TEST(Oddity, CseqMissingWrongInOtherCaseOrWithBlanks) {
  FakeCamera camera;
  camera.on("OPTIONS", [](Connection& connection, const Request&) {
    connection.send("RTSP/1.0 200 OK\r\nPublic: PLAY\r\n\r\n");
  });
  camera.on("DESCRIBE", [](Connection& connection, const Request&) {
    const std::string sdp = test::sdpText();
    connection.send("RTSP/1.0 200 OK\r\nCseq: 999\r\nContent-Length: " +
                    std::to_string(sdp.size()) + "\r\n\r\n" + sdp);
  });
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(
        "RTSP/1.0 200 OK\r\ncseq:  " + std::string(request.headers.get("CSeq").value_or("")) +
        "  \r\nSession: 4711\r\n\r\n");
  });
  expectPlays(camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kCseqMalformed), 2U); });
}

// 7
TEST(Oddity, UserAgentRequired) {
  FakeCamera camera;
  camera.on("DESCRIBE", [&](Connection& connection, const Request& request) {
    if (request.headers.get("User-Agent").value_or("").empty()) {
      connection.send(reply(request, "400 Bad Request"));
    } else {
      camera.answer(connection, request);
    }
  });
  expectPlays(camera, [](Client&) {});
}

}  // namespace
}  // namespace flux::rtsp
