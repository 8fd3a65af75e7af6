// What travels in a session: interleaved frames and datagrams to the receiver of their track, and
// receiver reports back.
#include <cstdlib>
#include <utility>

#include "base/clock.h"
#include "rtsp/client_session_impl.h"

namespace flux::rtsp {
namespace {

constexpr int64_t kReportIntervalMicros = 5000000;
/// A first packet further from RTP-Info's sequence number than this is not the one it means.
constexpr int kMaxFirstSequenceError = 1000;

}  // namespace

void ClientSession::Impl::onFrame(const InterleavedFrame& frame, const Arrival& arrival) {
  const uint64_t junk = connection_->junkBytes();
  if (std::exchange(junkSeen_, junk) != junk) hit(Quirk::kJunkBetweenFrames);
  noteMedia();
  if (!receiving_) return;
  bool isRtcp = false;
  MediaStream* const stream = streamOf(frame, isRtcp);
  if (stream == nullptr) {
    react(Quirk::kUnassignedChannel, options_.policies.unassignedChannel,
          "the camera sent on channel " + std::to_string(frame.channel) + ", which was not set up");
  } else if (isRtcp) {
    takeRtcp(*stream, frame.payload, arrival);
  } else {
    takeRtp(*stream, frame.payload, arrival);
  }
}

ClientSession::Impl::MediaStream* ClientSession::Impl::streamOf(const InterleavedFrame& frame,
                                                                bool& isRtcp) {
  MediaStream* found = nullptr;
  for (const auto& stream : streams_) {
    if (!stream->channels) continue;
    if (frame.channel == stream->channels->rtp) {
      const bool itsOwn =
          frame.payload.size() > 1 && (frame.payload[1] & 0x7F) == stream->media->payloadType();
      if (found == nullptr || itsOwn) found = stream.get();
      isRtcp = false;
      // Some cameras answer every SETUP with the same channels: then the payload type tells.
      if (itsOwn) break;
    } else if (frame.channel == stream->channels->rtcp && found == nullptr) {
      found = stream.get();
      isRtcp = true;
    }
  }
  return found;
}

void ClientSession::Impl::noteMedia() {
  if (state_ == ClientState::kPlaying || std::exchange(sawEarlyMedia_, true)) return;
  hit(Quirk::kMediaBeforePlay);
}

void ClientSession::Impl::takeRtp(MediaStream& stream, ByteView packet, const Arrival& arrival) {
  const bool isOwn = stream.media->onRtp(packet, arrival.micros, arrival.wallMs);
  // The observer may have stopped the session, and with it ended the stream.
  if (!isOwn || stopping_) return;
  const auto first = stream.media->firstSequence();
  if (stream.announcedSequence && first) {
    const auto apart = static_cast<int16_t>(*first - *stream.announcedSequence);
    if (std::abs(apart) > kMaxFirstSequenceError) hit(Quirk::kRtpInfoInvalid);
    stream.announcedSequence.reset();
  }
  if (!stream.isVideo()) return;
  lastRtpMicros_ = arrival.micros;
  sawVideo_ = true;
}

void ClientSession::Impl::takeRtcp(MediaStream& stream, ByteView packet, const Arrival& arrival) {
  switch (stream.media->onRtcp(packet, arrival.micros)) {
    case MediaReceiver::RtcpVerdict::kGoodbye:
      if (stream.isVideo()) {
        fail(error("ERR_RTSP_CLOSED", "the camera ended the stream (RTCP BYE)"));
      }
      return;
    case MediaReceiver::RtcpVerdict::kUnknownSource:
      if (options_.policies.unknownRtcpSsrc == Policies::Reaction::kFail) {
        fail(error("ERR_RTSP_PROTOCOL",
                   "the camera reported on a source that sends nothing, which its policy "
                   "(unknown-rtcp-ssrc) does not allow"));
      }
      return;
    case MediaReceiver::RtcpVerdict::kTaken:
      return;
  }
}

void ClientSession::Impl::openUdp(MediaStream& stream) {
  MediaStream* const self = &stream;
  stream.reorder = std::make_unique<ReorderBuffer>(
      loop_,
      [this, self](ByteView packet, const Arrival& arrival) { takeRtp(*self, packet, arrival); });
  const auto onRtp = [this, self](ByteView packet, const Arrival& arrival) {
    onBytes(packet.size());
    noteMedia();
    if (!receiving_) return;
    // Packets of other types have sequence numbers of their own and must not meet the track's.
    const bool isOwn = packet.size() > 1 && (packet[1] & 0x7F) == self->media->payloadType();
    if (isOwn) {
      self->reorder->push(packet, arrival);
    } else {
      takeRtp(*self, packet, arrival);
    }
  };
  const auto onRtcp = [this, self](ByteView packet, const Arrival& arrival) {
    onBytes(packet.size());
    if (receiving_) takeRtcp(*self, packet, arrival);
  };
  stream.udp = std::make_unique<UdpReceiver>(loop_, connection_->localAddress(),
                                             UdpReceiver::Callbacks{onRtp, onRtcp}, stats_.quirks);
}

void ClientSession::Impl::countReorderDrops(MediaStream& stream) {
  if (!stream.reorder) return;
  const ReorderQueue& queue = stream.reorder->queue();
  const uint64_t dropped = queue.duplicates() + queue.late();
  const uint64_t counted = std::exchange(stream.dropsCounted, dropped);
  stats_.packetsDuplicated.fetch_add(dropped - counted, std::memory_order_relaxed);
}

void ClientSession::Impl::beginSync() {
  MediaReceiver* sound = nullptr;
  for (const auto& stream : streams_) {
    if (stream->track.kind() == MediaKind::kAudio) sound = stream->media;
  }
  if (sound == nullptr) return;
  sync_.begin(streams_.front()->media->senderClock(), sound->senderClock(), monotonicMicros());
}

void ClientSession::Impl::armReport() {
  // Randomised over [0.5, 1.5] (RFC 3550 §6.3.1), so that many sessions do not report in step.
  std::uniform_int_distribution<int64_t> spread(kReportIntervalMicros / 2,
                                                kReportIntervalMicros * 3 / 2);
  reportTimer_ = loop_.schedule(spread(random_), [this] {
    armReport();
    sendReports();
  });
}

void ClientSession::Impl::sendReports() {
  sync_.onTime(monotonicMicros());
  const auto connection = connection_;
  // One by index: a connection that takes no more ends all streams.
  for (size_t i = 0; i < streams_.size(); ++i) {
    MediaStream& stream = *streams_[i];
    countReorderDrops(stream);
    const Bytes report = stream.media->receiverReport(monotonicMicros());
    if (report.empty()) continue;
    stats_.receiverReports.fetch_add(1, std::memory_order_relaxed);
    if (stream.udp) {
      stream.udp->sendRtcp(report);
    } else {
      connection->sendFrame(stream.channels->rtcp, report);
    }
  }
}

}  // namespace flux::rtsp
