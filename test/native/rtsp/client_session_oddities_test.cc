// Oddities of sessions: the bytes that cause each, the safe default, the policy that overrides it,
// and its count.
#include <gtest/gtest.h>

#include "oddity_fixture.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::expectPlays;
using test::failureWith;
using test::FakeCamera;
using test::interleaved;
using test::reply;
using test::rtpBytes;
using test::sdpOfThree;
using Connection = FakeCamera::Connection;

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

}  // namespace
}  // namespace flux::rtsp
