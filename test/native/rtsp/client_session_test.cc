// The ordinary course of a session, and the odd but harmless ways in which servers take it.
#include "rtsp/client_session.h"

#include <gtest/gtest.h>

#include "fake_camera.h"
#include "rtsp/digest.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::FakeCamera;
using test::reply;
using Connection = FakeCamera::Connection;

TEST(ClientSession, PlaysAndSaysGoodbye) {
  FakeCamera camera;
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  ASSERT_TRUE(client.stop());
  const std::string url = camera.url();
  EXPECT_EQ(camera.log(), (std::vector<std::string>{"OPTIONS " + url, "DESCRIBE " + url,
                                                    "SETUP " + url + "/track1", "PLAY " + url + "/",
                                                    "TEARDOWN " + url + "/"}));
  const auto states = client.states();
  ASSERT_EQ(states.size(), 3U);
  EXPECT_EQ(states[0].state, ClientState::kConnecting);
  EXPECT_EQ(states[1].state, ClientState::kPlaying);
  EXPECT_EQ(states[2].state, ClientState::kClosed);
  const auto units = client.units();
  EXPECT_TRUE(units[0]->keyFrame);
  EXPECT_EQ(units[2]->mediaTime, 7200);
  EXPECT_EQ(units[0]->parameters->width, 640);
  EXPECT_EQ(client.stats().connects, 1U);
  EXPECT_EQ(client.stats().failures, 0U);
  EXPECT_EQ(client.stats().packetsReceived, 3U);
  EXPECT_EQ(client.stats().accessUnits, 3U);
  EXPECT_GT(client.stats().bytesReceived, 100U);
}

TEST(ClientSession, SendsWhatCamerasInsistOn) {
  FakeCamera camera;
  Client client(camera.url(), [](ClientOptions& options) { options.userAgent = "Test/1"; });
  client.start();
  ASSERT_TRUE(client.waitForUnits(1));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(camera.requests("DESCRIBE").at(0).headers.get("Accept"), "application/sdp");
  EXPECT_EQ(camera.requests("DESCRIBE").at(0).headers.get("User-Agent"), "Test/1");
  EXPECT_EQ(camera.requests("SETUP").at(0).headers.get("Transport"),
            "RTP/AVP/TCP;unicast;interleaved=0-1");
  EXPECT_EQ(camera.requests("PLAY").at(0).headers.get("Session"), "4711");
  EXPECT_EQ(camera.requests("PLAY").at(0).headers.get("Range"), "npt=0.000-");
  EXPECT_EQ(camera.requests("TEARDOWN").at(0).headers.get("Session"), "4711");
}

TEST(ClientSession, ResolvesAName) {
  FakeCamera camera;
  Client client("rtsp://localhost:" + std::to_string(camera.port()) + "/live");
  client.start();
  EXPECT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
}

/// Asks for a login at every request and counts the signed ones.
struct Guard {
  std::vector<Challenge> challenges;
  std::atomic<int> refused{0};

