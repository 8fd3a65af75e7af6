// Sessions of several tracks: what is asked for, what is left out, and what stays over reconnects.
#include <gtest/gtest.h>

#include "fake_camera.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::FakeCamera;
using test::reply;
using test::sdpOfThree;
using Connection = FakeCamera::Connection;

/// Plays three pictures and three pieces of sound on the channels of two tracks.
void playPicturesAndSound(Connection& connection, const Request& request) {
  connection.send(reply(request, "200 OK"));
  for (uint32_t i = 0; i < 3; ++i) {
    connection.sendFrame(i, i == 0);
    connection.sendSound(i);
  }
}

std::string transportOf(const Request& request) {
  return std::string(request.headers.get("Transport").value_or(""));
}

TEST(ClientTracks, AreSetUpInTurnOnChannelsOfTheirOwn) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  camera.on("PLAY", playPicturesAndSound);
  Client client(camera.url(), [](ClientOptions& options) { options.metadata = true; });
  client.start();
  ASSERT_TRUE(client.waitForUnits(6));
  ASSERT_TRUE(client.stop());
  const auto setups = camera.requests("SETUP");
  ASSERT_EQ(setups.size(), 3U);
  EXPECT_EQ(setups[0].url, camera.url() + "/track1");
  EXPECT_EQ(setups[1].url, camera.url() + "/track2");
  EXPECT_EQ(setups[2].url, camera.url() + "/track3");
  EXPECT_EQ(transportOf(setups[0]), "RTP/AVP/TCP;unicast;interleaved=0-1");
  EXPECT_EQ(transportOf(setups[1]), "RTP/AVP/TCP;unicast;interleaved=2-3");
  EXPECT_EQ(transportOf(setups[2]), "RTP/AVP/TCP;unicast;interleaved=4-5");
  EXPECT_FALSE(setups[0].headers.get("Session"));
  EXPECT_EQ(setups[1].headers.get("Session"), "4711");
  EXPECT_EQ(camera.requests("PLAY").size(), 1U);
  EXPECT_EQ(client.units(MediaKind::kVideo).size(), 3U);
  EXPECT_EQ(client.units(MediaKind::kAudio).size(), 3U);
  EXPECT_EQ(client.stats().accessUnits, 3U);
  EXPECT_EQ(client.stats().audioFrames, 3U);
  EXPECT_EQ(client.stats().packetsReceived, 6U);
  const auto tracks = client.tracks();
  ASSERT_EQ(tracks.size(), 1U);
  ASSERT_EQ(tracks[0].size(), 2U);
  EXPECT_EQ(tracks[0][0]->codec, Codec::kPcma);
  EXPECT_EQ(tracks[0][1]->codec, Codec::kOnvifMetadata);
}

TEST(ClientTracks, AreOnlyThoseThatAreWanted) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  Client client(camera.url(), [](ClientOptions& options) { options.audio = false; });
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(camera.requests("SETUP").size(), 1U);
  ASSERT_EQ(client.tracks().size(), 1U);
  EXPECT_TRUE(client.tracks()[0].empty());
}

TEST(ClientTracks, LeaveOutTheOneThatCannotBeSetUp) {
  for (const char* status : {"461 Unsupported Transport", "404 Not Found", "500 No"}) {
    FakeCamera camera;
    camera.sdp = sdpOfThree();
    camera.on("SETUP", [&](Connection& connection, const Request& request) {
      if (request.url.ends_with("track2")) {
        connection.send(reply(request, status));
      } else {
        camera.answer(connection, request);
      }
    });
    Client client(camera.url(), [](ClientOptions& options) { options.metadata = true; });
    client.start();
    ASSERT_TRUE(client.waitForUnits(3));
    ASSERT_TRUE(client.stop());
    EXPECT_EQ(client.quirks(Quirk::kSetupRefused), 1U);
    EXPECT_EQ(client.stats().failures, 0U);
    ASSERT_EQ(client.tracks().size(), 1U);
    ASSERT_EQ(client.tracks()[0].size(), 1U);
    EXPECT_EQ(client.tracks()[0][0]->codec, Codec::kOnvifMetadata);
    EXPECT_EQ(transportOf(camera.requests("SETUP").back()), "RTP/AVP/TCP;unicast;interleaved=2-3");
  }
}

TEST(ClientTracks, LeaveOutTheOneWithWhichTheWholeSessionFails) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  camera.on("SETUP", [&](Connection& connection, const Request& request) {
    if (request.url.ends_with("track2")) {
      connection.close();
    } else {
      camera.answer(connection, request);
    }
  });
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(client.stats().failures, 1U);
  EXPECT_EQ(client.quirks(Quirk::kSetupRefused), 1U);
  EXPECT_TRUE(client.tracks().back().empty());
}

