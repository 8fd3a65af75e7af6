#include <random>

#include "rtsp/digest.h"
#include "server_fixture.h"

namespace flux::rtsp::test {
namespace {

constexpr const char* kTcp = "RTP/AVP/TCP;unicast;interleaved=0-1";

class ServerDialogue : public ServerTest {
 protected:
  void SetUp() override { start(madeUpClip(25, 5, 3600), 2); }
};

TEST_F(ServerDialogue, OptionsNamesTheMethods) {
  Reader reader(server_->port());
  const Response response = reader.ask("OPTIONS", "*");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("CSeq"), "1");
  const std::string methods(response.headers.get("Public").value_or(""));
  for (const char* method : {"DESCRIBE", "SETUP", "PLAY", "TEARDOWN", "GET_PARAMETER"}) {
    EXPECT_NE(methods.find(method), std::string::npos) << method;
  }
}

TEST_F(ServerDialogue, DescribeCarriesTheParameterSets) {
  Reader reader(server_->port());
  const Response response = reader.ask("DESCRIBE", "/cam2/sub", {{"Accept", "application/sdp"}});
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/sdp");
  EXPECT_EQ(response.headers.get("Content-Base"), reader.url("/cam2/sub/"));
  const auto has = [&](const std::string& line) {
    return response.body.find("\r\n" + line + "\r\n") != std::string::npos;
  };
  EXPECT_TRUE(has("m=video 0 RTP/AVP 96")) << response.body;
  EXPECT_TRUE(has("a=rtpmap:96 H264/90000")) << response.body;
  EXPECT_TRUE(has("a=framerate:25")) << response.body;
  EXPECT_TRUE(has("a=control:trackID=0")) << response.body;
  const auto parameters = sampleParameters();
  EXPECT_TRUE(has("a=fmtp:96 packetization-mode=1;profile-level-id=42C00D;sprop-parameter-sets=" +
                  toBase64(parameters->sps) + "," + toBase64(parameters->pps)))
      << response.body;
}

TEST_F(ServerDialogue, AnUnknownPathIsNotFound) {
  Reader reader(server_->port());
  EXPECT_EQ(reader.ask("DESCRIBE", "/cam3/main").status, 404);
  EXPECT_EQ(reader.ask("DESCRIBE", "/").status, 404);
  EXPECT_EQ(reader.ask("DESCRIBE", "rtsp:").status, 404);
  EXPECT_EQ(reader.ask("SETUP", "/cam0/main/trackID=0", {{"Transport", kTcp}}).status, 404);
  EXPECT_EQ(reader.ask("SETUP", "/cam1/main/trackID=1", {{"Transport", kTcp}}).status, 404);
}

TEST_F(ServerDialogue, QueriesAndFinalSlashesDoNotMatter) {
  Reader reader(server_->port());
  EXPECT_EQ(reader.ask("DESCRIBE", "/cam1/main/").status, 200);
  EXPECT_EQ(reader.ask("DESCRIBE", "/cam1/main?profile=2").status, 200);
}

TEST_F(ServerDialogue, ADescriptionInAnotherFormatIsNotAcceptable) {
  Reader reader(server_->port());
  EXPECT_EQ(reader.ask("DESCRIBE", "/cam1/main", {{"Accept", "text/html"}}).status, 406);
}

TEST_F(ServerDialogue, UdpIsRefusedSoThatClientsFallBackToTcp) {
  Reader reader(server_->port());
  const std::string path = "/cam1/main/trackID=0";
  const std::string udp = "RTP/AVP;unicast;client_port=5000-5001";
  EXPECT_EQ(reader.ask("SETUP", path, {{"Transport", udp}}).status, 461);
  EXPECT_EQ(reader.ask("SETUP", path).status, 461);
  EXPECT_EQ(
      reader.ask("SETUP", path, {{"Transport", "RTP/AVP/TCP;unicast;interleaved=7-900"}}).status,
      461);
  const Response both =
      reader.ask("SETUP", path, {{"Transport", udp + ",RTP/AVP/TCP;unicast;interleaved=4-5"}});
  ASSERT_EQ(both.status, 200);
  EXPECT_NE(both.headers.get("Transport")->find("interleaved=4-5"), std::string_view::npos);
  EXPECT_NE(both.headers.get("Session")->find(";timeout=60"), std::string_view::npos);
}

TEST_F(ServerDialogue, AWrongSessionIsNotFound) {
  Reader reader(server_->port());
  const std::string session = reader.play("/cam1/main");
  for (const char* method : {"PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER"}) {
    EXPECT_EQ(reader.ask(method, "/cam1/main", {{"Session", session + "x"}}).status, 454) << method;
  }
  EXPECT_EQ(reader.ask("PAUSE", "/cam1/main").status, 454);
  EXPECT_EQ(reader.ask("PLAY", "/cam2/main", {{"Session", session}}).status, 454);
  Reader other(server_->port());
  EXPECT_EQ(other.ask("PLAY", "/cam1/main", {{"Session", session}}).status, 454)
      << "a session belongs to its connection";
}

TEST_F(ServerDialogue, MethodsOutOfTurnAreNotValidInThisState) {
  Reader reader(server_->port());
  EXPECT_EQ(reader.ask("PLAY", "/cam1/main").status, 455);
  const std::string session = reader.play("/cam1/main");
  EXPECT_EQ(reader.ask("SETUP", "/cam1/main/trackID=0", {{"Transport", kTcp}, {"Session", session}})
                .status,
            455);
  EXPECT_EQ(reader.ask("SETUP", "/cam2/main/trackID=0", {{"Transport", kTcp}, {"Session", session}})
                .status,
            459);
  EXPECT_EQ(reader.ask("SETUP", "/cam2/main/trackID=0", {{"Transport", kTcp}}).status, 455);
}

TEST_F(ServerDialogue, UnknownMethodsAndRequirementsAreNamed) {
  Reader reader(server_->port());
  EXPECT_EQ(reader.ask("RECORD", "/cam1/main").status, 501);
  const Response required = reader.ask("SETUP", "/cam1/main", {{"Require", "com.example.x"}});
  EXPECT_EQ(required.status, 551);
  EXPECT_EQ(required.headers.get("Unsupported"), "com.example.x");
}

TEST_F(ServerDialogue, ARequestWithoutCSeqIsBad) {
  Reader reader(server_->port());
  reader.sendRaw(asBytes("OPTIONS * RTSP/1.0\r\n\r\n"));
  EXPECT_EQ(reader.reply().status, 400);
}

TEST_F(ServerDialogue, KeepAliveAnswersWhileMediaFlows) {
  Reader reader(server_->port());
  const std::string session = reader.play("/cam1/main");
  EXPECT_EQ(reader.ask("GET_PARAMETER", "/cam1/main", {{"Session", session}}).status, 200);
  EXPECT_EQ(reader.ask("SET_PARAMETER", "/cam1/main", {{"Session", session}}).status, 200);
  EXPECT_EQ(reader.ask("OPTIONS", "/cam1/main", {{"Session", session}}).status, 200);
  EXPECT_FALSE(reader.packet(0).empty());
}

TEST_F(ServerDialogue, TeardownEndsTheSessionAndLeavesTheConnection) {
  Reader reader(server_->port());
  const std::string session = reader.play("/cam1/main");
  EXPECT_EQ(statsOf("/cam1/main").sessions, 1U);
  EXPECT_EQ(reader.ask("TEARDOWN", "/cam1/main", {{"Session", session}}).status, 200);
  EXPECT_EQ(statsOf("/cam1/main").sessions, 0U);
  EXPECT_EQ(reader.ask("PLAY", "/cam1/main", {{"Session", session}}).status, 454);
  reader.play("/cam2/main");
  EXPECT_EQ(statsOf("/cam2/main").sessionsTotal, 1U);
}

TEST_F(ServerDialogue, AClosedConnectionEndsItsSession) {
  {
    Reader reader(server_->port());
    reader.play("/cam1/main");
    EXPECT_EQ(statsOf("/cam1/main").sessions, 1U);
  }
  EXPECT_TRUE(eventually([&] { return statsOf("/cam1/main").sessions == 0; }));
}

TEST_F(ServerDialogue, GarbageEndsTheConnectionAndNothingElse) {
  Reader innocent(server_->port());
  innocent.play("/cam1/main");
  std::mt19937 random(3);
  for (int round = 0; round < 10; ++round) {
    Reader reader(server_->port());
    Bytes noise(200000);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random() | 0x80);
    reader.sendRaw(noise);
    EXPECT_TRUE(reader.closesWithin10Seconds());
  }
  EXPECT_FALSE(innocent.packet(0).empty());
}

