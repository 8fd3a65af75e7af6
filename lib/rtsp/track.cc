// Which lines of a session description are tracks for us, and what SDP tells of each.
#include "rtsp/track.h"

#include <algorithm>

#include "codec/h264.h"
#include "rtsp/audio_track.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

bool isEncoding(const SdpFormat& format, std::string_view name) {
  if (!format.encoding.empty()) return equalsIgnoreCase(format.encoding, name);
  const StaticFormat* known = staticFormat(format.payloadType);
  return known != nullptr && equalsIgnoreCase(known->encoding, name);
}

bool isH264(const SdpFormat& format) {
  if (isEncoding(format, "H264")) return true;
  // Without rtpmap the parameters of RFC 6184 tell as much.
  return format.encoding.empty() &&
         !formatParameter(format.parameters, "packetization-mode").empty();
}

bool isH265(const SdpFormat& format) {
  return isEncoding(format, "H265") || isEncoding(format, "HEVC");
}

uint8_t h265Type(ByteView nal) {
  return nal.size() < 2 ? 0 : nal[0] >> 1 & 0x3F;
}

void keepParameterSet(ByteView nal, Track& track) {
  constexpr uint8_t kVps = 32;
  constexpr uint8_t kSps = 33;
  constexpr uint8_t kPps = 34;
  Bytes* into = nullptr;
  if (track.codec == Codec::kH264) {
    if (h264::nalType(nal) == h264::kNalSps) into = &track.sps;
    if (h264::nalType(nal) == h264::kNalPps) into = &track.pps;
  } else {
    if (h265Type(nal) == kVps) into = &track.vps;
    if (h265Type(nal) == kSps) into = &track.sps;
    if (h265Type(nal) == kPps) into = &track.pps;
  }
  if (into != nullptr && into->empty()) into->assign(nal.begin(), nal.end());
}

/// False where something in `list` is no NAL unit as it should be.
bool parseSprop(std::string_view list, Track& track) {
  bool clean = true;
  while (!list.empty()) {
    Bytes decoded;
    if (!fromBase64(trim(nextField(list, ',')), decoded) || decoded.empty()) {
      clean = false;
      continue;
    }
    // Some cameras put Annex B start codes into it, in front, in between or at the end.
    const auto units = h264::splitAnnexB(decoded);
    size_t before =
        units.empty() ? decoded.size() : static_cast<size_t>(units[0].data() - decoded.data()) - 3;
    if (units.empty() && decoded.size() >= 3 &&
        std::equal(decoded.end() - 3, decoded.end(), Bytes{0, 0, 1}.begin())) {
      before -= 3;
    }
    // No NAL unit ends in a zero byte (H.264 and H.265 §7.4.1).
    while (before > 0 && decoded[before - 1] == 0) --before;
    if (before != decoded.size()) clean = false;
    keepParameterSet(ByteView(decoded).first(before), track);
    for (const ByteView unit : units) keepParameterSet(unit, track);
  }
  return clean;
}

Track makeVideoTrack(Codec codec, const SdpMedia& media, const SdpFormat& format) {
  Track track;
  track.codec = codec;
  track.payloadType = format.payloadType;
  if (format.clockRate != 0) track.clockRate = format.clockRate;
  track.parameters = format.parameters;
  track.width = media.width;
  track.height = media.height;
  return track;
}

Track makeH264Track(const SdpMedia& media, const SdpFormat& format, QuirkCounters& quirks) {
  Track track = makeVideoTrack(Codec::kH264, media, format);
  const bool clean = parseSprop(formatParameter(format.parameters, "sprop-parameter-sets"), track);
  const bool usable = h264::parseSps(track.sps).has_value() && !track.pps.empty();
  if (!clean || !usable) quirks.hit(Quirk::kSpropInvalid);
  return track;
}

Track makeH265Track(const SdpMedia& media, const SdpFormat& format, QuirkCounters& quirks) {
  Track track = makeVideoTrack(Codec::kH265, media, format);
  bool clean = true;
  for (const char* name : {"sprop-vps", "sprop-sps", "sprop-pps"}) {
    if (!parseSprop(formatParameter(format.parameters, name), track)) clean = false;
  }
  if (!clean || track.vps.empty() || track.sps.empty() || track.pps.empty()) {
    quirks.hit(Quirk::kSpropInvalid);
  }
  return track;
}

std::optional<Track> makeMetadataTrack(const SdpFormat& format) {
  if (!isEncoding(format, "vnd.onvif.metadata")) return std::nullopt;
  // Never destroyed: network threads go on while the process exits.
  static const CodecParametersPtr& kParameters = *new CodecParametersPtr([] {
    auto parameters = std::make_shared<CodecParameters>();
    parameters->codec = Codec::kOnvifMetadata;
    parameters->codecString = "onvif";
    return parameters;
  }());
  Track track;
  track.codec = Codec::kOnvifMetadata;
  track.payloadType = format.payloadType;
  if (format.clockRate != 0) track.clockRate = format.clockRate;
  track.parameters = format.parameters;
  track.known = kParameters;
  return track;
}

std::optional<Track> makeTrack(const SdpMedia& media, const SdpFormat& format,
                               QuirkCounters& quirks) {
  if (equalsIgnoreCase(media.kind, "audio")) return makeAudioTrack(format, quirks);
  if (equalsIgnoreCase(media.kind, "application")) return makeMetadataTrack(format);
  if (!equalsIgnoreCase(media.kind, "video")) return std::nullopt;
  if (isH264(format)) return makeH264Track(media, format, quirks);
  if (isH265(format)) return makeH265Track(media, format, quirks);
  if (isEncoding(format, "JPEG")) return makeVideoTrack(Codec::kMjpeg, media, format);
  return std::nullopt;
}

void countOddities(const SdpOddities& oddities, QuirkCounters& quirks) {
  if (oddities.incomplete) quirks.hit(Quirk::kSdpIncomplete);
  for (uint32_t i = 0; i < oddities.fmtp; ++i) quirks.hit(Quirk::kFmtpMalformed);
  for (uint32_t i = 0; i < oddities.rtpmap; ++i) quirks.hit(Quirk::kAudioMisdeclared);
}

}  // namespace

std::vector<Track> listTracks(const Sdp& sdp, QuirkCounters& quirks) {
  countOddities(sdp.oddities, quirks);
  // a=sendonly on video: the camera tells its own direction, not ours, and so of its audio.
  const bool ownDirection =
      std::any_of(sdp.media.begin(), sdp.media.end(), [](const SdpMedia& media) {
        return media.sendOnly && equalsIgnoreCase(media.kind, "video");
      });
  std::vector<Track> tracks;
  for (const SdpMedia& media : sdp.media) {
    const bool audio = equalsIgnoreCase(media.kind, "audio");
    if (media.sendOnly && audio && !ownDirection) continue;
    std::optional<Track> track;
    for (const SdpFormat& format : media.formats) {
      track = makeTrack(media, format, quirks);
      if (track) break;
    }
    if (!track) {
      quirks.hit(Quirk::kUnknownMedia);
      continue;
    }
    track->control = media.control;
    tracks.push_back(std::move(*track));
  }
  return tracks;
}

}  // namespace flux::rtsp
