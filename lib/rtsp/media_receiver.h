// The receiving end of one track: RTP to access units, RTCP to reports, and the counters of both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "rtsp/client_session.h"
#include "rtsp/depacketizer.h"
#include "rtsp/rtp.h"
#include "rtsp/track.h"

namespace flux::rtsp {

class MediaReceiver final {
 public:
  /// Receives tracks of this codec. `stats` must outlive it. Throws ERR_RTSP_UNSUPPORTED.
  MediaReceiver(Codec codec, size_t maxUnitBytes, ClientStats& stats,
                Depacketizer::Deliver deliver);

  [[nodiscard]] Codec codec() const noexcept { return codec_; }
  /// A new connection begins to play `track`, which has this receiver's codec.
  void begin(const Track& track);
  /// True where the packet belongs to the track. Packets of other payload types are passed over
  /// before anything is counted: cameras send them with sequence numbers of their own.
  bool onRtp(ByteView packet, int64_t arrivalMicros, int64_t arrivalWallMs);
  /// True where the source says goodbye.
  bool onRtcp(ByteView compound, int64_t arrivalMicros);
  /// RR and SDES about what came since the previous one; empty before the first packet.
  Bytes receiverReport(int64_t nowMicros);

 private:
  const Codec codec_;
  ClientStats& stats_;
  const std::unique_ptr<Depacketizer> depacketizer_;
  RtpReceiver receiver_;
  int payloadType_ = -1;
  uint32_t ownSource_ = 0;
  std::string cname_;
};

}  // namespace flux::rtsp