TEST_F(ServerDialogue, AnOversizedRequestEndsTheConnection) {
  Reader reader(server_->port());
  reader.sendRaw(
      asBytes("DESCRIBE rtsp://h/cam1/main RTSP/1.0\r\nCSeq: 1\r\nX: " + std::string(300000, 'a')));
  EXPECT_TRUE(reader.closesWithin10Seconds());
}

TEST_F(ServerDialogue, HeaderValuesCannotSmuggleLines) {
  Reader reader(server_->port());
  reader.sendRaw(asBytes("OPTIONS * RTSP/1.0\r\nCSeq: 1\rX-Injected: 1\r\n\r\n"));
  const Response response = reader.reply();
  EXPECT_FALSE(response.headers.get("X-Injected"));
}

TEST_F(ServerDialogue, DisconnectAllClosesConnectionsAndGoesOnListening) {
  Reader first(server_->port());
  Reader second(server_->port());
  first.play("/cam1/main");
  server_->disconnectAll();
  EXPECT_TRUE(first.closesWithin10Seconds());
  EXPECT_TRUE(second.closesWithin10Seconds());
  EXPECT_EQ(statsOf("/cam1/main").sessions, 0U);
  Reader third(server_->port());
  third.play("/cam1/main");
}

TEST_F(ServerDialogue, ClosingTheServerClosesItsConnections) {
  Reader reader(server_->port());
  reader.play("/cam1/main");
  server_.reset();
  EXPECT_TRUE(reader.closesWithin10Seconds());
}

