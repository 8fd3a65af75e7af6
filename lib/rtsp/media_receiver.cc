// From an interleaved packet to the depacketizer, counting on the way.
#include "rtsp/media_receiver.h"

#include <random>

#include "rtsp/digest.h"

namespace flux::rtsp {

namespace {

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

MediaReceiver::MediaReceiver(Codec codec, size_t maxUnitBytes, ClientStats& stats,
                             Depacketizer::Deliver deliver)
    : codec_(codec),
      stats_(stats),
      depacketizer_(makeDepacketizer(codec, {maxUnitBytes, &stats.quirks,
                                             [&counter = unitCounter(stats, mediaKind(codec)),
                                              deliver = std::move(deliver)](AccessUnitPtr unit) {
                                               counter.fetch_add(1, std::memory_order_relaxed);
                                               deliver(std::move(unit));
                                             }})),
      ownSource_(std::random_device{}()),
      // Random, not a host name: it leaves the machine (RFC 7022 §4.2).
      cname_(randomToken(8)) {}

void MediaReceiver::begin(const Track& track) {
  payloadType_ = track.payloadType;
  receiver_ = RtpReceiver(track.clockRate);
  depacketizer_->begin(track);
}

bool MediaReceiver::onRtp(ByteView packet, int64_t arrivalMicros, int64_t arrivalWallMs) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  const Depacketizer::Counters before = depacketizer_->counters();
  const auto parsed = parseRtp(packet);
  if (!parsed) {
    stats_.packetsMalformed.fetch_add(1, kRelaxed);
    return false;
  }
  if (parsed->payloadType != payloadType_) return false;
  const RtpReceiver::Arrival arrival = receiver_.receive(*parsed, arrivalMicros);
  stats_.packetsReceived.fetch_add(1, kRelaxed);
  switch (arrival.verdict) {
    case RtpReceiver::Verdict::kDuplicate:
      stats_.packetsDuplicated.fetch_add(1, kRelaxed);
      return true;
    case RtpReceiver::Verdict::kAfterGap:
      stats_.packetsLost.fetch_add(arrival.lost, kRelaxed);
      depacketizer_->onLoss();
      break;
    case RtpReceiver::Verdict::kRestart:
      depacketizer_->onRestart();
      break;
    case RtpReceiver::Verdict::kInOrder:
      break;
  }
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

bool MediaReceiver::onRtcp(ByteView compound, int64_t arrivalMicros) {
  const auto summary = parseRtcp(compound);
  if (!summary) {
    stats_.packetsMalformed.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (summary->senderReport) receiver_.onSenderReport(*summary->senderReport, arrivalMicros);
  // Reports of sources that never sent RTP are common; they end nothing.
  return summary->bye && summary->bye == receiver_.source();
}

Bytes MediaReceiver::receiverReport(int64_t nowMicros) {
  const auto block = receiver_.report(nowMicros);
  if (!block) return {};
  return buildReceiverReport(ownSource_, block, cname_);
}

}  // namespace flux::rtsp
