// What a muxer or decoder must know of a track before its first frame.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace flux {

enum class MediaKind : uint8_t { kVideo, kAudio, kMetadata };

enum class Codec : uint8_t {
  // Video
  kH264,
  kH265,
  kMjpeg,
  // Audio
  kAac,   ///< MPEG-4 AAC access units without ADTS headers
  kPcmu,  ///< G.711 mu-law
  kPcma,  ///< G.711 A-law
  kG726,  ///< code words packed as RFC 3551 §4.5.4 has them (first sample in the low bits)
  kOpus,
  kL16,  ///< linear PCM, 16 bit signed, big-endian
  // Metadata
  kOnvifMetadata,  ///< one XML document (tt:MetadataStream) per unit
};

constexpr MediaKind mediaKind(Codec codec) {
  if (codec <= Codec::kMjpeg) return MediaKind::kVideo;
  return codec <= Codec::kL16 ? MediaKind::kAudio : MediaKind::kMetadata;
}
/// The codec's usual name: "H264", "H265", "MJPEG", "AAC", "PCMU", "PCMA", "G726", "OPUS", "L16",
/// "ONVIF".
const char* codecName(Codec codec);

/// Immutable once shared. Taps compare pointers: equal parameters of a stream are one object.
struct CodecParameters {
  Codec codec = Codec::kH264;
  /// RFC 6381, for example "avc1.64001F", "hvc1.1.6.L93.B0", "mp4a.40.2", "opus"; codecName() in
  /// lower case where there is no registered form.
  std::string codecString;
  /// avcC (ISO/IEC 14496-15 §5.3.3.1), hvcC (§8.3.3.1), AudioSpecificConfig (ISO/IEC 14496-3) or
  /// OpusHead (RFC 7845 §5.1); empty for the others.
  Bytes decoderConfiguration;

  // Video
  Bytes vps;      ///< H.265: one VPS NAL unit
  Bytes sps;      ///< one SPS NAL unit, header included, without start code
  Bytes pps;      ///< one PPS NAL unit
  int width = 0;  ///< pixels after cropping
  int height = 0;
  int profileIdc = 0;
  int levelIdc = 0;
  /// Pictures that may precede a picture in decoding order and follow it in output order
  /// (max_num_reorder_frames where the stream says so, else derived; 0 = no B-frames).
  int reorderDepth = 0;
  /// Frames per second as the stream declares them, 0 where it does not say.
  double frameRate = 0;

  // Audio
  int sampleRate = 0;  ///< hertz
  int channels = 0;
  int bitsPerSample = 0;  ///< of a coded sample: 2 to 5 for G.726, 8 for G.711, 16 for L16, else 0

  [[nodiscard]] MediaKind kind() const noexcept { return mediaKind(codec); }
};
using CodecParametersPtr = std::shared_ptr<const CodecParameters>;

/// Would a decoder set up with `a` decode what belongs to `b`?
bool sameParameters(const CodecParameters& a, const CodecParameters& b);

}  // namespace flux
