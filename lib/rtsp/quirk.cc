#include "rtsp/quirk.h"

namespace flux::rtsp {

const char* quirkName(Quirk quirk) {
  switch (quirk) {
    case Quirk::kSeveralChallenges:
      return "several-challenges";
    case Quirk::kDigestFallback:
      return "digest-fallback";
    case Quirk::kNonceRenewed:
      return "nonce-renewed";
    case Quirk::kClosedAfterChallenge:
      return "closed-after-challenge";
    case Quirk::kCseqMalformed:
      return "cseq-malformed";
    case Quirk::kMediaBeforePlay:
      return "media-before-play";
    case Quirk::kKeepAliveRefused:
      return "keep-alive-refused";
    case Quirk::kShortSessionTimeout:
      return "short-session-timeout";
    case Quirk::kSessionIdChanged:
      return "session-id-changed";
    case Quirk::kStaleSessionData:
      return "stale-session-data";
    case Quirk::kSetupRefused:
      return "setup-refused";
    case Quirk::kOtherChannels:
      return "other-channels";
    case Quirk::kTransportMalformed:
      return "transport-malformed";
    case Quirk::kContentBaseInvalid:
      return "content-base-invalid";
    case Quirk::kControlJoined:
      return "control-joined";
    case Quirk::kNoContentType:
      return "no-content-type";
    case Quirk::kSdpIncomplete:
      return "sdp-incomplete";
    case Quirk::kUnknownMedia:
      return "unknown-media";
    case Quirk::kFmtpMalformed:
      return "fmtp-malformed";
    case Quirk::kSpropInvalid:
      return "sprop-invalid";
    case Quirk::kRtpInfoInvalid:
      return "rtp-info-invalid";
    case Quirk::kAudioMisdeclared:
      return "audio-misdeclared";
    case Quirk::kJunkBetweenFrames:
      return "junk-between-frames";
    case Quirk::kUnassignedChannel:
      return "unassigned-channel";
    case Quirk::kUnknownRtcpSsrc:
      return "unknown-rtcp-ssrc";
    case Quirk::kSenderReportStep:
      return "sender-report-step";
    case Quirk::kSenderReportMissing:
      return "sender-report-missing";
    case Quirk::kSenderClocksApart:
      return "sender-clocks-apart";
    case Quirk::kSenderClockUnsteady:
      return "sender-clock-unsteady";
    case Quirk::kTimestampJump:
      return "timestamp-jump";
    case Quirk::kTimestampInUnit:
      return "timestamp-in-unit";
    case Quirk::kMarkerOnParameterSet:
      return "marker-on-parameter-set";
    case Quirk::kMarkerOnEverySlice:
      return "marker-on-every-slice";
    case Quirk::kAnnexBInPayload:
      return "annex-b-in-payload";
    case Quirk::kAdtsInPayload:
      return "adts-in-payload";
    case Quirk::kFragmentMalformed:
      return "fragment-malformed";
    case Quirk::kUnknownPayloadType:
      return "unknown-payload-type";
    case Quirk::kLossOnTcp:
      return "loss-on-tcp";
    case Quirk::kLargeDatagram:
      return "large-datagram";
    case Quirk::kReorderedPictures:
      return "reordered-pictures";
    case Quirk::kParametersChanged:
      return "parameters-changed";
    case Quirk::kParametersRepeated:
      return "parameters-repeated";
    case Quirk::kCount:
      break;
  }
  return "";
}

}  // namespace flux::rtsp
