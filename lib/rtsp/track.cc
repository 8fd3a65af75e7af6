// Which lines of a session description are tracks for us, and what SDP tells of each.
#include "rtsp/track.h"

#include <algorithm>

#include "codec/h264.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

bool isH264(const SdpMedia& media, const SdpFormat& format) {
  if (!equalsIgnoreCase(media.kind, "video")) return false;
  if (equalsIgnoreCase(format.encoding, "H264")) return true;
  // Without rtpmap the parameters of RFC 6184 tell as much.
  return format.encoding.empty() &&
         !formatParameter(format.parameters, "packetization-mode").empty();
}

void keepParameterSet(ByteView nal, Track& track) {
  Bytes* into = nullptr;
  if (h264::nalType(nal) == h264::kNalSps) into = &track.sps;
  if (h264::nalType(nal) == h264::kNalPps) into = &track.pps;
  if (into != nullptr && into->empty()) into->assign(nal.begin(), nal.end());
}

void parseSprop(std::string_view list, Track& track) {
  while (!list.empty()) {
    Bytes decoded;
    if (!fromBase64(trim(nextField(list, ',')), decoded) || decoded.empty()) continue;
    // Some cameras put Annex B start codes into it.
    const auto units = h264::splitAnnexB(decoded);
    const size_t before =
        units.empty() ? decoded.size() : static_cast<size_t>(units[0].data() - decoded.data()) - 3;
    keepParameterSet(ByteView(decoded).first(before), track);
    for (const ByteView unit : units) keepParameterSet(unit, track);
  }
}

Track makeH264Track(const SdpMedia& media, const SdpFormat& format) {
  Track track;
  track.control = media.control;
  track.payloadType = format.payloadType;
  if (format.clockRate != 0) track.clockRate = format.clockRate;
  track.parameters = format.parameters;
  parseSprop(formatParameter(format.parameters, "sprop-parameter-sets"), track);
  return track;
}

}  // namespace

std::vector<Track> listTracks(const Sdp& sdp, QuirkCounters& /*quirks*/) {
  std::vector<Track> tracks;
  for (const SdpMedia& media : sdp.media) {
    for (const SdpFormat& format : media.formats) {
      if (!isH264(media, format)) continue;
      tracks.push_back(makeH264Track(media, format));
      break;
    }
  }
  return tracks;
}

}  // namespace flux::rtsp
