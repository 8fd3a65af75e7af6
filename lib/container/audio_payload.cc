#include "container/audio_payload.h"

#include <algorithm>

#include "codec/aac.h"
#include "codec/opus.h"

namespace flux {

int64_t samplesIn(const CodecParameters& parameters, ByteView unit) {
  const auto bytes = static_cast<int64_t>(unit.size());
  const int64_t channels = std::max(1, parameters.channels);
  switch (parameters.codec) {
    case Codec::kAac: {
      const auto config = aac::parseConfig(parameters.decoderConfiguration);
      if (!config || config->coreSampleRate < 1) return 0;
      return int64_t{config->frameLength} * parameters.sampleRate / config->coreSampleRate;
    }
    case Codec::kPcmu:
    case Codec::kPcma:
      return bytes / channels;
    case Codec::kG726:
      return bytes * 8 / std::clamp(parameters.bitsPerSample, 2, 5);
    case Codec::kL16:
      return bytes / 2 / channels;
    case Codec::kOpus:
      return int64_t{opus::packetSamples(unit).value_or(0)} * parameters.sampleRate /
             opus::kSampleRate;
    default:
      return 0;
  }
}

int opusPreSkip(ByteView opusHead) {
  constexpr size_t kHeadSize = 19;
  if (opusHead.size() < kHeadSize || asText(opusHead.first(8)) != "OpusHead") return 0;
  return opusHead[10] | opusHead[11] << 8;
}

Bytes turnG726(ByteView codes, int bits, CodeOrder from) {
  const auto width = static_cast<size_t>(std::clamp(bits, 2, 5));
  const size_t total = codes.size() * 8;
  Bytes out(codes.size(), 0);
  // Bit `i` of a stream that fills each byte from its low, or its high end.
  const auto shift = [](size_t i, bool low) { return low ? i % 8 : 7 - i % 8; };
  const bool fromLow = from == CodeOrder::kLowBitsFirst;
  for (size_t begin = 0; begin < total; begin += width) {
    // What a broken packet has left over behind its last code is turned as a shorter one.
    const size_t size = std::min(width, total - begin);
    for (size_t i = 0; i < size; ++i) {
      const size_t source = begin + i;
      // The order of bits inside a code turns with the end from which bytes are filled.
      const size_t target = begin + size - 1 - i;
      const unsigned bit = codes[source / 8] >> shift(source, fromLow) & 1U;
      out[target / 8] = static_cast<uint8_t>(out[target / 8] | bit << shift(target, !fromLow));
    }
  }
  return out;
}

Bytes swapSamples(ByteView samples) {
  Bytes out(samples.begin(), samples.end());
  for (size_t i = 0; i + 1 < out.size(); i += 2) std::swap(out[i], out[i + 1]);
  return out;
}

}  // namespace flux