class ServerLogin : public ServerTest {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.main = madeUpClip(25, 5, 3600);
    options.username = "admin";
    options.password = "s:e\"cret";
    start(options);
  }
};

TEST_F(ServerLogin, EveryRequestIsChallengedWithSha256AndMd5) {
  Reader reader(server_->port());
  for (const char* method : {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"}) {
    const Response response = reader.ask(method, "/cam1/main");
    EXPECT_EQ(response.status, 401) << method;
    const auto challenges = response.headers.getAll("WWW-Authenticate");
    ASSERT_EQ(challenges.size(), 2U);
    EXPECT_NE(challenges[0].find("SHA-256"), std::string_view::npos);
    EXPECT_NE(challenges[1].find("MD5"), std::string_view::npos);
  }
}

TEST_F(ServerLogin, ARightAnswerIsLetInForEachAlgorithm) {
  for (const size_t choice : {size_t{0}, size_t{1}}) {
    Reader reader(server_->port());
    const Response first = reader.ask("DESCRIBE", "/cam1/main");
    const auto challenge =
        parseChallenges(first.headers.getAll("WWW-Authenticate").at(choice)).at(0);
    const auto answer = [&](const char* password) {
      return authorize(challenge, "admin", password, "DESCRIBE", reader.url("/cam1/main"), 1,
                       "0a4f113b");
    };
    EXPECT_EQ(reader.ask("DESCRIBE", "/cam1/main", {{"Authorization", answer("wrong")}}).status,
              401);
    EXPECT_EQ(reader.ask("DESCRIBE", "/cam1/main", {{"Authorization", answer("s:e\"cret")}}).status,
              200);
  }
}

TEST_F(ServerLogin, AnAnswerDoesNotHoldOnAnotherConnectionOrForAnotherMethod) {
  Reader first(server_->port());
  const Response refused = first.ask("DESCRIBE", "/cam1/main");
  const auto challenge = parseChallenges(refused.headers.getAll("WWW-Authenticate").at(0)).at(0);
  const std::string answer = authorize(challenge, "admin", "s:e\"cret", "DESCRIBE",
                                       first.url("/cam1/main"), 1, "0a4f113b");
  EXPECT_EQ(first.ask("SETUP", "/cam1/main", {{"Authorization", answer}}).status, 401);
  Reader second(server_->port());
  EXPECT_EQ(second.ask("DESCRIBE", "/cam1/main", {{"Authorization", answer}}).status, 401);
}

}  // namespace
}  // namespace flux::rtsp::test
