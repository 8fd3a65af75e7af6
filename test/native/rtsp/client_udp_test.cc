// RTP beside the RTSP connection: over UDP where that is asked for, or where TCP is refused.
#include <gtest/gtest.h>

#include "fake_camera.h"
#include "rtsp/reply_headers.h"
#include "rtsp/rtcp.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::FakeCamera;
using test::reply;
using Connection = FakeCamera::Connection;

constexpr int64_t kLongMs = 60000;

/// The camera's side of one track: a pair of sockets, and where the client listens.
class Sender {
 public:
  Sender()
      : rtp_(Socket::bindUdp(*parseAddress("127.0.0.1", 0))),
        rtcp_(Socket::bindUdp(*parseAddress("127.0.0.1", 0))) {}

  /// Answers a SETUP over UDP; any other is refused with 461.
  void answer(Connection& connection, const Request& request, const std::string& extra = "") {
    const std::string asked(request.headers.get("Transport").value_or(""));
    const TransportHeader transport = parseTransport(asked);
    if (!transport.clientPort) {
      connection.send(reply(request, "461 Unsupported Transport"));
      return;
    }
    client_ = *transport.clientPort;
    connection.send(reply(request, "200 OK",
                          "Session: 4711;timeout=60\r\nTransport: " + asked +
                              ";server_port=" + std::to_string(rtp_.localPort()) + "-" +
                              std::to_string(rtcp_.localPort()) + extra + "\r\n"));
  }
  void sendRtp(const Bytes& packet) {
    rtp_.sendTo(packet, *parseAddress("127.0.0.1", client_.rtp));
  }
  void sendRtcp(const Bytes& packet) {
    rtcp_.sendTo(packet, *parseAddress("127.0.0.1", client_.rtcp));
  }
  void sendFrame(uint32_t index, bool key = false) {
    sendRtp(test::rtpBytes(key ? test::idr() : test::inter(), static_cast<uint16_t>(index),
                           index * 3600, true));
  }
  /// What came to the RTCP port since.
  std::vector<Bytes> received() {
    std::vector<Bytes> out;
    for (const auto& datagram : batch_.receive(rtcp_)) {
      out.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
    }
    return out;
  }

 private:
  Socket rtp_;
  Socket rtcp_;
  TransportHeader::Ports client_;
  DatagramBatch batch_;
};

/// A camera that sends over UDP and over nothing else.
struct UdpCamera {
  UdpCamera() {
    camera.on("SETUP", [this](Connection& connection, const Request& request) {
      sender.answer(connection, request);
    });
    camera.on("PLAY", [this](Connection& connection, const Request& request) {
      connection.send(reply(request, "200 OK"));
      for (const uint32_t index : order) sender.sendFrame(index, index == 0);
    });
  }
  Sender sender;
  std::vector<uint32_t> order = {0, 1, 2};
  FakeCamera camera;
};

/// And nothing else: what does not come fails the test, not the session.
void overUdp(ClientOptions& options) {
  options.transport = Transport::kUdp;
  options.stallTimeoutMs = kLongMs;
}

TEST(ClientUdp, CarriesVideoAndReportsBesideTheConnection) {
  UdpCamera fake;
  Client client(fake.camera.url(), overUdp);
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  // The empty report that opens the way, then one about what came.
  bool reported = false;
  EXPECT_TRUE(Client::eventually([&] {
    fake.camera.withConnection([&](Connection&) {
      for (const Bytes& packet : fake.sender.received()) {
        const auto summary = parseRtcp(packet);
        reported = reported || (summary && packet.size() > 32 && summary->receiverReports == 1);
      }
    });
    return reported;
  }));
  ASSERT_TRUE(client.stop());
  const std::string asked(
      fake.camera.requests("SETUP").at(0).headers.get("Transport").value_or(""));
  EXPECT_TRUE(asked.starts_with("RTP/AVP;unicast;client_port=")) << asked;
  EXPECT_EQ(client.stats().packetsReceived, 3U);
  EXPECT_EQ(client.stats().packetsLost, 0U);
  EXPECT_EQ(client.stats().receiverReports, 1U);
  EXPECT_EQ(client.units().at(2)->mediaTime, 7200);
}

TEST(ClientUdp, PutsPacketsBackInOrder) {
  UdpCamera fake;
  fake.order = {0, 2, 1, 1, 4, 3, 5};
  Client client(fake.camera.url(), overUdp);
  client.start();
  ASSERT_TRUE(client.waitForUnits(6));
  ASSERT_TRUE(client.stop());
  const auto units = client.units();
  for (size_t i = 0; i < units.size(); ++i) {
    EXPECT_EQ(units[i]->mediaTime, static_cast<int64_t>(i) * 3600);
    EXPECT_FALSE(units[i]->discontinuity);
  }
  EXPECT_EQ(client.stats().packetsLost, 0U);
  EXPECT_EQ(client.stats().packetsDuplicated, 1U);
}

TEST(ClientUdp, TakesLossForWhatItIsAndNotForAnOddity) {
  UdpCamera fake;
  fake.order = {0, 1, 3, 4};
  Client client(fake.camera.url(), overUdp);
  client.start();
  ASSERT_TRUE(client.waitForUnits(4));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(client.stats().packetsLost, 1U);
  EXPECT_EQ(client.quirks(Quirk::kLossOnTcp), 0U);
  EXPECT_TRUE(client.units().at(2)->discontinuity);
}

