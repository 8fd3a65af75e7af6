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
  /// How the RTP payloads differ from what is usual for the codec.
  enum class Packing : uint8_t {
    kUsual,
    kLittleEndian,  ///< L16: samples with the low byte first
    kAal2,          ///< G.726: first code word in the high bits (ITU-T I.366.2 annex E)
    kLatm,          ///< AAC: audioMuxElements (RFC 6416) instead of RFC 3640
  };

  Codec codec = Codec::kH264;
  std::string control;  ///< as written; see resolveControl()
  int payloadType = 96;
  uint32_t clockRate = 90000;
  int channels = 1;
  std::string parameters;  ///< all fmtp lines, joined by ';'; see formatParameter()
  Packing packing = Packing::kUsual;
  // Parameter sets of H.264 and H.265, from SDP; empty where missing or unusable.
  Bytes vps;
  Bytes sps;
  Bytes pps;
  int width = 0;  ///< pixels, of video, where a=framesize or a=x-dimensions tells; else 0
  int height = 0;
  /// Of audio and metadata everything is known from SDP; nullptr for video.
  CodecParametersPtr known;

  [[nodiscard]] MediaKind kind() const noexcept { return mediaKind(codec); }
};

/// Every track that the engine can receive, in the description's order: video H264, H265, JPEG;
/// audio; ONVIF metadata. Backchannels (audio with a=sendonly) are left out. `quirks` counts what
/// was odd about the description.
std::vector<Track> listTracks(const Sdp& sdp, QuirkCounters& quirks);

}  // namespace flux::rtsp
