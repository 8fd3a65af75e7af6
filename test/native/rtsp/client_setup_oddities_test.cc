// Oddities of descriptions and transports: the bytes that cause each, the safe default, the policy
// that overrides it, and its count.
#include <gtest/gtest.h>

#include "oddity_fixture.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::expectPlays;
using test::FakeCamera;
using test::interleaved;
using test::reply;
using Connection = FakeCamera::Connection;

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
    camera.onPlay([](Connection& connection) {
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

}  // namespace
}  // namespace flux::rtsp
