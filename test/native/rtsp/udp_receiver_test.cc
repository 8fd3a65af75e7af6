#include "rtsp/udp_receiver.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rtsp/reorder_buffer.h"
#include "rtsp/rtp.h"

namespace flux::rtsp {
namespace {

using Arrival = ClientConnection::Arrival;

SocketAddress loopback(const char* host = "127.0.0.1") {
  return *parseAddress(host, 0);
}

Bytes rtp(uint16_t sequence, size_t payload = 4) {
  ByteWriter out;
  out.u8(0x80).u8(96).u16(sequence).u32(0).u32(7);
  out.bytes(Bytes(payload, 0xAB));
  return out.take();
}

/// A camera's pair of ports, a receiver for it, and what the receiver handed out.
class UdpReceiverTest : public testing::Test {
 protected:
  UdpReceiverTest() : cameraRtp_(bind()), cameraRtcp_(bind()) {
    loop_.runAndWait([&] {
      receiver_ = std::make_unique<UdpReceiver>(
          loop_, loopback(),
          UdpReceiver::Callbacks{
              [&](ByteView packet, const Arrival& arrival) { onPacket("rtp", packet, arrival); },
              [&](ByteView packet, const Arrival& arrival) { onPacket("rtcp", packet, arrival); }},
          quirks_);
      rtpPort_ = receiver_->rtpPort();
      receiver_->setPeer(loopback(), cameraRtp_.localPort(), cameraRtcp_.localPort());
    });
  }
  ~UdpReceiverTest() override {
    loop_.runAndWait([&] { receiver_.reset(); });
  }

  static Socket bind(const char* host = "127.0.0.1") { return Socket::bindUdp(loopback(host)); }
  /// The next datagram at `socket`, which is waited for.
  static Bytes next(const Socket& socket) {
    pollfd entry{socket.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 5000), 1);
    DatagramBatch batch;
    const auto got = batch.receive(socket);
    return got.empty() ? Bytes() : Bytes(got[0].bytes.begin(), got[0].bytes.end());
  }
  void send(const Socket& from, uint16_t port, ByteView packet) {
    EXPECT_EQ(from.sendTo(packet, loopback().withPort(port)).outcome, Socket::Outcome::kDone);
  }
  void onPacket(const char* kind, ByteView packet, const Arrival& arrival) {
    EXPECT_GT(arrival.micros, 0);
    EXPECT_GT(arrival.wallMs, 0);
    const std::lock_guard lock(mutex_);
    got_.push_back(kind + std::string(":") + std::to_string(packet.size()) + ":" +
                   std::to_string(packet.size() < 4 ? 0 : packet[2] << 8 | packet[3]));
    changed_.notify_one();
  }
  std::vector<std::string> waitFor(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return got_.size() >= count; });
    return got_;
  }

  QuirkCounters quirks_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> got_;
  Socket cameraRtp_;
  Socket cameraRtcp_;
  uint16_t rtpPort_ = 0;
  EventLoop loop_{"udp"};
  std::unique_ptr<UdpReceiver> receiver_;
};

using Strings = std::vector<std::string>;

TEST_F(UdpReceiverTest, ListensOnAnEvenPortAndTheNext) {
  EXPECT_EQ(rtpPort_ % 2, 0);
  send(cameraRtp_, rtpPort_, rtp(5));
  waitFor(1);
  send(cameraRtcp_, static_cast<uint16_t>(rtpPort_ + 1), Bytes{0x80, 200, 0, 6});
  EXPECT_EQ(waitFor(2), Strings({"rtp:16:5", "rtcp:4:6"}));
}

TEST_F(UdpReceiverTest, OpensFirewallsWithASmallValidPacketToEachPort) {
  const Bytes toRtp = next(cameraRtp_);
  EXPECT_TRUE(parseRtp(toRtp).has_value());
  const Bytes toRtcp = next(cameraRtcp_);
  EXPECT_EQ(toRtcp, Bytes({0x80, 201, 0, 1, 0, 0, 0, 0}));
}

TEST_F(UdpReceiverTest, SendsReportsToThePeersRtcpPort) {
  next(cameraRtcp_);
  loop_.runAndWait([&] { receiver_->sendRtcp(Bytes{0x81, 201, 0, 7}); });
  EXPECT_EQ(next(cameraRtcp_), Bytes({0x81, 201, 0, 7}));
}

TEST_F(UdpReceiverTest, LearnsThePortOfACameraThatNamedNone) {
  loop_.runAndWait([&] {
    receiver_->setPeer(loopback(), 0, 0);
    receiver_->sendRtcp(Bytes{1});  // to nowhere
  });
  next(cameraRtcp_);  // of the first setPeer()
  send(cameraRtcp_, static_cast<uint16_t>(rtpPort_ + 1), Bytes{0x80, 200, 0, 6});
  waitFor(1);
  loop_.runAndWait([&] { receiver_->sendRtcp(Bytes{0x81, 201, 0, 9}); });
  EXPECT_EQ(next(cameraRtcp_), Bytes({0x81, 201, 0, 9}));
}

