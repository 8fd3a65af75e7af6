// Each oddity of docs/camera-oddities.md that a session meets: the bytes that cause it, the safe
// default, the policy that overrides it, and its count.
#include <gtest/gtest.h>

#include "fake_camera.h"
#include "rtsp/digest.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::FakeCamera;
using test::interleaved;
using test::reply;
using test::rtpBytes;
using test::sdpOfThree;
using Connection = FakeCamera::Connection;
using Adjust = std::function<void(ClientOptions&)>;

/// Plays until `units` came, expects no failure, and hands the client to `inspect`.
void expectPlays(FakeCamera& camera, const std::function<void(Client&)>& inspect,
                 const Adjust& adjust = {}, size_t units = 3, const std::string& userinfo = "") {
  Client client(camera.url(userinfo), adjust);
  client.start();
  ASSERT_TRUE(client.waitForUnits(units)) << client.waitForFailure().message;
  inspect(client);
  EXPECT_EQ(client.stats().failures, 0U);
  EXPECT_TRUE(client.stop());
}

/// The first failure with `adjust`.
Client::State failureWith(FakeCamera& camera, const Adjust& adjust) {
  Client client(camera.url(), adjust);
  client.start();
  const auto failure = client.waitForFailure();
  EXPECT_TRUE(client.stop());
  return failure;
}

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

// 8
TEST(Oddity, MediaBeforeTheReplyToPlay) {
  FakeCamera camera;
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.send(interleaved(1, fromHex("80c800060000123400000001000000000000000000000001"
                                           "00000001")));
    connection.sendFrame(0, true);
    connection.sendFrame(1);
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(2);
  });
  expectPlays(camera, [](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kMediaBeforePlay), 1U);
    EXPECT_TRUE(client.units()[0]->keyFrame);
    EXPECT_EQ(client.stats().packetsLost, 0U);
  });
}

// 8
TEST(Oddity, MediaBeforePlayWasEvenSent) {
  FakeCamera camera;
  camera.on("SETUP", [&](Connection& connection, const Request& request) {
    connection.sendFrame(900, true);
    camera.answer(connection, request);
  });
  expectPlays(camera, [](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kMediaBeforePlay), 1U);
    EXPECT_EQ(client.units()[0]->mediaTime, 0);
    EXPECT_EQ(client.stats().packetsLost, 0U);
  });
}

/// A camera with a session of one second that sends video until it is gone.
struct Flowing {
  FakeCamera camera;
  std::atomic<uint32_t> next{3};

  Flowing() { camera.session = "4711;timeout=1"; }
  /// Sends a picture every few milliseconds until `condition` holds.
  bool flowUntil(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) {
      camera.withConnection([&](Connection& connection) { connection.sendFrame(next++); });
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return condition();
  }
};

// 9
TEST(Oddity, SessionNotFoundOnGetParameterWhileMediaFlows) {
  Flowing flowing;
  flowing.camera.on("GET_PARAMETER", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "454 Session Not Found"));
  });
  expectPlays(flowing.camera, [&](Client& client) {
    EXPECT_TRUE(flowing.flowUntil([&] { return flowing.camera.requests("OPTIONS").size() >= 3; }));
    EXPECT_EQ(flowing.camera.requests("GET_PARAMETER").size(), 1U);
    EXPECT_EQ(flowing.camera.requests("OPTIONS").back().headers.get("Session"), "4711");
    EXPECT_EQ(client.quirks(Quirk::kKeepAliveRefused), 1U);
  });
}

// 9
TEST(Oddity, KeepAliveKeepsToItsPolicy) {
  for (const auto& [policy, method] :
       {std::pair{Policies::KeepAlive::kSetParameter, "SET_PARAMETER"},
        std::pair{Policies::KeepAlive::kOptions, "OPTIONS"}}) {
    FakeCamera camera;
    const std::string name = method;
    const int before = name == "OPTIONS" ? 1 : 0;
    expectPlays(
        camera,
        [&](Client&) {
          EXPECT_TRUE(camera.waitForLog(name, before + 2));
          EXPECT_TRUE(camera.requests("GET_PARAMETER").empty());
          EXPECT_EQ(camera.requests(name).back().headers.get("Session"), "4711");
        },
        [policy = policy](ClientOptions& options) {
          options.policies.keepAlive = policy;
          options.policies.keepAliveSeconds = 1;
        });
  }
}

