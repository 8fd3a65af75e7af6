// Everything that can end a connection: each has its code, a way back, and leaks nothing.
#include <gtest/gtest.h>

#include "fake_camera.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::FakeCamera;
using test::reply;
using Connection = FakeCamera::Connection;

/// Answers `method` so, and everything else as an ordinary camera.
void answerWith(FakeCamera& camera, const std::string& method, const std::string& status,
                const std::string& headers = "", const std::string& body = "") {
  camera.on(method, [=](Connection& connection, const Request& request) {
    connection.send(reply(request, status, headers, body));
  });
}

std::string failureOf(FakeCamera& camera, const std::function<void(ClientOptions&)>& adjust = {}) {
  Client client(camera.url("user:hunter2@"), adjust);
  client.start();
  const Client::State failure = client.waitForFailure();
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(failure.message.find("hunter2"), std::string::npos) << failure.message;
  EXPECT_NE(failure.message.find(camera.url()), std::string::npos) << failure.message;
  EXPECT_GT(failure.retryInMs, 0);
  EXPECT_GE(client.stats().failures, 1U);
  return failure.code + " | " + failure.message;
}

/// The code, and a part of the message that says what to do or where it happened.
void expectFailure(const std::string& failure, const std::string& code, const std::string& part) {
  EXPECT_TRUE(failure.starts_with(code + " | ")) << failure;
  EXPECT_NE(failure.find(part), std::string::npos) << failure;
}

TEST(ClientFailure, WrongPasswordIsUnauthorizedAfterOneSignedTry) {
  FakeCamera camera;
  answerWith(camera, "DESCRIBE", "401 Unauthorized",
             "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n\"\r\n");
  Client client(camera.url("user:hunter2@"),
                [](ClientOptions& options) { options.reconnectMinMs = 60000; });
  client.start();
  const auto failure = client.waitForFailure();
  EXPECT_EQ(failure.code, "ERR_RTSP_UNAUTHORIZED");
  EXPECT_NE(failure.message.find("password is wrong"), std::string::npos);
  EXPECT_TRUE(client.stop());
  const auto tries = camera.requests("DESCRIBE");
  ASSERT_EQ(tries.size(), 2U);
  EXPECT_FALSE(tries[0].headers.get("Authorization"));
  EXPECT_TRUE(tries[1].headers.get("Authorization"));
}

TEST(ClientFailure, StatusCodesAreTyped) {
  struct Case {
    const char* method;
    const char* status;
    const char* code;
    const char* part;
  };
  for (const Case& each :
       {Case{"DESCRIBE", "404 Not Found", "ERR_RTSP_NOT_FOUND", "DESCRIBE (CSeq 2)"},
        Case{"PLAY", "454 Session Not Found", "ERR_RTSP_SESSION_NOT_FOUND", "454"},
        Case{"SETUP", "461 Unsupported Transport", "ERR_RTSP_UNSUPPORTED", "461"},
        Case{"SETUP", "503 Service Unavailable", "ERR_RTSP_STATUS",
             "SETUP (CSeq 3) was answered 503 Service Unavailable"},
        Case{"OPTIONS", "401 Unauthorized", "ERR_RTSP_UNAUTHORIZED", "login"}}) {
    FakeCamera camera;
    answerWith(camera, each.method, each.status);
    expectFailure(failureOf(camera), each.code, each.part);
  }
}

TEST(ClientFailure, ReasonOfTheServerIsShownInPlainText) {
  FakeCamera camera;
  answerWith(camera, "DESCRIBE", "500 \xC2\x9B\xFFred");
  expectFailure(failureOf(camera), "ERR_RTSP_STATUS", "500 ???red");
}

TEST(ClientFailure, NoVideoThatCanBeReceivedTellsWhatIsOffered) {
  FakeCamera camera;
  answerWith(camera, "DESCRIBE", "200 OK", "",
             "m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=audio 0 RTP/AVP 8\r\n");
  expectFailure(failureOf(camera), "ERR_RTSP_NO_VIDEO", "video VP8, audio PCMA");
}

TEST(ClientFailure, DescriptionThatIsNoneIsAProtocolError) {
  FakeCamera camera;
  answerWith(camera, "DESCRIBE", "200 OK", "", "<html>hello</html>");
  expectFailure(failureOf(camera), "ERR_RTSP_PROTOCOL", "session description");
}

TEST(ClientFailure, ServerThatWantsUdpIsUnsupported) {
  FakeCamera camera;
  answerWith(camera, "SETUP", "200 OK",
             "Session: 4711\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n");
  expectFailure(failureOf(camera), "ERR_RTSP_UNSUPPORTED", "RTP/AVP;unicast");
  EXPECT_TRUE(camera.waitForLog("TEARDOWN"));
}