TEST(ClientTracks, LeaveOutTheOneThatIsRefusedWherePlayIsRefusedToo) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  std::atomic<bool> spoiled{false};
  camera.on("SETUP", [&](Connection& connection, const Request& request) {
    spoiled = request.url.ends_with("track2");
    if (spoiled) {
      connection.send(reply(request, "454 Session Not Found"));
    } else {
      camera.answer(connection, request);
    }
  });
  camera.on("PLAY", [&](Connection& connection, const Request& request) {
    if (spoiled) {
      connection.send(reply(request, "454 Session Not Found"));
    } else {
      camera.answer(connection, request);
    }
  });
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(client.stats().failures, 1U);
  EXPECT_EQ(camera.requests("SETUP").size(), 3U);  // two, then the video alone
}

TEST(ClientTracks, KeepTheirParametersOverReconnects) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    playPicturesAndSound(connection, request);
    if (connection.number == 0) connection.close();
  });
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(12));
  ASSERT_TRUE(client.stop());
  const auto tracks = client.tracks();
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks[0].at(0), tracks[1].at(0));
  const auto sound = client.units(MediaKind::kAudio);
  ASSERT_EQ(sound.size(), 6U);
  for (const auto& unit : sound) EXPECT_EQ(unit->parameters, tracks[0][0]);
  EXPECT_TRUE(sound[3]->discontinuity);
  const auto video = client.units(MediaKind::kVideo);
  EXPECT_EQ(video[0]->parameters, video[3]->parameters);
}

TEST(ClientTracks, StallWhereOnlySoundComes) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  std::atomic<bool> playing{false};
  camera.onPlay([&](Connection&) { playing = true; });
  camera.on("TEARDOWN", [&](Connection& connection, const Request& request) {
    playing = false;
    camera.answer(connection, request);
  });
  Client client(camera.url(), [](ClientOptions& options) {
    options.stallTimeoutMs = 300;
    options.reconnectMinMs = 60000;
  });
  client.start();
  ASSERT_TRUE(client.waitForState(ClientState::kPlaying));
  for (uint32_t i = 0; i < 1000 && client.stats().failures == 0; ++i) {
    camera.withConnection([&](Connection& connection) {
      if (playing) connection.sendSound(i);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(client.waitForFailure().code, "ERR_RTSP_STALLED");
  EXPECT_GT(client.stats().audioFrames, 0U);
  EXPECT_TRUE(client.stop());
}

TEST(ClientTracks, AreToldApartByPayloadTypeWhereTheyShareAChannel) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK",
                          "Session: 4711\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"));
  });
  camera.onPlay([](Connection& connection) {
    for (uint32_t i = 0; i < 3; ++i) {
      connection.sendFrame(i, i == 0);
      connection.sendSound(i, 0);
    }
  });
  Client client(camera.url());
  client.start();
  ASSERT_TRUE(client.waitForUnits(6));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(client.units(MediaKind::kVideo).size(), 3U);
  EXPECT_EQ(client.units(MediaKind::kAudio).size(), 3U);
  EXPECT_EQ(client.quirks(Quirk::kOtherChannels), 1U);
  EXPECT_EQ(client.quirks(Quirk::kUnknownPayloadType), 0U);
}

TEST(ClientTracks, OutliveTheGoodbyeOfSoundButNotThatOfVideo) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  camera.on("PLAY", [](Connection& connection, const Request& request) {
    playPicturesAndSound(connection, request);
    connection.send(test::interleaved(3, fromHex("81cb000100005678")));
    connection.sendFrame(3);
  });
  Client client(camera.url());
  client.start();
  EXPECT_TRUE(client.waitForUnits(7));
  EXPECT_EQ(client.stats().failures, 0U);
  EXPECT_TRUE(client.stop());
}

TEST(ClientTracks, AreReportedOnEachOnItsOwnChannel) {
  FakeCamera camera;
  camera.sdp = sdpOfThree();
  camera.on("PLAY", playPicturesAndSound);
  Client client(camera.url(), [](ClientOptions& options) { options.metadata = true; });
  client.start();
  EXPECT_TRUE(camera.waitForLog("frame 1"));
  EXPECT_TRUE(camera.waitForLog("frame 3"));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.stats().receiverReports, 2U);  // metadata brought nothing to report on
}

TEST(ClientTracks, CanBeStoppedWhereTheyAreTold) {
  class Stopper final : public ClientObserver {
   public:
    std::function<void()> onTold;
    void onAccessUnit(AccessUnitPtr) override { ADD_FAILURE(); }
    void onTracks(const std::vector<CodecParametersPtr>&) override { onTold(); }
    void onState(ClientState state, const Error*, int64_t) override {
      if (state == ClientState::kClosed) closed = true;
    }
    std::atomic<bool> closed{false};
  };
  FakeCamera camera;
  EventLoop loop("test-client");
  ClientOptions options;
  options.url = camera.url();
  Stopper observer;
  auto session = std::make_unique<ClientSession>(loop, options, observer);
  observer.onTold = [&] { session->stop([] {}); };
  loop.runAndWait([&] { session->start(); });
  EXPECT_TRUE(Client::eventually([&] { return observer.closed.load(); }));
  loop.runAndWait([&] { session.reset(); });
  EXPECT_EQ(camera.requests("PLAY").size(), 0U);
  EXPECT_EQ(camera.requests("TEARDOWN").size(), 1U);
}

}  // namespace
}  // namespace flux::rtsp