TEST_F(UdpReceiverTest, DropsAndCountsWhatOtherHostsSend) {
  const Socket stranger = bind("127.0.0.2");
  send(stranger, rtpPort_, rtp(1));
  send(stranger, rtpPort_, rtp(2));
  send(cameraRtp_, rtpPort_, rtp(3));
  EXPECT_EQ(waitFor(1), Strings({"rtp:16:3"}));
  loop_.runAndWait([&] { EXPECT_EQ(receiver_->foreignPackets(), 2U); });
}

TEST_F(UdpReceiverTest, TakesAnotherSourcePortOfTheSameHost) {
  const Socket behindNat = bind();
  send(behindNat, rtpPort_, rtp(4));
  EXPECT_EQ(waitFor(1), Strings({"rtp:16:4"}));
}

// Tapo cameras send datagrams of up to 10,000 bytes.
TEST_F(UdpReceiverTest, TakesLargeDatagramsWholeAndCountsThem) {
  send(cameraRtp_, rtpPort_, rtp(1, 1488));
  send(cameraRtp_, rtpPort_, rtp(2, 9988));
  send(cameraRtp_, rtpPort_, rtp(3, 65507 - 12));
  EXPECT_EQ(waitFor(3), Strings({"rtp:1500:1", "rtp:10000:2", "rtp:65507:3"}));
  EXPECT_EQ(quirks_.count(Quirk::kLargeDatagram), 2U);
}

TEST_F(UdpReceiverTest, TakesABurstThatFillsSeveralReads) {
  constexpr uint16_t kBurst = 100;
  loop_.runAndWait([&] {  // while the loop is busy, as it is when it gathers
    for (uint16_t i = 0; i < kBurst; ++i) send(cameraRtp_, rtpPort_, rtp(i, 1000));
  });
  const Strings got = waitFor(kBurst);
  EXPECT_EQ(got.front(), "rtp:1012:0");
  EXPECT_EQ(got.back(), "rtp:1012:99");
}

TEST_F(UdpReceiverTest, OutlivesAnEmptyDatagram) {
  send(cameraRtp_, rtpPort_, {});
  send(cameraRtp_, rtpPort_, rtp(2));
  EXPECT_EQ(waitFor(2), Strings({"rtp:0:0", "rtp:16:2"}));
}

TEST_F(UdpReceiverTest, MayBeDestroyedByItsOwnCallback) {
  Socket camera = bind();
  std::unique_ptr<UdpReceiver> receiver;
  int packets = 0;
  std::promise<void> gone;
  uint16_t port = 0;
  loop_.runAndWait([&] {
    receiver =
        std::make_unique<UdpReceiver>(loop_, loopback(),
                                      UdpReceiver::Callbacks{[&](ByteView, const Arrival&) {
                                                               ++packets;
                                                               receiver.reset();
                                                               gone.set_value();
                                                             },
                                                             [](ByteView, const Arrival&) {}},
                                      quirks_);
    port = receiver->rtpPort();
    receiver->setPeer(loopback(), 0, 0);
    for (const uint16_t sequence : std::vector<uint16_t>{1, 2, 3})
      send(camera, port, rtp(sequence));
  });
  gone.get_future().wait();
  loop_.runAndWait([&] { EXPECT_EQ(packets, 1); });
}

TEST_F(UdpReceiverTest, FeedsAReorderBufferThatMendsWhatTheNetworkDidToTheOrder) {
  Socket camera = bind();
  std::vector<uint16_t> order;
  std::promise<void> complete;
  std::unique_ptr<ReorderBuffer> buffer;
  std::unique_ptr<UdpReceiver> receiver;
  loop_.runAndWait([&] {
    buffer = std::make_unique<ReorderBuffer>(
        loop_,
        [&](ByteView packet, const Arrival&) {
          order.push_back(static_cast<uint16_t>(packet[2] << 8 | packet[3]));
          if (order.size() == 8) complete.set_value();
        },
        ReorderLimits{64, 2000});
    receiver = std::make_unique<UdpReceiver>(
        loop_, loopback(),
        UdpReceiver::Callbacks{
            [&](ByteView packet, const Arrival& arrival) { buffer->push(packet, arrival); },
            [](ByteView, const Arrival&) {}},
        quirks_);
    receiver->setPeer(loopback(), 0, 0);
    // 65534 and 4 are lost, 0 comes before 65535, 1 twice, and 5 before 2 and 3.
    for (const uint16_t sequence : std::vector<uint16_t>{65532, 65533, 0, 65535, 1, 1, 5, 2, 3}) {
      send(camera, receiver->rtpPort(), rtp(sequence));
    }
  });
  complete.get_future().wait();
  loop_.runAndWait([&] {
    EXPECT_EQ(order, (std::vector<uint16_t>{65532, 65533, 65535, 0, 1, 2, 3, 5}));
    EXPECT_EQ(buffer->queue().duplicates(), 1U);
    receiver.reset();
    buffer.reset();
  });
}

}  // namespace
}  // namespace flux::rtsp
