// The table of contents of an Opus packet, and OpusHead.
#include "codec/opus.h"

#include <array>

namespace flux::opus {
namespace {

constexpr int kMaxSamples = kSampleRate / 1000 * 120;

int frameSamples(uint8_t toc) {
  constexpr std::array<int, 4> kSilk = {480, 960, 1920, 2880};
  constexpr std::array<int, 2> kHybrid = {480, 960};
  constexpr std::array<int, 4> kCelt = {120, 240, 480, 960};
  const uint8_t config = toc >> 3;
  if (config < 12) return kSilk[config & 3];
  return config < 16 ? kHybrid[config & 1] : kCelt[config & 3];
}

}  // namespace

std::optional<int> packetSamples(ByteView packet) {
  if (packet.empty()) return std::nullopt;
  int frames = 2;
  switch (packet[0] & 3) {
    case 0:
      frames = 1;
      break;
    case 3:
      if (packet.size() < 2) return std::nullopt;
      frames = packet[1] & 0x3F;
      break;
    default:
      break;
  }
  const int samples = frames * frameSamples(packet[0]);
  if (samples == 0 || samples > kMaxSamples) return std::nullopt;
  return samples;
}

Bytes makeHead(int channels, uint32_t inputRate) {
  ByteWriter out;
  out.bytes(asBytes("OpusHead")).u8(1).u8(static_cast<uint8_t>(channels)).u16(0);
  for (int i = 0; i < 4; ++i) out.u8(static_cast<uint8_t>(inputRate >> (8 * i)));
  out.u16(0).u8(0);
  return out.take();
}

CodecParametersPtr makeParameters(int channels, uint32_t inputRate) {
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = Codec::kOpus;
  parameters->codecString = "opus";
  parameters->decoderConfiguration = makeHead(channels, inputRate);
  parameters->sampleRate = kSampleRate;
  parameters->channels = channels;
  return parameters;
}

}  // namespace flux::opus
