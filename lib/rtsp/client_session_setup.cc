// From a description to a playing stream: which tracks, SETUP for each in turn, PLAY. A track
// besides video that cannot be set up is left out; whatever else goes wrong here ends in fail().
#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "rtsp/client_session_impl.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr int kShortTimeoutSeconds = 30;

InterleavedChannels channelsToAskFor(size_t index) {
  return {static_cast<uint8_t>(index * 2), static_cast<uint8_t>(index * 2 + 1)};
}

}  // namespace

bool ClientSession::Impl::chooseStreams(const std::vector<Track>& offered) {
  streams_.clear();
  setUp_ = 0;
  for (const MediaKind kind : {MediaKind::kVideo, MediaKind::kAudio, MediaKind::kMetadata}) {
    const bool isVideo = kind == MediaKind::kVideo;
    const bool wanted = kind == MediaKind::kAudio ? options_.audio : options_.metadata;
    const auto index = static_cast<size_t>(kind);
    if (!isVideo && (!wanted || leftOut_[index])) continue;
    for (const Track& track : offered) {
      if (track.kind() != kind || (!isVideo && !track.known)) continue;
      MediaReceiver* const media = receiverFor(track.codec);
      if (media == nullptr) continue;
      auto stream = std::make_unique<MediaStream>();
      stream->track = track;
      stream->media = media;
      // What did not change stays one object, as the units' own parameters do.
      CodecParametersPtr& known = known_[index];
      if (track.known && (!known || !sameParameters(*known, *track.known))) known = track.known;
      if (track.known) stream->track.known = known;
      streams_.push_back(std::move(stream));
      break;
    }
    if (isVideo && streams_.empty()) return false;
  }
  return true;
}

MediaReceiver* ClientSession::Impl::receiverFor(Codec codec) {
  auto& receiver = receivers_[static_cast<size_t>(mediaKind(codec))];
  if (receiver && receiver->codec() == codec) return receiver.get();
  try {
    receiver = std::make_unique<MediaReceiver>(
        codec,
        MediaReceiver::Limits{options_.maxAccessUnitBytes, options_.policies.maxForwardJumpSeconds},
        stats_,
        [this](AccessUnitPtr unit) {
          if (!stopping_) observer_.onAccessUnit(std::move(unit));
        },
        mediaKind(codec) == MediaKind::kAudio
            ? [this](int64_t mediaTime) { return sync_.pictureTime(mediaTime); }
            : MediaReceiver::PictureTime());
    receiver->setReportListener([this, clock = &receiver->senderClock()](auto verdict) {
      sync_.onReport(*clock, verdict);
    });
  } catch (const Error&) {
    return nullptr;  // a codec without a depacketizer: the next track may have one
  }
  return receiver.get();
}

void ClientSession::Impl::setUpNext() {
  if (setUp_ == streams_.size()) {
    play();
    return;
  }
  MediaStream& stream = *streams_[setUp_];
  Headers headers = sessionHeaders();
  try {
    headers.add("Transport", transportOffer(stream));
  } catch (const Error& failure) {
    fail(error(failure.code().c_str(), failure.what()));
    return;
  }
  ask("SETUP", controlUrl(stream.track.control), std::move(headers), &Impl::onSetup);
}

std::string ClientSession::Impl::transportOffer(MediaStream& stream) {
  if (overUdp()) {
    openUdp(stream);
    const uint16_t port = stream.udp->rtpPort();
    return "RTP/AVP;unicast;client_port=" + std::to_string(port) + "-" + std::to_string(port + 1);
  }
  const InterleavedChannels channels = channelsToAskFor(setUp_);
  return "RTP/AVP/TCP;unicast;interleaved=" + std::to_string(channels.rtp) + "-" +
         std::to_string(channels.rtcp);
}

void ClientSession::Impl::onSetup(const Reply& reply) {
  if (!isSuccess(reply)) {
    onSetupRefused(reply);
    return;
  }
  const Headers& headers = reply.response->headers;
  if (!takeSession(headers)) return;
  MediaStream& stream = *streams_[setUp_];
  if (takeTransport(stream, headers)) {
    ++setUp_;
  } else if (stream.isVideo()) {
    const Error cause =
        error("ERR_RTSP_UNSUPPORTED", "the camera chose another transport than was asked for: " +
                                          printable(headers.get("Transport").value_or("")));
    if (options_.transport == Transport::kAuto) useUdp_ = !useUdp_;
    fail(cause);
    return;
  } else {
    leaveOutCurrentStream();
  }
  setUpNext();
}