// 10
TEST(Oddity, SessionTimeoutShortOrAbsent) {
  FakeCamera brief;
  brief.session = "4711;timeout=2";
  expectPlays(brief, [&](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kShortSessionTimeout), 1U);
    EXPECT_TRUE(brief.waitForLog("GET_PARAMETER", 1));  // after one second
  });
  FakeCamera silent;
  silent.session = "4711";
  expectPlays(silent,
              [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kShortSessionTimeout), 0U); });
}

/// Answers each SETUP with another session.
void changeSessions(FakeCamera& camera) {
  camera.sdp = sdpOfThree();
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK",
                          "Session: " + request.url.substr(request.url.size() - 6) + "\r\n"));
  });
}

// 11
TEST(Oddity, SessionNameChangesBetweenSetups) {
  FakeCamera camera;
  changeSessions(camera);
  expectPlays(camera, [&](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kSessionIdChanged), 1U);
    EXPECT_EQ(camera.requests("PLAY").at(0).headers.get("Session"), "track2");
  });
  const auto failure = failureWith(camera, [](ClientOptions& options) {
    options.policies.sessionIdChange = Policies::Reaction::kFail;
  });
  EXPECT_EQ(failure.code, "ERR_RTSP_PROTOCOL");
  EXPECT_NE(failure.message.find("session-id-changed"), std::string::npos) << failure.message;
}

// 12
TEST(Oddity, SessionThatCouldNotBeLeftIsWaitedOut) {
  FakeCamera camera;
  camera.on("PLAY", [&](Connection& connection, const Request& request) {
    camera.answer(connection, request);
    connection.close();
  });
  const auto failure = failureWith(
      camera, [](ClientOptions& options) { options.policies.staleSessionWaitSeconds = 30; });
  EXPECT_EQ(failure.code, "ERR_RTSP_CLOSED");
  EXPECT_GT(failure.retryInMs, 29000);
}

// 12
TEST(Oddity, SessionThatWasLeftInOrderIsNotWaitedOut) {
  FakeCamera camera;
  Client client(camera.url(), [](ClientOptions& options) {
    options.stallTimeoutMs = 100;
    options.policies.staleSessionWaitSeconds = 60;
  });
  client.start();
  EXPECT_TRUE(client.waitForState(ClientState::kPlaying, 3));
  EXPECT_TRUE(client.stop());
}

// 12
TEST(Oddity, TeardownIsNotSentWhereItsPolicySaysSo) {
  FakeCamera camera;
  expectPlays(
      camera, [](Client&) {},
      [](ClientOptions& options) { options.policies.teardown = Policies::Teardown::kNever; });
  EXPECT_TRUE(Client::eventually([&] { return camera.openConnections() == 0; }));
  EXPECT_TRUE(camera.requests("TEARDOWN").empty());
}

// 12
TEST(Oddity, PacketsOfTheFormerSessionAreDropped) {
  FakeCamera camera;
  camera.on("PLAY", [&](Connection& connection, const Request& request) {
    if (connection.number == 0) {
      camera.answer(connection, request);
      connection.close();
      return;
    }
    connection.send(reply(request, "200 OK"));
    for (uint16_t i = 0; i < 3; ++i) {
      connection.send(interleaved(
          0, rtpBytes(i == 0 ? test::idr() : test::inter(), i, i * 3600U, true, 96, 0xBEEF)));
      connection.sendFrame(100U + i);
    }
  });
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(6));
  EXPECT_TRUE(client.waitForQuirk(Quirk::kStaleSessionData, 3));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.units().size(), 6U);
  EXPECT_EQ(client.units()[5]->mediaTime, 7200);
}

// 13
TEST(Oddity, BackchannelsAreNeverSetUp) {
  FakeCamera camera;
  camera.sdp = test::sdpText() +
               "m=audio 0 RTP/AVP 0 8 97\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
               "a=rtpmap:97 MPEG4-GENERIC/16000\r\na=sendonly\r\na=control:trackID=5\r\n";
  expectPlays(camera, [&](Client&) { EXPECT_EQ(camera.requests("SETUP").size(), 1U); });
}

