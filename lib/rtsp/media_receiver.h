// The receiving end of one track: RTP to access units, RTCP to reports, and the counters of both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "rtsp/client_session.h"
#include "rtsp/depacketizer.h"
#include "rtsp/rtp.h"
#include "rtsp/sender_clock.h"
#include "rtsp/track.h"

namespace flux::rtsp {

class MediaReceiver final {
 public:
  struct Limits {
    size_t maxUnitBytes = 8U << 20;
    int maxForwardJumpSeconds = 10;  ///< see Policies; 0: without limit
  };
  /// What is known of a connection before its first packet.
  struct Source {
    bool reliable = true;          ///< the transport itself loses nothing (TCP)
    std::optional<uint32_t> ssrc;  ///< that SETUP announced
  };
  using PictureTime = decltype(Depacketizer::Context::pictureTime);
  enum class RtcpVerdict : uint8_t { kTaken, kGoodbye, kUnknownSource };

  /// Receives tracks of this codec. `stats` must outlive it. Throws ERR_RTSP_UNSUPPORTED.
  /// `pictureTime`: see Depacketizer::Context.
  MediaReceiver(Codec codec, Limits limits, ClientStats& stats, Depacketizer::Deliver deliver,
                PictureTime pictureTime = {});

  [[nodiscard]] Codec codec() const noexcept { return codec_; }
  [[nodiscard]] int payloadType() const noexcept { return payloadType_; }
  /// A new connection begins to play `track`, which has this receiver's codec.
  void begin(const Track& track, const Source& source);
  void begin(const Track& track) { begin(track, Source()); }
  /// True where the packet belongs to the track. Packets of other payload types are passed over
  /// before anything is counted: cameras send them with sequence numbers of their own. So are
  /// those of a former connection's source, once this one's is known.
  bool onRtp(ByteView packet, int64_t arrivalMicros, int64_t arrivalWallMs);
  RtcpVerdict onRtcp(ByteView compound, int64_t arrivalMicros);
  [[nodiscard]] SenderClock& senderClock() noexcept { return clock_; }
  /// Hears what senderClock() said to each sender report of the track's source; may be empty.
  void setReportListener(std::function<void(SenderClock::Verdict)> listener) {
    onReport_ = std::move(listener);
  }
  /// RR and SDES about what came since the previous one; empty before the first packet.
  Bytes receiverReport(int64_t nowMicros);
  /// The connection's first sequence number; empty before its first packet.
  [[nodiscard]] std::optional<uint16_t> firstSequence() const noexcept { return firstSequence_; }

 private:
  bool isStale(uint32_t ssrc, int64_t arrivalMicros);
  void count(const RtpReceiver::Arrival& arrival);
  void keepTime(const RtpReceiver::Arrival& arrival, int64_t arrivalMicros);
  void takeTime(const SenderReport& report);

  const Codec codec_;
  const Limits limits_;
  ClientStats& stats_;
  const std::unique_ptr<Depacketizer> depacketizer_;
  RtpReceiver receiver_;
  SenderClock clock_;
  std::function<void(SenderClock::Verdict)> onReport_;
  std::optional<SenderReport> early_;  ///< came before the connection's first packet
  int payloadType_ = -1;
  Source source_;
  std::optional<uint32_t> formerSsrc_;  ///< of the connection before
  int64_t staleSinceMicros_ = 0;
  std::optional<uint16_t> firstSequence_;
  uint32_t ownSource_ = 0;
  std::string cname_;
};

}  // namespace flux::rtsp