TEST(ClientFailure, RedirectWithoutEndOrTargetIsRefused) {
  FakeCamera loop;
  loop.on("DESCRIBE", [&](Connection& connection, const Request& request) {
    connection.send(reply(request, "301 Moved", "Location: " + loop.url() + "\r\n"));
  });
  Client client(loop.url(), [](ClientOptions& options) { options.reconnectMinMs = 60000; });
  client.start();
  EXPECT_EQ(client.waitForFailure().code, "ERR_RTSP_STATUS");
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(loop.requests("DESCRIBE").size(), 4U);

  FakeCamera nowhere;
  answerWith(nowhere, "DESCRIBE", "302 Found");
  expectFailure(failureOf(nowhere), "ERR_RTSP_PROTOCOL", "Location");
}

TEST(ClientFailure, GarbageIsAProtocolError) {
  FakeCamera endless;
  endless.on("OPTIONS", [](Connection& connection, const Request&) {
    connection.send(std::string(100000, 'z'));
  });
  expectFailure(failureOf(endless), "ERR_RTSP_PROTOCOL", "byte");

  FakeCamera web;
  web.on("OPTIONS", [](Connection& connection, const Request&) {
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.close();
  });
  expectFailure(failureOf(web), "ERR_RTSP_PROTOCOL", "not RTSP");

  FakeCamera mute;
  mute.on("OPTIONS",
          [](Connection& connection, const Request&) { connection.send("SSH-2.0\r\n"); });
  expectFailure(failureOf(mute, [](ClientOptions& options) { options.connectTimeoutMs = 200; }),
                "ERR_RTSP_PROTOCOL", "not RTSP");
}

TEST(ClientFailure, ServerThatSendsGarbageBeforeAnyRequestIsSurvived) {
  FakeCamera camera;
  camera.greet = [](Connection& connection) { connection.send(std::string(200000, '$')); };
  Client client(camera.url(), [](ClientOptions& options) { options.connectTimeoutMs = 300; });
  client.start();
  ASSERT_TRUE(client.waitForState(ClientState::kWaiting, 2));
  EXPECT_TRUE(client.stop());
}

TEST(ClientFailure, SilenceInTheHandshakeIsATimeout) {
  FakeCamera camera;
  camera.on("SETUP", [](Connection&, const Request&) {});
  expectFailure(failureOf(camera, [](ClientOptions& options) { options.connectTimeoutMs = 200; }),
                "ERR_RTSP_TIMEOUT", "SETUP (CSeq 3) got no reply within 200 ms");
}

TEST(ClientFailure, SilenceInTheStreamIsAStall) {
  FakeCamera camera;
  expectFailure(failureOf(camera, [](ClientOptions& options) { options.stallTimeoutMs = 200; }),
                "ERR_RTSP_STALLED", "no video packet");
  EXPECT_TRUE(camera.waitForLog("TEARDOWN"));
}

TEST(ClientFailure, OtherPayloadTypesDoNotHideAStall) {
  FakeCamera camera;
  camera.onPlay([](Connection& connection) {
    for (uint16_t i = 0; i < 100; ++i) {
      connection.send(test::interleaved(0, test::rtpBytes(test::idr(), i, 0, true, 50)));
    }
  });
  expectFailure(failureOf(camera, [](ClientOptions& options) { options.stallTimeoutMs = 200; }),
                "ERR_RTSP_STALLED", "");
}

TEST(ClientFailure, ClosedPortIsAConnectionError) {
  uint16_t port = 0;
  {
    const FakeCamera gone;
    port = gone.port();
  }
  Client client("rtsp://127.0.0.1:" + std::to_string(port) + "/live");
  client.start();
  const auto failure = client.waitForFailure();
  EXPECT_EQ(failure.code, "ERR_CONNECTION");
  EXPECT_NE(failure.message.find("refused"), std::string::npos) << failure.message;
  EXPECT_TRUE(client.stop());
}

TEST(ClientFailure, UnknownNameIsHostNotFound) {
  Client client("rtsp://" + std::string(70, 'x') + ".invalid/live");
  client.start();
  EXPECT_EQ(client.waitForFailure().code, "ERR_HOST_NOT_FOUND");
  EXPECT_TRUE(client.stop());
}

TEST(ClientFailure, ConnectionClosedInTheStreamIsTakenUpAgain) {
  FakeCamera camera;
  camera.on("PLAY", [&](Connection& connection, const Request& request) {
    camera.answer(connection, request);
    if (connection.number == 0) connection.close();
  });
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(6));
  EXPECT_EQ(client.waitForFailure().code, "ERR_RTSP_CLOSED");
  EXPECT_TRUE(client.stop());
  const auto units = client.units();
  EXPECT_FALSE(units[0]->discontinuity);
  EXPECT_TRUE(units[3]->discontinuity);
  EXPECT_FALSE(units[4]->discontinuity);
  EXPECT_EQ(client.stats().connects, 2U);
}

