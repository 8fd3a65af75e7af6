#include "codec/codec_parameters.h"

namespace flux {

const char* codecName(Codec codec) {
  switch (codec) {
    case Codec::kH264:
      return "H264";
    case Codec::kH265:
      return "H265";
    case Codec::kMjpeg:
      return "MJPEG";
    case Codec::kAac:
      return "AAC";
    case Codec::kPcmu:
      return "PCMU";
    case Codec::kPcma:
      return "PCMA";
    case Codec::kG726:
      return "G726";
    case Codec::kOpus:
      return "OPUS";
    case Codec::kL16:
      return "L16";
    case Codec::kOnvifMetadata:
      return "ONVIF";
  }
  return "unknown";
}

bool sameParameters(const CodecParameters& a, const CodecParameters& b) {
  return a.codec == b.codec && a.vps == b.vps && a.sps == b.sps && a.pps == b.pps &&
         a.decoderConfiguration == b.decoderConfiguration && a.width == b.width &&
         a.height == b.height && a.sampleRate == b.sampleRate && a.channels == b.channels &&
         a.bitsPerSample == b.bitsPerSample;
}

}  // namespace flux