// 14
TEST(Oddity, OtherChannelsThanWereAskedFor) {
  for (const char* channels : {"10-11", "10"}) {
    FakeCamera camera;
    camera.on("SETUP", [&](Connection& connection, const Request& request) {
      connection.send(reply(request, "200 OK",
                            std::string("Session: 4711\r\nTransport: RTP/AVP/TCP;unicast;"
                                        "interleaved=") +
                                channels + "\r\n"));
    });
    camera.on("PLAY", [](Connection& connection, const Request& request) {
      connection.send(reply(request, "200 OK"));
      for (uint32_t i = 0; i < 3; ++i) connection.sendFrame(i, i == 0, 10);
    });
    expectPlays(camera,
                [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kOtherChannels), 1U); });
  }
}

// 15
TEST(Oddity, TransportWithABlankBeforeItsSsrc) {
  for (const char* transport : {"RTP/AVP/TCP;unicast;interleaved=0-1;ssrc= 4d2f1a08;mode=\"play\"",
                                "RTP/AVP/TCP;ssrc= 4d2f1a08;unicast;interleaved=0-1"}) {
    FakeCamera camera;
    camera.on("SETUP", [&](Connection& connection, const Request& request) {
      connection.send(reply(request, "200 OK",
                            "Session: 4711\r\nTransport: " + std::string(transport) + "\r\n"));
    });
    expectPlays(camera,
                [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kTransportMalformed), 1U); });
  }
}

// 17
TEST(Oddity, ContentBaseThatIsNoUrl) {
  for (const char* base : {"192.0.2.7:554/live/", "rtsp://rtsp://192.0.2.7:554/live/", "/live/"}) {
    FakeCamera camera;
    camera.on("DESCRIBE", [&](Connection& connection, const Request& request) {
      connection.send(
          reply(request, "200 OK", "Content-Base: " + std::string(base) + "\r\n", test::sdpText()));
    });
    expectPlays(camera, [&](Client& client) {
      EXPECT_EQ(client.quirks(Quirk::kContentBaseInvalid), 1U);
      EXPECT_EQ(camera.requests("SETUP").at(0).url, camera.url() + "/track1");
    });
  }
  FakeCamera mapped;
  mapped.on("DESCRIBE", [&](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK", "Content-Base: rtsp://::ffff:192.0.2.7/live/\r\n",
                          test::sdpText()));
  });
  expectPlays(mapped, [&](Client&) {
    EXPECT_EQ(mapped.requests("SETUP").at(0).url, "rtsp://[::ffff:192.0.2.7]/live/track1");
  });
}

// 18
TEST(Oddity, ControlIsJoinedToABaseWithoutSlash) {
  FakeCamera camera;
  camera.on("DESCRIBE", [&](Connection& connection, const Request& request) {
    connection.send(
        reply(request, "200 OK", "Content-Base: " + camera.url() + "\r\n", test::sdpText()));
  });
  expectPlays(camera, [&](Client& client) {
    EXPECT_GE(client.quirks(Quirk::kControlJoined), 1U);
    EXPECT_EQ(camera.requests("SETUP").at(0).url, camera.url() + "/track1");
  });
  expectPlays(
      camera,
      [&](Client&) {
        const std::string url = camera.url();
        EXPECT_EQ(camera.requests("SETUP").at(1).url, url.substr(0, url.rfind('/')) + "/track1");
      },
      [](ClientOptions& options) { options.policies.control = Policies::Control::kRfc3986; });
}

// 19
TEST(Oddity, DescriptionWithoutContentType) {
  FakeCamera camera;
  camera.on("DESCRIBE", [&](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK", "", test::sdpText()));
  });
  expectPlays(camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kNoContentType), 1U); });
}

// 25
TEST(Oddity, RtpInfoThatCannotBe) {
  for (const char* info : {"url=rtsp://192.0.2.7/live/track1;seq=0;rtptime=-1",
                           "url=rtsp://192.0.2.7/live/track1;seq=0;rtptime=0;",
                           "url=rtsp://192.0.2.7/other;seq=0;rtptime=0",
                           "url=rtsp://192.0.2.7/live/track1;seq=30000;rtptime=4242"}) {
    FakeCamera camera;
    camera.on("PLAY", [&](Connection& connection, const Request& request) {
      connection.send(reply(request, "200 OK", "RTP-Info: " + std::string(info) + "\r\n"));
      for (uint32_t i = 0; i < 3; ++i) connection.sendFrame(i, i == 0);
    });
    expectPlays(camera, [&](Client& client) {
      EXPECT_EQ(client.quirks(Quirk::kRtpInfoInvalid), 1U) << info;
      EXPECT_EQ(client.units()[0]->mediaTime, 0);
      EXPECT_EQ(client.stats().packetsLost, 0U);
    });
  }
}

