// What real cameras do that no RFC allows: each oddity has a name, and every time that one is met
// it is counted (docs/camera-oddities.md).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace flux::rtsp {

enum class Quirk : uint8_t {
  kSeveralChallenges,     ///< more than one WWW-Authenticate, or Digest not first
  kDigestFallback,        ///< a signed request was refused and another algorithm accepted
  kNonceRenewed,          ///< 401 with a new nonce in mid-session
  kClosedAfterChallenge,  ///< the connection ended after the 401
  kCseqMalformed,         ///< CSeq missing, wrong, or with blanks
  kMediaBeforePlay,       ///< RTP or RTCP before the reply to PLAY
  kKeepAliveRefused,      ///< another method had to be found
  kShortSessionTimeout,   ///< under 30 s
  kSessionIdChanged,      ///< between SETUPs
  kStaleSessionData,      ///< packets of a session that was left
  kSetupRefused,          ///< a track besides video could not be set up and is left out
  kOtherChannels,         ///< interleaved channels that were not asked for
  kTransportMalformed,    ///< Transport with blanks, or parameters out of order
  kContentBaseInvalid,    ///< without scheme, or with two
  kControlJoined,         ///< a control URL that RFC 3986 would resolve to another one
  kNoContentType,         ///< DESCRIBE answered without Content-Type
  kSdpIncomplete,         ///< no o= or t=, or lines that cannot be read
  kUnknownMedia,          ///< an m= line that means nothing to us
  kFmtpMalformed,         ///< empty, twice, or of another track's payload type
  kSpropInvalid,          ///< no usable parameter sets in SDP
  kRtpInfoInvalid,        ///< rtptime, seq or URL that cannot be
  kAudioMisdeclared,   ///< a static payload type with another rtpmap, or a codec that is not there
  kJunkBetweenFrames,  ///< bytes between interleaved frames
  kUnassignedChannel,  ///< data on a channel that was never set up
  kUnknownRtcpSsrc,    ///< reports about a source that sends nothing
  kSenderReportStep,   ///< the camera's clock was stepped
  kSenderReportMissing,   ///< no, or too few, sender reports with a time for picture and sound
  kSenderClocksApart,     ///< reports put picture and sound impossibly far from each other
  kSenderClockUnsteady,   ///< reports of one track contradict each other
  kTimestampJump,         ///< RTP time leapt, or went back
  kTimestampInUnit,       ///< RTP time changed inside one picture
  kMarkerOnParameterSet,  ///< marker bit before the picture's first slice
  kMarkerOnEverySlice,    ///< marker bit inside a picture of several slices
  kAnnexBInPayload,       ///< start codes inside an RTP payload
  kAdtsInPayload,         ///< ADTS headers in front of AAC access units
  kFragmentMalformed,     ///< empty, start and end in one, without end, or of changing type
  kUnknownPayloadType,    ///< packets of a payload type that SDP does not name
  kLossOnTcp,             ///< sequence numbers missing on a transport that loses nothing
  kLargeDatagram,         ///< a UDP datagram above 1500 bytes
  kReorderedPictures,     ///< B-frames, which RTP gives no decoding time
  kParametersChanged,     ///< other parameter sets in mid-stream
  kParametersRepeated,    ///< sets that differ in nothing that matters
  kCount,
};

/// "several-challenges" and so on: stable, as in docs/camera-oddities.md.
const char* quirkName(Quirk quirk);

class QuirkCounters final {
 public:
  void hit(Quirk quirk) noexcept {
    counts_[static_cast<size_t>(quirk)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] uint64_t count(Quirk quirk) const noexcept {
    return counts_[static_cast<size_t>(quirk)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Quirk::kCount)> counts_{};
};

}  // namespace flux::rtsp
