// RTP packets (RFC 3550 §5.1) and what a receiver learns from their order: loss, jitter, time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "rtsp/rtcp.h"

namespace flux::rtsp {

/// A gap up to so many packets is loss; a step ahead beyond it is a new beginning (RFC 3550 §A.1).
inline constexpr uint16_t kMaxDropout = 3000;

/// The payload is a view into the packet.
struct RtpPacket {
  bool marker = false;
  uint8_t payloadType = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  ByteView payload;
};

/// Empty where a length leads outside the packet or the version is not 2.
std::optional<RtpPacket> parseRtp(ByteView packet);

/// Follows one source's sequence numbers and timestamps (RFC 3550 §6.4.1, A.1, A.3, A.8). The
/// packets come in order (over UDP: out of a ReorderBuffer): what is late is a duplicate.
class RtpReceiver final {
 public:
  enum class Verdict : uint8_t {
    kInOrder,
    kAfterGap,   ///< `lost` packets are missing before this one
    kDuplicate,  ///< seen, or later than one that was seen: to be dropped
    kRestart,    ///< another source, or a jump no loss explains: media time begins anew
    kTimeJump,   ///< RTP time leapt or went back and begins anew; the sequence goes on
  };
  struct Arrival {
    Verdict verdict = Verdict::kInOrder;
    uint32_t lost = 0;      ///< kAfterGap, kTimeJump
    int64_t mediaTime = 0;  ///< the timestamp extended to 64 bits
  };

  /// How far RTP time may move from one packet to the next, in seconds.
  struct TimeLimits {
    /// Forward, beyond the time that passed between their arrivals: what is silent for minutes
    /// (metadata) does not leap. 0: without limit.
    double forward = 10;
    /// Backward: pictures come in decoding order, so B-frames step back by some.
    double backward = 2;
  };
  enum class ReportVerdict : uint8_t {
    kTaken,
    kUnknownSource,  ///< about another source than the one that sends; not used
    kStepped,        ///< taken; the sender's clock was stepped since its previous report
  };

  explicit RtpReceiver(uint32_t clockRate = 90000) : RtpReceiver(clockRate, TimeLimits()) {}
  RtpReceiver(uint32_t clockRate, TimeLimits limits) : clockRate_(clockRate), limits_(limits) {}

  Arrival receive(const RtpPacket& packet, int64_t arrivalMicros);
  /// Before the first packet any source may be the one: nothing is told of it.
  ReportVerdict onSenderReport(const SenderReport& report, int64_t arrivalMicros);

  /// An RTP timestamp near the newest packet's, extended to 64 bits.
  [[nodiscard]] int64_t extend(uint32_t timestamp) const {
    return mediaTime_ + static_cast<int32_t>(timestamp - timestamp_);
  }
  [[nodiscard]] std::optional<uint32_t> source() const {
    return started_ ? std::optional(ssrc_) : std::nullopt;
  }
  /// The report block about everything since the previous one; empty before the first packet.
  std::optional<ReportBlock> report(int64_t nowMicros);

 private:
  void restart(const RtpPacket& packet);
  [[nodiscard]] bool timeJumps(uint32_t timestamp, int64_t arrivalMicros) const;
  void updateJitter(uint32_t timestamp, int64_t arrivalMicros);

  uint32_t clockRate_;
  TimeLimits limits_;
  bool started_ = false;
  uint32_t ssrc_ = 0;
  uint64_t baseSequence_ = 0;
  uint64_t highest_ = 0;  ///< extended by the count of wraps above the lower 16 bits
  uint64_t received_ = 0;
  uint64_t expectedBefore_ = 0;
  uint64_t receivedBefore_ = 0;
  uint32_t timestamp_ = 0;
  int64_t mediaTime_ = 0;
  int64_t transit_ = 0;
  bool hasTransit_ = false;
  uint64_t jitter_ = 0;  ///< scaled by 16, as in A.8
  int64_t arrivalMicros_ = 0;
  std::optional<SenderReport> lastReport_;
  int64_t lastReportMicros_ = 0;
};

}  // namespace flux::rtsp
