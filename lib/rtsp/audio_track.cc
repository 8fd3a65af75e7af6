// From rtpmap and fmtp of an audio format to a track (RFC 3551, 3640, 6416, 7587).
#include "rtsp/audio_track.h"

#include <algorithm>
#include <array>

#include "codec/aac.h"
#include "codec/opus.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr uint32_t kMaxSampleRate = 192000;
constexpr size_t kMaxConfigDigits = 512;

/// Configurations are hexadecimal; a few cameras put them in quotes.
Bytes parseHex(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.size() > kMaxConfigDigits) return {};
  try {
    return fromHex(text);
  } catch (const Error&) {
    return {};
  }
}

/// mode=AAC-hbr and relatives.
void describeGeneric(const SdpFormat& format, Track& track, QuirkCounters& quirks) {
  track.codec = Codec::kAac;
  const Bytes config = parseHex(formatParameter(format.parameters, "config"));
  track.known = aac::makeParameters(config);
  if (track.known == nullptr) {
    // What rtpmap tells is enough for AAC-LC, which is what cameras send.
    quirks.hit(Quirk::kFmtpMalformed);
    track.known =
        aac::makeParameters(aac::makeConfig(static_cast<int>(track.clockRate), track.channels));
    return;
  }
  const auto parsed = aac::parseConfig(config);
  const auto clock = static_cast<int64_t>(track.clockRate);
  // With SBR either rate may be the clock's, and it need not be signalled.
  if (clock != parsed->coreSampleRate && clock != parsed->sampleRate &&
      clock != int64_t{2} * parsed->coreSampleRate) {
    quirks.hit(Quirk::kAudioMisdeclared);
  }
}

void describeLatm(const SdpFormat& format, Track& track) {
  track.codec = Codec::kAac;
  track.packing = Track::Packing::kLatm;
  // Configurations inside the stream: no camera is known to send them.
  if (formatParameter(format.parameters, "cpresent") != "0") return;
  const auto mux = aac::parseStreamMux(parseHex(formatParameter(format.parameters, "config")));
  if (mux) track.known = aac::makeParameters(mux->config);
}

/// Everything that is its samples and nothing else.
void describeSamples(Codec codec, int bitsPerSample, Track& track) {
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = codec;
  for (const char* c = codecName(codec); *c != '\0'; ++c) {
    parameters->codecString.push_back(lowerCase(*c));
  }
  parameters->sampleRate = static_cast<int>(track.clockRate);
  parameters->channels = track.channels;
  parameters->bitsPerSample = bitsPerSample;
  track.codec = codec;
  track.known = std::move(parameters);
}

/// "G726-16" to "G726-40", or "AAL2-G726-..."; 0 where it is none.
int g726Bits(std::string_view encoding) {
  if (startsWithIgnoreCase(encoding, "AAL2-")) encoding.remove_prefix(5);
  if (!startsWithIgnoreCase(encoding, "G726-")) return 0;
  const int kilobits = parseNumber<int>(encoding.substr(5)).value_or(0);
  constexpr std::array<int, 4> kRates = {16, 24, 32, 40};
  return std::find(kRates.begin(), kRates.end(), kilobits) == kRates.end() ? 0 : kilobits / 8;
}

void describeOpus(const SdpFormat& format, Track& track) {
  track.codec = Codec::kOpus;
  track.clockRate = opus::kSampleRate;
  // Two channels hold what one has, but not the other way round: one only where that is promised.
  track.channels = formatParameter(format.parameters, "sprop-stereo") == "0" ? 1 : 2;
  const auto rate =
      parseNumber<uint32_t>(formatParameter(format.parameters, "sprop-maxcapturerate"));
  track.known = opus::makeParameters(
      track.channels, std::clamp<uint32_t>(rate.value_or(opus::kSampleRate), 8000, 48000));
}

}  // namespace

std::optional<Track> makeAudioTrack(const SdpFormat& format, QuirkCounters& quirks) {
  const StaticFormat* known = staticFormat(format.payloadType);
  std::string_view encoding = format.encoding;
  if (encoding.empty() && known != nullptr) encoding = known->encoding;
  const auto is = [encoding](std::string_view name) { return equalsIgnoreCase(encoding, name); };
  // What rtpmap says counts: cameras reuse static numbers, and mean what they wrote.
  if (known != nullptr && !is(known->encoding)) quirks.hit(Quirk::kAudioMisdeclared);

  Track track;
  track.payloadType = format.payloadType;
  track.parameters = format.parameters;
  track.channels = format.channels;
  if (known != nullptr && format.encoding.empty()) track.channels = known->channels;
  track.clockRate = format.clockRate;
  if (track.clockRate == 0) track.clockRate = known != nullptr ? known->clockRate : 8000;
  if (track.clockRate > kMaxSampleRate) return std::nullopt;

  if (is("MPEG4-GENERIC")) {
    describeGeneric(format, track, quirks);
  } else if (is("MP4A-LATM")) {
    describeLatm(format, track);
  } else if (is("PCMU")) {
    describeSamples(Codec::kPcmu, 8, track);
  } else if (is("PCMA")) {
    describeSamples(Codec::kPcma, 8, track);
  } else if (is("L16")) {
    describeSamples(Codec::kL16, 16, track);
  } else if (is("PCM")) {
    // No registered encoding; what is meant are the samples of a little-endian machine.
    if (known == nullptr) quirks.hit(Quirk::kAudioMisdeclared);
    describeSamples(Codec::kL16, 16, track);
    track.packing = Track::Packing::kLittleEndian;
  } else if (const int bits = g726Bits(encoding); bits != 0 && track.channels == 1) {
    describeSamples(Codec::kG726, bits, track);
    if (startsWithIgnoreCase(encoding, "AAL2-")) track.packing = Track::Packing::kAal2;
  } else if (is("OPUS")) {
    describeOpus(format, track);
  }
  if (track.known == nullptr) return std::nullopt;
  return track;
}

}  // namespace flux::rtsp
