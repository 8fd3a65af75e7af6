// One RTP packet taken apart, and the arithmetic of RFC 3550 appendix A.
#include "rtsp/rtp.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flux::rtsp {
namespace {

constexpr uint8_t kVersion = 2;
constexpr size_t kFixedHeader = 12;
/// A step back by no more is a late packet (RFC 3550 §A.1).
constexpr uint16_t kMaxMisorder = 100;
/// Drift between two reports is milliseconds; more is a clock that was set.
constexpr double kStepSeconds = 0.5;

uint16_t be16(ByteView data, size_t at) {
  return static_cast<uint16_t>(data[at] << 8 | data[at + 1]);
}
uint32_t be32(ByteView data, size_t at) {
  return uint32_t{be16(data, at)} << 16 | be16(data, at + 2);
}

}  // namespace

std::optional<RtpPacket> parseRtp(ByteView packet) {
  if (packet.size() < kFixedHeader || packet[0] >> 6 != kVersion) return std::nullopt;
  const bool padding = (packet[0] & 0x20) != 0;
  const bool extension = (packet[0] & 0x10) != 0;
  size_t header = kFixedHeader + size_t{packet[0] & 0x0FU} * 4;
  if (extension) {
    if (packet.size() < header + 4) return std::nullopt;
    header += 4 + size_t{be16(packet, header + 2)} * 4;
  }
  if (packet.size() < header) return std::nullopt;
  size_t end = packet.size();
  if (padding) {
    const size_t count = packet.back();
    if (count == 0 || count > end - header) return std::nullopt;
    end -= count;
  }
  RtpPacket out;
  out.marker = (packet[1] & 0x80) != 0;
  out.payloadType = packet[1] & 0x7F;
  out.sequence = be16(packet, 2);
  out.timestamp = be32(packet, 4);
  out.ssrc = be32(packet, 8);
  out.payload = packet.subspan(header, end - header);
  return out;
}

void RtpReceiver::restart(const RtpPacket& packet) {
  *this = RtpReceiver(clockRate_, limits_);
  started_ = true;
  ssrc_ = packet.ssrc;
  baseSequence_ = highest_ = packet.sequence;
  timestamp_ = packet.timestamp;
  mediaTime_ = packet.timestamp;
}

bool RtpReceiver::timeJumps(uint32_t timestamp, int64_t arrivalMicros) const {
  const double rate = std::max(clockRate_, 1U);
  const double moved = static_cast<int32_t>(timestamp - timestamp_) / rate;
  if (moved < 0) return -moved > limits_.backward;
  const double passed = static_cast<double>(arrivalMicros - arrivalMicros_) / 1e6;
  return limits_.forward > 0 && moved - std::max(passed, 0.0) > limits_.forward;
}

RtpReceiver::Arrival RtpReceiver::receive(const RtpPacket& packet, int64_t arrivalMicros) {
  Arrival arrival;
  if (!started_) {
    restart(packet);
  } else if (packet.ssrc != ssrc_) {
    restart(packet);
    arrival.verdict = Verdict::kRestart;
  } else {
    const auto step = static_cast<uint16_t>(packet.sequence - highest_);
    if (step == 0 || step > 0xFFFF - kMaxMisorder) {
      arrival.verdict = Verdict::kDuplicate;
      return arrival;
    }
    if (step > kMaxDropout) {
      restart(packet);
      arrival.verdict = Verdict::kRestart;
    } else {
      highest_ += step;
      arrival.lost = step - 1U;
      arrival.verdict = step == 1 ? Verdict::kInOrder : Verdict::kAfterGap;
      if (timeJumps(packet.timestamp, arrivalMicros)) {
        arrival.verdict = Verdict::kTimeJump;
        timestamp_ = packet.timestamp;
        mediaTime_ = packet.timestamp;
        hasTransit_ = false;
      }
    }
  }
  ++received_;
  arrivalMicros_ = arrivalMicros;
  mediaTime_ += static_cast<int32_t>(packet.timestamp - timestamp_);
  timestamp_ = packet.timestamp;
  arrival.mediaTime = mediaTime_;
  updateJitter(packet.timestamp, arrivalMicros);
  return arrival;
}

void RtpReceiver::updateJitter(uint32_t timestamp, int64_t arrivalMicros) {
  // Modulo 2^32 throughout, as the timestamps are.
  const int64_t seconds = arrivalMicros / 1000000;
  const int64_t rest = arrivalMicros % 1000000;
  const auto arrival = static_cast<uint32_t>(seconds * clockRate_ + rest * clockRate_ / 1000000);
  const auto transit = static_cast<int32_t>(arrival - timestamp);
  if (hasTransit_) {
    const int64_t difference = int64_t{transit} - transit_;
    const auto magnitude = static_cast<uint64_t>(difference < 0 ? -difference : difference);
    jitter_ += magnitude;
    jitter_ -= (jitter_ - magnitude + 8) >> 4;
  }
  transit_ = transit;
  hasTransit_ = true;
}

RtpReceiver::ReportVerdict RtpReceiver::onSenderReport(const SenderReport& report,
                                                       int64_t arrivalMicros) {
  if (!started_) return ReportVerdict::kTaken;
  if (report.ssrc != ssrc_) return ReportVerdict::kUnknownSource;
  const auto before = std::exchange(lastReport_, report);
  lastReportMicros_ = arrivalMicros;
  // Senders without a wall clock leave it 0 (RFC 3550 §6.4.1).
  if (!before || before->ntpTime == 0 || report.ntpTime == 0) return ReportVerdict::kTaken;
  constexpr double kFractions = 4294967296.0;
  const double wall = static_cast<double>(static_cast<int64_t>(report.ntpTime - before->ntpTime));
  const double media = static_cast<int32_t>(report.rtpTimestamp - before->rtpTimestamp);
  const double apart = wall / kFractions - media / std::max(clockRate_, 1U);
  return std::abs(apart) > kStepSeconds ? ReportVerdict::kStepped : ReportVerdict::kTaken;
}

std::optional<ReportBlock> RtpReceiver::report(int64_t nowMicros) {
  if (!started_) return std::nullopt;
  const uint64_t expected = highest_ - baseSequence_ + 1;
  const uint64_t expectedNow = expected - expectedBefore_;
  const uint64_t receivedNow = received_ - receivedBefore_;
  expectedBefore_ = expected;
  receivedBefore_ = received_;
  const uint64_t lostNow = expectedNow > receivedNow ? expectedNow - receivedNow : 0;

  ReportBlock block;
  block.ssrc = ssrc_;
  if (expectedNow > 0) {
    block.fractionLost = static_cast<uint8_t>(std::min<uint64_t>(lostNow * 256 / expectedNow, 255));
  }
  block.cumulativeLost = static_cast<uint32_t>(
      std::min<uint64_t>(expected > received_ ? expected - received_ : 0, 0x7FFFFF));
  block.highestSequence = static_cast<uint32_t>(highest_);
  block.jitter = static_cast<uint32_t>(jitter_ >> 4);
  if (lastReport_) {
    block.lastSenderReport = static_cast<uint32_t>(lastReport_->ntpTime >> 16);
    block.delaySinceLast = static_cast<uint32_t>((nowMicros - lastReportMicros_) * 65536 / 1000000);
  }
  return block;
}

}  // namespace flux::rtsp