void ClientSession::Impl::onSetupRefused(const Reply& reply) {
  const bool otherTransport = reply.response != nullptr && reply.response->status == 461;
  if (!streams_[setUp_]->isVideo()) {
    leaveOutCurrentStream();
    setUpNext();
    return;
  }
  const bool mayUseUdp =
      options_.transport == Transport::kAuto && target_.scheme == Url::Scheme::kRtsp;
  if (otherTransport && mayUseUdp && !useUdp_) {
    useUdp_ = true;
    setUpNext();
    return;
  }
  const Error cause = refusal(reply);
  // The next attempt begins with the transport that was chosen at first.
  if (otherTransport) useUdp_ = options_.transport == Transport::kUdp;
  fail(cause);
}

void ClientSession::Impl::leaveOutCurrentStream() {
  hit(Quirk::kSetupRefused);
  refused_[streams_[setUp_]->kindIndex()] = true;
  streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(setUp_));
}

bool ClientSession::Impl::takeSession(const Headers& headers) {
  SessionHeader session = parseSessionHeader(headers.get("Session").value_or(""));
  if (session.timeoutSeconds) timeoutSeconds_ = *session.timeoutSeconds;
  const bool isFirst = sessionId_.empty();
  if (isFirst && timeoutSeconds_ < kShortTimeoutSeconds) hit(Quirk::kShortSessionTimeout);
  if (session.id.empty() || session.id == sessionId_) return true;
  const bool refused =
      !isFirst && react(Quirk::kSessionIdChanged, options_.policies.sessionIdChange,
                        "the camera changed its session's name between two SETUPs");
  if (!refused) sessionId_ = std::move(session.id);
  return !refused;
}

bool ClientSession::Impl::takeTransport(MediaStream& stream, const Headers& headers) {
  using Lower = TransportHeader::Lower;
  const TransportHeader transport = parseTransport(headers.get("Transport").value_or(""));
  if (transport.malformed) hit(Quirk::kTransportMalformed);
  Lower lower = transport.lower;
  if (lower == Lower::kUnknown) lower = stream.udp ? Lower::kUdp : Lower::kTcp;
  if (transport.multicast || (lower == Lower::kUdp && !stream.udp)) return false;
  if (lower == Lower::kUdp) {
    // A `source` of another host is passed over: what a camera says must not make us send to
    // others.
    const auto ports = transport.serverPort.value_or(TransportHeader::Ports{});
    stream.udp->setPeer(peer_, ports.rtp, ports.rtcp);
  } else {
    const InterleavedChannels asked = channelsToAskFor(setUp_);
    stream.channels = transport.interleaved.value_or(asked);
    if (!stream.udp && *stream.channels != asked) hit(Quirk::kOtherChannels);
    stream.udp.reset();
    stream.reorder.reset();
  }
  stream.media->begin(stream.track, {lower == Lower::kTcp, transport.ssrc});
  return true;
}

void ClientSession::Impl::play() {
  std::vector<CodecParametersPtr> known;
  for (const auto& stream : streams_) {
    if (!stream->isVideo()) known.push_back(stream->track.known);
  }
  beginSync();
  observer_.onTracks(known);
  if (stopping_) return;
  receiving_ = true;
  Headers headers = sessionHeaders();
  headers.add("Range", "npt=0.000-");
  ask("PLAY", aggregateUrl_, std::move(headers), &Impl::onPlay);
}

void ClientSession::Impl::onPlay(const Reply& reply) {
  if (!isSuccess(reply)) {
    fail(refusal(reply));
    return;
  }
  takeRtpInfo(reply.response->headers);
  stats_.connects.fetch_add(1, std::memory_order_relaxed);
  playingSinceMicros_ = lastRtpMicros_ = monotonicMicros();
  connection_->setUrgent(false);
  armKeepAlive();
  armStallWatch(options_.stallTimeoutMs * 1000);
  armReport();
  enter(ClientState::kPlaying, nullptr, 0);
}

void ClientSession::Impl::takeRtpInfo(const Headers& headers) {
  const auto value = headers.get("RTP-Info");
  if (!value) return;
  const RtpInfo info = parseRtpInfo(*value);
  bool valid = !info.malformed;
  for (const RtpInfo::Entry& entry : info.entries) {
    const auto found = std::find_if(streams_.begin(), streams_.end(), [&](const auto& stream) {
      return !stream->track.control.empty() && entry.url.ends_with(stream->track.control);
    });
    if (found != streams_.end()) {
      (*found)->announcedSequence = entry.sequence;
    } else if (entry.url != aggregateUrl_) {
      valid = false;
    }
  }
  if (!valid) hit(Quirk::kRtpInfoInvalid);
}

}  // namespace flux::rtsp
