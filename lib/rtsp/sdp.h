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
  bool sendOnly = false;  ///< a=sendonly: a backchannel, towards the camera
  std::vector<SdpFormat> formats;
};

struct Sdp {
  std::string control;  ///< of the session
  std::vector<SdpMedia> media;
};

/// Empty where `text` has no media line at all.
std::optional<Sdp> parseSdp(std::string_view text);

/// The value of one fmtp parameter; empty where it is absent. Names ignore case.
std::string_view formatParameter(std::string_view parameters, std::string_view name);

/// What a description offers, for people: "video H265, audio PCMA".
std::string describeOffers(const Sdp& sdp);

}  // namespace flux::rtsp
