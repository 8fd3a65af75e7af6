// Oddities of what comes between the messages: the bytes that cause each, the safe default, the
// policy that overrides it, and its count.
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
using Connection = FakeCamera::Connection;

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

// 27
TEST(Oddity, JunkBetweenFrames) {
  FakeCamera camera;
  camera.onPlay([](Connection& connection) {
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
  camera.onPlay([](Connection& connection) {
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
  camera.onPlay([](Connection& connection) {
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
  camera.onPlay([](Connection& connection) {
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
  camera.onPlay([](Connection& connection) {
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
  camera.onPlay([](Connection& connection) {
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
