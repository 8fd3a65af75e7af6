// From an RTP packet to the depacketizer, counting on the way.
#include "rtsp/media_receiver.h"

#include <random>

#include "base/counter.h"
#include "rtsp/digest.h"

namespace flux::rtsp {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
/// Some cameras announce an SSRC that they do not use: what comes with the former one is theirs
/// after all where nothing else came for so long.
constexpr int64_t kStalePatienceMicros = 2000000;

RtpReceiver::TimeLimits timeLimits(Codec codec, int forwardSeconds) {
  RtpReceiver::TimeLimits limits;
  limits.forward = forwardSeconds;
  if (mediaKind(codec) != MediaKind::kVideo) limits.backward = 0.1;  // nothing is reordered
  return limits;
}

std::atomic<uint64_t>& unitCounter(ClientStats& stats, MediaKind kind) {
  switch (kind) {
    case MediaKind::kAudio:
      return stats.audioFrames;
    case MediaKind::kMetadata:
      return stats.metadataUnits;
    default:
      return stats.accessUnits;
  }
}

}  // namespace

MediaReceiver::MediaReceiver(Codec codec, Limits limits, ClientStats& stats,
                             Depacketizer::Deliver deliver, PictureTime pictureTime)
    : codec_(codec),
      limits_(limits),
      stats_(stats),
      depacketizer_(makeDepacketizer(codec, {limits.maxUnitBytes, &stats.quirks,
                                             [&counter = unitCounter(stats, mediaKind(codec)),
                                              deliver = std::move(deliver)](AccessUnitPtr unit) {
                                               addAlone(counter);
                                               deliver(std::move(unit));
                                             },
                                             std::move(pictureTime)})),
      ownSource_(std::random_device{}()),
      // Random, not a host name: it leaves the machine (RFC 7022 §4.2).
      cname_(randomToken(8)) {}

void MediaReceiver::begin(const Track& track, const Source& source) {
  // A connection that brought no packet says nothing about the one before it.
  if (const auto ssrc = receiver_.source()) formerSsrc_ = ssrc;
  payloadType_ = track.payloadType;
  source_ = source;
  staleSinceMicros_ = 0;
  firstSequence_.reset();
  receiver_ = RtpReceiver(track.clockRate, timeLimits(codec_, limits_.maxForwardJumpSeconds));
  clock_.begin(track.clockRate);
  early_.reset();
  depacketizer_->begin(track);
}

bool MediaReceiver::isStale(uint32_t ssrc, int64_t arrivalMicros) {
  if (!formerSsrc_ || ssrc != *formerSsrc_) return false;
  // Many cameras keep one SSRC for ever: it is the former one only beside another.
  if (const auto present = receiver_.source()) return *present != ssrc;
  if (!source_.ssrc || *source_.ssrc == ssrc) return false;
  if (staleSinceMicros_ == 0) staleSinceMicros_ = arrivalMicros;
  return arrivalMicros - staleSinceMicros_ < kStalePatienceMicros;
}

void MediaReceiver::count(const RtpReceiver::Arrival& arrival) {
  addAlone(stats_.packetsReceived);
  if (arrival.verdict == RtpReceiver::Verdict::kDuplicate) {
    stats_.packetsDuplicated.fetch_add(1, kRelaxed);
  }
  if (arrival.verdict == RtpReceiver::Verdict::kTimeJump) stats_.quirks.hit(Quirk::kTimestampJump);
  if (arrival.lost > 0) {
    stats_.packetsLost.fetch_add(arrival.lost, kRelaxed);
    if (source_.reliable) stats_.quirks.hit(Quirk::kLossOnTcp);
  }
}

void MediaReceiver::keepTime(const RtpReceiver::Arrival& arrival, int64_t arrivalMicros) {
  const bool anew = arrival.verdict == RtpReceiver::Verdict::kRestart ||
                    arrival.verdict == RtpReceiver::Verdict::kTimeJump;
  if (anew) clock_.restart();
  clock_.onPacket(arrival.mediaTime, arrivalMicros);
  const auto early = std::exchange(early_, std::nullopt);
  if (early && early->ssrc == receiver_.source()) takeTime(*early);
}

void MediaReceiver::takeTime(const SenderReport& report) {
  const auto verdict = clock_.onReport(report.ntpTime, receiver_.extend(report.rtpTimestamp));
  if (onReport_) onReport_(verdict);
}

bool MediaReceiver::onRtp(ByteView packet, int64_t arrivalMicros, int64_t arrivalWallMs) {
  const Depacketizer::Counters before = depacketizer_->counters();
  const auto parsed = parseRtp(packet);
  if (!parsed) {
    stats_.packetsMalformed.fetch_add(1, kRelaxed);
    return false;
  }
  if (parsed->payloadType != payloadType_) {
    stats_.quirks.hit(Quirk::kUnknownPayloadType);
    return false;
  }
  if (isStale(parsed->ssrc, arrivalMicros)) {
    stats_.quirks.hit(Quirk::kStaleSessionData);
    return false;
  }
  const RtpReceiver::Arrival arrival = receiver_.receive(*parsed, arrivalMicros);
  count(arrival);
  if (!firstSequence_) firstSequence_ = parsed->sequence;
  switch (arrival.verdict) {
    case RtpReceiver::Verdict::kDuplicate:
      return true;
    case RtpReceiver::Verdict::kAfterGap:
      depacketizer_->onLoss();
      break;
    case RtpReceiver::Verdict::kRestart:
    case RtpReceiver::Verdict::kTimeJump:
      depacketizer_->onRestart();
      break;
    case RtpReceiver::Verdict::kInOrder:
      break;
  }
  keepTime(arrival, arrivalMicros);
  depacketizer_->push(*parsed, {arrival.mediaTime, arrivalMicros, arrivalWallMs});
  const Depacketizer::Counters& after = depacketizer_->counters();
  if (after.dropped != before.dropped) {
    stats_.accessUnitsDropped.fetch_add(after.dropped - before.dropped, kRelaxed);
  }
  if (after.malformed != before.malformed) {
    stats_.packetsMalformed.fetch_add(after.malformed - before.malformed, kRelaxed);
  }
  return true;
}

MediaReceiver::RtcpVerdict MediaReceiver::onRtcp(ByteView compound, int64_t arrivalMicros) {
  const auto summary = parseRtcp(compound);
  if (!summary) {
    stats_.packetsMalformed.fetch_add(1, kRelaxed);
    return RtcpVerdict::kTaken;
  }
  if (summary->bye && summary->bye == receiver_.source()) return RtcpVerdict::kGoodbye;
  if (!summary->senderReport) return RtcpVerdict::kTaken;
  if (!receiver_.source()) {
    early_ = summary->senderReport;
    return RtcpVerdict::kTaken;
  }
  switch (receiver_.onSenderReport(*summary->senderReport, arrivalMicros)) {
    case RtpReceiver::ReportVerdict::kUnknownSource:
      stats_.quirks.hit(Quirk::kUnknownRtcpSsrc);
      return RtcpVerdict::kUnknownSource;
    case RtpReceiver::ReportVerdict::kStepped:
      stats_.quirks.hit(Quirk::kSenderReportStep);
      break;
    case RtpReceiver::ReportVerdict::kTaken:
      break;
  }
  takeTime(*summary->senderReport);
  return RtcpVerdict::kTaken;
}

Bytes MediaReceiver::receiverReport(int64_t nowMicros) {
  const auto block = receiver_.report(nowMicros);
  if (!block) return {};
  return buildReceiverReport(ownSource_, block, cname_);
}

}  // namespace flux::rtsp