// 27
TEST(Oddity, JunkBetweenFrames) {
  FakeCamera camera;
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(0, true);
    connection.send("\x01\x02\x03 junk $ and more");
    connection.sendFrame(1);
    connection.send("\r\n\r\n");  // blank lines are none
    connection.sendFrame(2);
    connection.send(std::string(100, '\x7F'));
    connection.sendFrame(3);
  });
  expectPlays(
      camera, [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kJunkBetweenFrames), 2U); }, {},
      4);
}

// 28
TEST(Oddity, DataOnAChannelThatWasNeverSetUp) {
  FakeCamera camera;
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(0, true);
    connection.sendFrame(500, true, 6);
    connection.sendFrame(1);
    connection.sendFrame(2);
  });
  expectPlays(camera, [](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kUnassignedChannel), 1U);
    EXPECT_EQ(client.stats().packetsLost, 0U);
  });
  const auto failure = failureWith(camera, [](ClientOptions& options) {
    options.policies.unassignedChannel = Policies::Reaction::kFail;
  });
  EXPECT_EQ(failure.code, "ERR_RTSP_PROTOCOL");
  EXPECT_NE(failure.message.find("channel 6"), std::string::npos) << failure.message;
}

// 29
TEST(Oddity, ReportsOfAnUnknownSource) {
  FakeCamera camera;
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(0, true);
    connection.send(interleaved(1, fromHex("80c800060000999900000001000000000000000000000001"
                                           "00000001")));
    connection.sendFrame(1);
    connection.sendFrame(2);
  });
  expectPlays(camera,
              [](Client& client) { EXPECT_EQ(client.quirks(Quirk::kUnknownRtcpSsrc), 1U); });
  const auto failure = failureWith(camera, [](ClientOptions& options) {
    options.policies.unknownRtcpSsrc = Policies::Reaction::kFail;
  });
  EXPECT_EQ(failure.code, "ERR_RTSP_PROTOCOL");
}

// 31
TEST(Oddity, RtpTimeThatLeapsWithinItsPolicy) {
  FakeCamera camera;
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(0, true);
    connection.send(interleaved(0, rtpBytes(test::idr(), 1, 30 * 90000, true)));
    connection.send(interleaved(0, rtpBytes(test::inter(), 2, 30 * 90000 + 3600, true)));
  });
  expectPlays(camera, [](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kTimestampJump), 1U);
    EXPECT_TRUE(client.units()[1]->discontinuity);
  });
  expectPlays(
      camera,
      [](Client& client) {
        EXPECT_EQ(client.quirks(Quirk::kTimestampJump), 0U);
        EXPECT_FALSE(client.units()[1]->discontinuity);
      },
      [](ClientOptions& options) { options.policies.maxForwardJumpSeconds = 60; });
}

// 35, 36
TEST(Oddity, PacketsOfATypeThatTheDescriptionDoesNotName) {
  FakeCamera camera;
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(0, true);
    connection.send(interleaved(0, rtpBytes(test::idr(), 0, 0, true, 50)));
    connection.send(interleaved(0, rtpBytes(test::idr(), 0, 0, true, 50)));
    connection.sendFrame(1);
    connection.send(interleaved(0, rtpBytes(test::idr(), 31000, 0, true, 107)));
    connection.sendFrame(2);
  });
  expectPlays(camera, [](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kUnknownPayloadType), 3U);
    EXPECT_EQ(client.stats().packetsDuplicated, 0U);
    EXPECT_EQ(client.stats().packetsLost, 0U);
  });
}

// 37
TEST(Oddity, PacketsLostOnTcp) {
  FakeCamera camera;
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(0, true);
    connection.sendFrame(49);
    connection.sendFrame(50);
  });
  expectPlays(camera, [](Client& client) {
    EXPECT_EQ(client.quirks(Quirk::kLossOnTcp), 1U);
    EXPECT_EQ(client.stats().packetsLost, 48U);
    EXPECT_TRUE(client.units()[1]->discontinuity);
  });
}

}  // namespace
}  // namespace flux::rtsp
