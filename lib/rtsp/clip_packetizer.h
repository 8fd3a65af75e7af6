// A clip cut into RTP packets once (see PayloadFormat), laid out as the bytes that go on the wire.
// Where a simulated camera's frame comes from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "rtsp/payload_format.h"
#include "rtsp/server.h"

namespace flux::rtsp {

inline constexpr uint8_t kRtpPayloadType = 96;
inline constexpr size_t kMaxRtpPayload = 1400;  ///< fits an Ethernet frame with every header

/// What differs from session to session in a packet that is otherwise the clip's.
struct RtpStamp {
  uint8_t channel = 0;    ///< of the interleaved connection
  uint16_t sequence = 0;  ///< of the first packet
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
};

/// Not shared between threads: a packet is stamped in place, sent, and stamped anew for the next
/// session, so that a frame is never copied on its way to the socket.
class PacketizedClip final {
 public:
  struct Frame {
    size_t firstPacket = 0;
    size_t packetCount = 0;
    int64_t pts90k = 0;
    int64_t dts90k = 0;
    bool keyFrame = false;
  };

  /// Throws ERR_INVALID_ARGUMENT where the clip has no key frame, no duration, an access unit that
  /// is malformed, or a codec that no PayloadFormat carries.
  explicit PacketizedClip(ClipPtr clip);

  [[nodiscard]] const Clip& clip() const noexcept { return *clip_; }
  [[nodiscard]] const PayloadFormat& format() const noexcept { return *format_; }
  [[nodiscard]] const std::vector<Frame>& frames() const noexcept { return frames_; }
  /// Index of the first key frame.
  [[nodiscard]] size_t firstKeyFrame() const noexcept { return firstKeyFrame_; }
  /// From one frame to the next in decoding order, on average.
  [[nodiscard]] int64_t frameInterval90k() const noexcept;

  /// Stamps `count` packets from `firstPacket` on and returns their bytes, interleaved headers
  /// (RFC 2326 §10.12) included. Valid until the next call.
  ByteView stamp(size_t firstPacket, size_t count, const RtpStamp& stamp);

 private:
  void packetize(ByteView accessUnit);
  void beginPacket();
  void endPacket();
  void putAggregate(const std::vector<ByteView>& nals);
  void putFragments(ByteView nal);

  ClipPtr clip_;
  const PayloadFormat* format_ = nullptr;
  Bytes wire_;
  std::vector<size_t> offsets_;  ///< of each packet in wire_, and one behind the last
  std::vector<Frame> frames_;
  size_t firstKeyFrame_ = 0;
};

}  // namespace flux::rtsp
