// The pair of UDP ports on which one track's RTP and RTCP arrive (RFC 3550 §11). Everything happens
// on the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/event_loop.h"
#include "base/socket.h"
#include "rtsp/client_connection.h"
#include "rtsp/quirk.h"

namespace flux::rtsp {

class UdpReceiver final {
 public:
  /// One datagram each, as it came: unordered, and the view ends with the call. A callback may
  /// destroy the receiver.
  struct Callbacks {
    std::function<void(ByteView, const ClientConnection::Arrival&)> onRtp, onRtcp;
  };

  /// Binds two neighbouring ports on the host of `local`, whose own port counts for nothing.
  /// `quirks` must outlive the receiver. Throws ERR_ADDRESS_IN_USE where no pair is free, ERR_IO.
  UdpReceiver(EventLoop& loop, const SocketAddress& local, Callbacks callbacks,
              QuirkCounters& quirks);
  ~UdpReceiver();
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  /// Even; RTCP is the next.
  [[nodiscard]] uint16_t rtpPort() const;
  /// From here on the packets of this host, and of no other, are handed out. Sends one small packet
  /// to each port, so that firewalls between here and there let the answers in. Port 0 where the
  /// server named none: the port that its RTCP comes from is then taken.
  void setPeer(const SocketAddress& server, uint16_t rtpPort, uint16_t rtcpPort);
  /// To the peer's RTCP port; does nothing while none is known.
  void sendRtcp(ByteView packet);
  /// Packets that came from other hosts, or before the peer was known; dropped.
  [[nodiscard]] uint64_t foreignPackets() const;

 private:
  struct Ports;
  EventLoop& loop_;
  const EventLoop::Haste haste_;  ///< a socket's buffer holds a few frames at most
  std::shared_ptr<Ports> ports_;
};

}  // namespace flux::rtsp