  void install(FakeCamera& camera, const std::string& header) {
    challenges = parseChallenges(header);
    for (const char* method : {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"}) {
      camera.on(method, [this, &camera, header](Connection& connection, const Request& request) {
        const auto value = request.headers.get("Authorization");
        if (value && verifyAuthorization(*value, challenges, "admin", "s3cr/t", request.method)) {
          camera.answer(connection, request);
          return;
        }
        ++refused;
        connection.send(reply(request, "401 Unauthorized", "WWW-Authenticate: " + header + "\r\n"));
      });
    }
  }
};

class Login : public testing::TestWithParam<const char*> {};

TEST_P(Login, SucceedsWithOneRefusalInAll) {
  FakeCamera camera;
  Guard guard;
  guard.install(camera, GetParam());
  Client client(camera.url("admin:s3cr%2Ft@"));
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(guard.refused, 1);
  EXPECT_EQ(camera.requests("TEARDOWN").size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Schemes, Login,
    testing::Values(
        R"(Basic realm="cam")", R"(Digest realm="cam", nonce="n1")",
        R"(Digest realm="cam", nonce="n1", algorithm=MD5, qop="auth", opaque="o")",
        R"(Digest realm="cam", nonce="n1", algorithm=SHA-256, qop="auth")",
        R"(Basic realm="cam", Digest realm="cam", nonce="n1", algorithm=MD5-sess, qop="auth")"));

TEST(ClientLogin, TakesCredentialsFromOptionsBeforeTheUrl) {
  FakeCamera camera;
  Guard guard;
  guard.install(camera, R"(Digest realm="cam", nonce="n1")");
  Client client(camera.url("admin:wrong@"), [](ClientOptions& options) {
    options.username = "admin";
    options.password = "s3cr/t";
  });
  client.start();
  EXPECT_TRUE(client.waitForUnits(1));
  EXPECT_TRUE(client.stop());
}

TEST(ClientLogin, SurvivesACameraThatClosesTheConnectionAfterAsking) {
  FakeCamera camera;
  Guard guard;
  guard.challenges = parseChallenges(R"(Digest realm="cam", nonce="n1")");
  camera.on("OPTIONS", [&](Connection& connection, const Request& request) {
    const auto value = request.headers.get("Authorization");
    if (value && verifyAuthorization(*value, guard.challenges, "admin", "p", "OPTIONS")) {
      camera.answer(connection, request);
      return;
    }
    connection.send(reply(request, "401 Unauthorized",
                          "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n1\"\r\n"));
    connection.close();
  });
  Client client(camera.url("admin:p@"));
  client.start();
  EXPECT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
}

TEST(ClientLogin, SignsAgainWhereAKeepAliveBringsANewNonce) {
  FakeCamera camera;
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK", "Session: 4711;timeout=1\r\n"));
  });
  camera.on("GET_PARAMETER", [&](Connection& connection, const Request& request) {
    const auto value = request.headers.get("Authorization");
    if (value && value->find("nonce=\"fresh\"") != std::string_view::npos) {
      connection.send(reply(request, "200 OK"));
      return;
    }
    connection.send(reply(request, "401 Unauthorized",
                          "WWW-Authenticate: Digest realm=\"cam\", nonce=\"fresh\"\r\n"));
  });
  Client client(camera.url("u:p@"));
  client.start();
  // One refused, one signed anew, and the next signed from the start.
  ASSERT_TRUE(camera.waitForLog("GET_PARAMETER", 3));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.stats().failures, 0U);
}

TEST(ClientKeepAlive, FallsBackToOptionsWhereGetParameterIsRefused) {
  FakeCamera camera;
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK", "Session: 4711;timeout=1\r\n"));
  });
  camera.on("GET_PARAMETER", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "451 Parameter Not Understood"));
  });
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(camera.waitForLog("OPTIONS", 2));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(camera.requests("GET_PARAMETER").size(), 1U);
  EXPECT_EQ(camera.requests("OPTIONS").back().headers.get("Session"), "4711");
  EXPECT_EQ(client.stats().failures, 0U);
}

TEST(ClientSession, FollowsARedirectWithItsCredentialsToTheSameHostOnly) {
  FakeCamera target;
  FakeCamera camera;
  camera.on("DESCRIBE", [&](Connection& connection, const Request& request) {
    connection.send(reply(request, "302 Found", "Location: " + target.url() + "\r\n"));
  });
  Client client(camera.url());
  client.start();
  EXPECT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(target.requests("PLAY").size(), 1U);

  FakeCamera foreign;
  foreign.on("DESCRIBE", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n"));
  });
  FakeCamera luring;
  luring.on("DESCRIBE", [&](Connection& connection, const Request& request) {
    connection.send(
        reply(request, "302 Found",
              "Location: rtsp://localhost:" + std::to_string(foreign.port()) + "/\r\n"));
  });
  Client careful(luring.url("u:p@"));
  careful.start();
  EXPECT_EQ(careful.waitForFailure().code, "ERR_RTSP_UNAUTHORIZED");
  EXPECT_TRUE(careful.stop());
  for (const Request& request : foreign.requests("DESCRIBE")) {
    EXPECT_FALSE(request.headers.get("Authorization"));
  }
}

