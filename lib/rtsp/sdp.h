// Session descriptions (RFC 8866, and RFC 2326 appendix C for RTSP) as cameras really write them:
// only what the client needs is read, and unknown or broken lines are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace flux::rtsp {

struct SdpFormat {
  int payloadType = 0;
  std::string encoding;    ///< from rtpmap, as written; empty where there is none
  uint32_t clockRate = 0;  ///< hertz; 0 where unknown
  int channels = 1;        ///< audio
  std::string parameters;  ///< all fmtp lines of this payload type, joined by ';'
};

struct SdpMedia {
  std::string kind;       ///< "video", "audio", "application"
  std::string protocol;   ///< "RTP/AVP"
  std::string control;    ///< as written; empty where there is none
  bool sendOnly = false;  ///< a=sendonly; on audio a backchannel, towards the camera
  int width = 0;          ///< pixels, of a=framesize or a=x-dimensions; 0 where it does not say
  int height = 0;
  std::vector<SdpFormat> formats;
};

/// What was passed over or put right while reading, each as often as it was met.
struct SdpOddities {
  bool incomplete = false;  ///< no or broken o=, s=, t= or c=, or lines that are none
  uint32_t fmtp = 0;        ///< empty, twice, or of another track's payload type
  uint32_t rtpmap = 0;      ///< of audio: against another, or of a payload type that is not there
};

struct Sdp {
  std::string control;  ///< of the session
  std::vector<SdpMedia> media;
  SdpOddities oddities;
};

/// Empty where `text` has no media line at all.
std::optional<Sdp> parseSdp(std::string_view text);

/// A payload type that needs no rtpmap (RFC 3551 §6).
struct StaticFormat {
  int payloadType;
  const char* encoding;
  uint32_t clockRate;
  int channels;
};
/// nullptr for those that are dynamic or unassigned.
const StaticFormat* staticFormat(int payloadType);

/// The value of one fmtp parameter; empty where it is absent. Names ignore case.
std::string_view formatParameter(std::string_view parameters, std::string_view name);

/// What a description offers, for people: "video H265, audio PCMA".
std::string describeOffers(const Sdp& sdp);

}  // namespace flux::rtsp
