// The media tracks that a session description offers, in the engine's terms.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/codec_parameters.h"
#include "rtsp/quirk.h"
#include "rtsp/sdp.h"

namespace flux::rtsp {

struct Track {
  Codec codec = Codec::kH264;
  std::string control;  ///< as written; see resolveControl()
  int payloadType = 96;
  uint32_t clockRate = 90000;
  int channels = 1;
  std::string parameters;  ///< all fmtp lines, joined by ';'; see formatParameter()
  // Parameter sets of H.264 and H.265, from SDP; empty where missing or unusable.
  Bytes vps;
  Bytes sps;
  Bytes pps;
  /// Of audio and metadata everything is known from SDP; nullptr for video.
  CodecParametersPtr known;

  [[nodiscard]] MediaKind kind() const noexcept { return mediaKind(codec); }
};

/// Every track that the engine can receive, in the description's order: video H264, H265, JPEG;
/// audio; ONVIF metadata. Backchannels (a=sendonly) are left out.
std::vector<Track> listTracks(const Sdp& sdp, QuirkCounters& quirks);

}  // namespace flux::rtsp