TEST(ClientFailure, GoodbyeOfTheCameraIsTakenForClosed) {
  FakeCamera camera;
  camera.on("PLAY", [&](Connection& connection, const Request& request) {
    camera.answer(connection, request);
    if (connection.number == 0) {
      connection.send(test::interleaved(1, fromHex("81cb000100001234")));
    }
  });
  expectFailure(failureOf(camera), "ERR_RTSP_CLOSED", "BYE");
}

TEST(ClientFailure, SessionLostAtAKeepAliveIsTakenUpAgain) {
  FakeCamera camera;
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK", "Session: 4711;timeout=1\r\n"));
  });
  answerWith(camera, "GET_PARAMETER", "454 Session Not Found");
  Client client(camera.url());
  client.start();
  EXPECT_EQ(client.waitForFailure().code, "ERR_RTSP_SESSION_NOT_FOUND");
  EXPECT_TRUE(client.waitForUnits(6));
  EXPECT_TRUE(client.stop());
}

TEST(ClientFailure, EveryReconnectSaysGoodbyeAndClosesItsConnection) {
  FakeCamera camera;
  Client client(camera.url(), [](ClientOptions& options) { options.stallTimeoutMs = 50; });
  client.start();
  ASSERT_TRUE(client.waitForState(ClientState::kPlaying, 3));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(camera.requests("TEARDOWN").size(), camera.requests("PLAY").size());
  // The camera's own thread may still be about to read the last end of file.
  for (int i = 0; i < 1000 && camera.openConnections() > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(camera.openConnections(), 0);
}

TEST(ClientFailure, StopEndsThoughTheServerIgnoresTeardown) {
  FakeCamera camera;
  camera.on("TEARDOWN", [](Connection&, const Request&) {});
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
}

TEST(ClientFailure, StopEndsInEveryStepOfTheHandshake) {
  for (const char* method : {"OPTIONS", "DESCRIBE", "SETUP", "PLAY"}) {
    FakeCamera camera;
    camera.on(method, [](Connection&, const Request&) {});
    Client client(camera.url());
    client.start();
    ASSERT_TRUE(camera.waitForLog(method));
    EXPECT_TRUE(client.stop()) << method;
    const bool hadSession = std::string(method) == "PLAY";
    EXPECT_EQ(camera.requests("TEARDOWN").size(), hadSession ? 1U : 0U) << method;
  }
}

TEST(ClientFailure, SessionDestroyedWithoutStopLetsGoOfEverything) {
  FakeCamera camera;
  for (const char* method : {"OPTIONS", "PLAY", "TEARDOWN"}) {
    Client client(camera.url());
    client.start();
    ASSERT_TRUE(camera.waitForLog(method == std::string("TEARDOWN") ? "PLAY" : method));
  }
  Client lookingUp("rtsp://localhost:1/");
  lookingUp.start();
}

/// Waits for six failures and compares the delays between them with 8, 16, 32, 40, 40, 40 ms.
void expectGrowingDelays(FakeCamera& camera) {
  Client client(camera.url(), [](ClientOptions& options) {
    options.reconnectMinMs = 8;
    options.reconnectMaxMs = 40;
  });
  client.start();
  ASSERT_TRUE(client.waitForState(ClientState::kWaiting, 6));
  EXPECT_TRUE(client.stop());
  std::vector<int64_t> delays;
  for (const auto& state : client.states()) {
    if (state.state == ClientState::kWaiting) delays.push_back(state.retryInMs);
  }
  const std::vector<int64_t> nominal = {8, 16, 32, 40, 40, 40};
  for (size_t i = 0; i < nominal.size(); ++i) {
    EXPECT_GE(delays[i], nominal[i] * 3 / 4) << i;
    EXPECT_LE(delays[i], nominal[i] * 5 / 4) << i;
  }
}

TEST(ClientFailure, DelaysGrowToTheirLimitWithJitter) {
  FakeCamera camera;
  answerWith(camera, "OPTIONS", "401 Unauthorized");
  expectGrowingDelays(camera);
}

TEST(ClientFailure, DelaysGrowAlsoWhereTheCameraPlaysBetweenItsFailures) {
  FakeCamera camera;
  camera.on("PLAY", [&](Connection& connection, const Request& request) {
    camera.answer(connection, request);
    connection.close();
  });
  expectGrowingDelays(camera);
}

}  // namespace
}  // namespace flux::rtsp