TEST(ClientSession, TakesOtherChannelsAndVideoBeforeThePlayReply) {
  FakeCamera camera;
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK",
                          "Session: 4711\r\nTransport: RTP/AVP/TCP;unicast;interleaved=10-11\r\n"));
  });
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    connection.sendFrame(0, true, 10);
    connection.sendFrame(5, true, 0);  // a channel never set up
    connection.send(reply(request, "200 OK"));
    connection.sendFrame(1, false, 10);
  });
  Client client(camera.url());
  client.start();
  EXPECT_TRUE(client.waitForUnits(2));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.units().size(), 2U);
  EXPECT_EQ(client.stats().packetsLost, 0U);
}

TEST(ClientSession, MatchesRepliesWithoutOrWithWrongCSeq) {
  FakeCamera camera;
  camera.on("OPTIONS", [](Connection& connection, const Request&) {
    connection.send("RTSP/1.0 200 OK\r\nPublic: PLAY\r\n\r\n");
  });
  camera.on("DESCRIBE", [](Connection& connection, const Request&) {
    const std::string sdp = test::sdpText();
    connection.send("RTSP/1.0 200 OK\r\nCSeq: 999 \r\nContent-Length: " +
                    std::to_string(sdp.size()) + "\r\n\r\n" + sdp);
  });
  Client client(camera.url());
  client.start();
  EXPECT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
}

TEST(ClientSession, AnswersRequestsOfTheServer) {
  FakeCamera camera;
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  camera.withConnection([](Connection& connection) {
    connection.send("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nRECORD * RTSP/1.0\r\nCSeq: 2\r\n\r\n");
  });
  EXPECT_TRUE(camera.waitForLog("reply 200"));
  EXPECT_TRUE(camera.waitForLog("reply 501"));
  EXPECT_TRUE(client.stop());
}

TEST(ClientSession, GoesOnOverJunkBetweenFrames) {
  FakeCamera camera;
  camera.onPlay([](Connection& connection) {
    connection.sendFrame(0, true);
    connection.send("\x01\x02\x03 junk");
    connection.sendFrame(1);
  });
  Client client(camera.url());
  client.start();
  EXPECT_TRUE(client.waitForUnits(2));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.stats().failures, 0U);
}

TEST(ClientSession, CanBeStoppedInsideItsCallbacks) {
  FakeCamera camera;
  {
    Client client(camera.url());
    client.onUnit = [&](const AccessUnit&) { client.stopHere(); };
    client.start();
    ASSERT_TRUE(client.waitStopped());
    EXPECT_EQ(client.units().size(), 1U);
  }
  EXPECT_EQ(camera.requests("TEARDOWN").size(), 1U);
  for (const ClientState state : {ClientState::kConnecting, ClientState::kPlaying}) {
    Client client(camera.url());
    client.onEnter = [&, state](ClientState entered) {
      if (entered == state) client.stopHere();
    };
    client.start();
    EXPECT_TRUE(client.waitStopped());
    EXPECT_EQ(client.states().back().state, ClientState::kClosed);
  }
  Client waiting("rtsp://127.0.0.1:1/");
  waiting.onEnter = [&](ClientState entered) {
    if (entered == ClientState::kWaiting) waiting.stopHere();
  };
  waiting.start();
  EXPECT_TRUE(waiting.waitStopped());
}

TEST(ClientSession, CanBeStoppedTwiceAndWithoutHavingStarted) {
  Client client("rtsp://127.0.0.1:1/");
  EXPECT_TRUE(client.stop());
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.states().size(), 1U);
}

TEST(ClientSession, RefusesAUrlThatIsNone) {
  EXPECT_THROW(Client("http://127.0.0.1/"), Error);
}

}  // namespace
}  // namespace flux::rtsp
