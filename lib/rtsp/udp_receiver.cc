// Finds a free pair of ports, empties both sockets, and keeps strangers out.
#include "rtsp/udp_receiver.h"

#include <array>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace flux::rtsp {
namespace {

using Arrival = ClientConnection::Arrival;

/// A key frame comes in one burst, while the loop may be gathering.
constexpr int kUdpReceiveBuffer = 4 << 20;
constexpr int kMaxPairTries = 64;
/// So that a fast camera cannot starve the others on its loop.
constexpr int kMaxBatchesPerRound = 16;
/// What an Ethernet carries in one piece; cameras that send more rely on IP fragments.
constexpr size_t kLargeDatagram = 1500;

struct Pair {
  Socket rtp;
  Socket rtcp;
};

std::optional<Socket> tryBind(const SocketAddress& address) {
  try {
    return Socket::bindUdp(address);
  } catch (const Error& error) {
    if (error.code() == "ERR_ADDRESS_IN_USE") return std::nullopt;
    throw;
  }
}

/// The system chooses the first port; its neighbour may be taken, then it chooses anew.
Pair bindPair(const SocketAddress& local) {
  for (int i = 0; i < kMaxPairTries; ++i) {
    Socket first = Socket::bindUdp(local.withPort(0));
    const uint16_t port = first.localPort();
    const bool even = port % 2 == 0;
    auto second = tryBind(local.withPort(static_cast<uint16_t>(even ? port + 1 : port - 1)));
    if (!second) continue;
    return even ? Pair{std::move(first), std::move(*second)}
                : Pair{std::move(*second), std::move(first)};
  }
  throw Error("ERR_ADDRESS_IN_USE", "no two neighbouring UDP ports are free on " +
                                        local.withPort(0).toString() +
                                        "; close other programs, or use TCP");
}

DatagramBatch& sharedBatch() {
  thread_local DatagramBatch batch;  // one per loop, not per camera: it is 1 MiB
  return batch;
}

}  // namespace

struct UdpReceiver::Ports {
  Ports(Callbacks handlers, QuirkCounters& counters)
      : callbacks(std::move(handlers)), quirks(counters) {}

  const Callbacks callbacks;
  QuirkCounters& quirks;
  Pair pair;
  bool closed = false;
  std::optional<SocketAddress> peerRtcp;  ///< set with the peer; port 0 until one is known
  uint64_t foreign = 0;

  void read(bool isRtp) {
    const Socket& socket = isRtp ? pair.rtp : pair.rtcp;
    DatagramBatch& batch = sharedBatch();
    for (int round = 0; round < kMaxBatchesPerRound; ++round) {
      const auto datagrams = batch.receive(socket);
      const Arrival arrival{monotonicMicros(), wallMillis()};
      for (const auto& datagram : datagrams) {
        take(isRtp, datagram, arrival);
        if (closed) return;
      }
      if (datagrams.size() < DatagramBatch::kCapacity) return;
    }
  }

  void take(bool isRtp, const DatagramBatch::Datagram& datagram, const Arrival& arrival) {
    if (!peerRtcp || !peerRtcp->isSameHost(datagram.from)) {
      ++foreign;
      return;
    }
    if (datagram.bytes.size() > kLargeDatagram) quirks.hit(Quirk::kLargeDatagram);
    if (!isRtp && peerRtcp->port() == 0) peerRtcp = datagram.from;
    (isRtp ? callbacks.onRtp : callbacks.onRtcp)(datagram.bytes, arrival);
  }
};

UdpReceiver::UdpReceiver(EventLoop& loop, const SocketAddress& local, Callbacks callbacks,
                         QuirkCounters& quirks)
    : loop_(loop), haste_(loop), ports_(std::make_shared<Ports>(std::move(callbacks), quirks)) {
  ports_->pair = bindPair(local);
  for (const bool isRtp : {true, false}) {
    const Socket& socket = isRtp ? ports_->pair.rtp : ports_->pair.rtcp;
    socket.setReceiveBuffer(kUdpReceiveBuffer);
    // The handler holds the ports, so that a callback may destroy the receiver.
    loop_.watch(socket.fd(), EventLoop::kReadable,
                [ports = ports_, isRtp](uint32_t) { ports->read(isRtp); });
  }
}

UdpReceiver::~UdpReceiver() {
  ports_->closed = true;
  for (Socket* socket : {&ports_->pair.rtp, &ports_->pair.rtcp}) {
    loop_.unwatch(socket->fd());
    socket->close();
  }
}

uint16_t UdpReceiver::rtpPort() const {
  return ports_->pair.rtp.localPort();
}

uint64_t UdpReceiver::foreignPackets() const {
  return ports_->foreign;
}

void UdpReceiver::setPeer(const SocketAddress& server, uint16_t rtpPort, uint16_t rtcpPort) {
  ports_->peerRtcp = server.withPort(rtcpPort);
  // An RTP header without payload and an empty receiver report: valid, and of no consequence.
  constexpr std::array<uint8_t, 12> kEmptyRtp = {0x80};
  constexpr std::array<uint8_t, 8> kEmptyReport = {0x80, 201, 0, 1};
  if (rtpPort != 0) ports_->pair.rtp.sendTo(kEmptyRtp, server.withPort(rtpPort));
  sendRtcp(kEmptyReport);
}

void UdpReceiver::sendRtcp(ByteView packet) {
  if (!ports_->peerRtcp || ports_->peerRtcp->port() == 0) return;
  // What is lost here is as what is lost on the way: RTCP expects no more.
  ports_->pair.rtcp.sendTo(packet, *ports_->peerRtcp);
}

}  // namespace flux::rtsp