TEST(ClientUdp, KeepsPacketsOfOtherTypesOutOfTheOrder) {
  UdpCamera fake;
  fake.camera.onPlay([&](Connection&) {
    fake.sender.sendFrame(0, true);
    fake.sender.sendRtp(test::rtpBytes(test::idr(), 40000, 0, true, 50));
    fake.sender.sendFrame(1);
    fake.sender.sendRtp(test::rtpBytes(test::idr(), 1, 0, true, 50));
    fake.sender.sendFrame(2);
  });
  Client client(fake.camera.url(), overUdp);
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  ASSERT_TRUE(client.stop());
  EXPECT_EQ(client.stats().packetsLost, 0U);
  EXPECT_EQ(client.quirks(Quirk::kUnknownPayloadType), 2U);
  EXPECT_FALSE(client.units().at(2)->discontinuity);
}

TEST(ClientUdp, TakesDatagramsAboveAnEthernetFrame) {
  UdpCamera fake;
  fake.camera.onPlay(
      [&](Connection&) { fake.sender.sendRtp(test::rtpBytes(test::idr(9980), 0, 0, true)); });
  Client client(fake.camera.url(), overUdp);
  client.start();
  ASSERT_TRUE(client.waitForUnits(1));
  EXPECT_GT(client.units()[0]->data.size(), 9980U);
  EXPECT_EQ(client.quirks(Quirk::kLargeDatagram), 1U);
  ASSERT_TRUE(client.stop());
}

TEST(ClientUdp, IsTriedWhereTcpIsRefusedWith461) {
  UdpCamera fake;
  Client client(fake.camera.url(), [](ClientOptions& options) {
    options.transport = Transport::kAuto;
    options.stallTimeoutMs = kLongMs;
  });
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  ASSERT_TRUE(client.stop());
  const auto setups = fake.camera.requests("SETUP");
  ASSERT_EQ(setups.size(), 2U);
  EXPECT_EQ(setups[0].headers.get("Transport"), "RTP/AVP/TCP;unicast;interleaved=0-1");
  EXPECT_EQ(client.stats().failures, 0U);
}

TEST(ClientUdp, IsGivenUpForTcpWhereNoPacketComes) {
  FakeCamera camera;
  Sender sender;
  camera.on("SETUP", [&](Connection& connection, const Request& request) {
    if (parseTransport(request.headers.get("Transport").value_or("")).clientPort) {
      sender.answer(connection, request);  // and a firewall keeps the packets
    } else {
      camera.answer(connection, request);
    }
  });
  Client client(camera.url(), [](ClientOptions& options) {
    options.transport = Transport::kUdp;
    options.stallTimeoutMs = 200;
  });
  // What the fake camera plays goes over TCP, which a session over UDP does not take for its own.
  client.start();
  const auto failure = client.waitForFailure();
  EXPECT_EQ(failure.code, "ERR_RTSP_STALLED");
  EXPECT_NE(failure.message.find("over TCP"), std::string::npos) << failure.message;
  EXPECT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.stats().udpFallbacks, 1U);
}

TEST(ClientUdp, RefusedByTheCameraIsUnsupported) {
  FakeCamera camera;
  camera.on("SETUP", [&](Connection& connection, const Request& request) {
    if (parseTransport(request.headers.get("Transport").value_or("")).clientPort) {
      connection.send(reply(request, "461 Unsupported Transport"));
    } else {
      camera.answer(connection, request);
    }
  });
  Client client(camera.url(), [](ClientOptions& options) { options.transport = Transport::kUdp; });
  client.start();
  const auto failure = client.waitForFailure();
  EXPECT_EQ(failure.code, "ERR_RTSP_UNSUPPORTED");
  EXPECT_NE(failure.message.find("UDP"), std::string::npos) << failure.message;
  EXPECT_TRUE(client.stop());
}

TEST(ClientUdp, TakesACameraThatAnswersWithTcpAllTheSame) {
  FakeCamera camera;
  camera.on("SETUP", [](Connection& connection, const Request& request) {
    connection.send(reply(request, "200 OK",
                          "Session: 4711\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"));
  });
  Client client(camera.url(), [](ClientOptions& options) { options.transport = Transport::kUdp; });
  client.start();
  EXPECT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
}

TEST(ClientUdp, SendsToNobodyButTheCamera) {
  UdpCamera fake;
  const Socket third = Socket::bindUdp(*parseAddress("127.0.0.2", 0));
  fake.camera.on("SETUP", [&](Connection& connection, const Request& request) {
    fake.sender.answer(connection, request, ";source=127.0.0.2");
  });
  Client client(fake.camera.url(), overUdp);
  client.start();
  EXPECT_TRUE(client.waitForUnits(3));
  EXPECT_TRUE(client.stop());
  DatagramBatch batch;
  EXPECT_TRUE(batch.receive(third).empty());
}

TEST(ClientUdp, EndsWithTheGoodbyeOfTheCamera) {
  UdpCamera fake;
  Client client(fake.camera.url(), overUdp);
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  fake.camera.withConnection(
      [&](Connection&) { fake.sender.sendRtcp(fromHex("81cb000100001234")); });
  EXPECT_EQ(client.waitForFailure().code, "ERR_RTSP_CLOSED");
  EXPECT_TRUE(client.stop());
}

}  // namespace
}  // namespace flux::rtsp
