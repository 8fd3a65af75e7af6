// Bit fields of AudioSpecificConfig, StreamMuxConfig and ADTS.
#include "codec/aac.h"

#include <algorithm>
#include <array>

#include "codec/bit_reader.h"

namespace flux::aac {
namespace {

constexpr int kSbr = 5;
constexpr int kErLowDelay = 23;
constexpr int kPs = 29;
constexpr int kEscape = 31;
constexpr std::array<int, 13> kSampleRates = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                              22050, 16000, 12000, 11025, 8000,  7350};
constexpr int kMaxSampleRate = 192000;
constexpr size_t kMaxConfigBytes = 512;

/// A BitReader that knows where it is.
class Bits final {
 public:
  explicit Bits(ByteView data) : reader_(data), size_(data.size() * 8) {}

  uint32_t take(unsigned count) {
    position_ += count;
    return reader_.bits(count);
  }
  bool flag() { return take(1) != 0; }
  void align() { take(static_cast<unsigned>((8 - position_ % 8) % 8)); }
  [[nodiscard]] size_t position() const { return position_; }
  [[nodiscard]] size_t left() const { return position_ < size_ ? size_ - position_ : 0; }
  [[nodiscard]] bool ok() const { return reader_.ok(); }

 private:
  BitReader reader_;
  size_t size_;
  size_t position_ = 0;
};

int readObjectType(Bits& bits) {
  const auto type = static_cast<int>(bits.take(5));
  return type == kEscape ? 32 + static_cast<int>(bits.take(6)) : type;
}

/// 0 where the index is reserved.
int readSampleRate(Bits& bits) {
  const uint32_t index = bits.take(4);
  if (index == 15) return static_cast<int>(bits.take(24));
  return index < kSampleRates.size() ? kSampleRates[index] : 0;
}

/// Those that GASpecificConfig (§4.4.1) describes.
bool isGeneralAudio(int type) {
  constexpr std::array<int, 11> kTypes = {1, 2, 3, 4, 6, 7, 17, 19, 20, 22, kErLowDelay};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

/// program_config_element (§4.4.1.1): the channels that it lists.
int readProgramChannels(Bits& bits) {
  bits.take(10);  // tag, object type, sampling frequency
  const std::array<uint32_t, 3> elements = {bits.take(4), bits.take(4), bits.take(4)};
  const uint32_t lfe = bits.take(2);
  const uint32_t associated = bits.take(3);
  const uint32_t coupling = bits.take(4);
  if (bits.flag()) bits.take(4);
  if (bits.flag()) bits.take(4);
  if (bits.flag()) bits.take(3);
  int channels = static_cast<int>(lfe);
  for (const uint32_t count : elements) {
    for (uint32_t i = 0; i < count; ++i) {
      channels += bits.flag() ? 2 : 1;
      bits.take(4);
    }
  }
  bits.take(4 * lfe + 4 * associated);
  for (uint32_t i = 0; i < coupling; ++i) bits.take(5);
  bits.align();
  const uint32_t comment = bits.take(8);
  for (uint32_t i = 0; i < comment && bits.ok(); ++i) bits.take(8);
  return channels;
}

/// GASpecificConfig. False where it cannot be.
bool readGeneralAudio(Bits& bits, int type, uint32_t channelConfiguration, AudioConfig& out) {
  const bool shortFrames = bits.flag();
  out.frameLength = shortFrames ? 960 : 1024;
  if (type == kErLowDelay) out.frameLength = shortFrames ? 480 : 512;
  if (bits.flag()) bits.take(14);  // coreCoderDelay
  const bool extension = bits.flag();
  if (channelConfiguration == 0) out.channels = readProgramChannels(bits);
  if (type == 6 || type == 20) bits.take(3);
  if (extension) {
    if (type == 22) bits.take(16);
    if (type == 17 || type == 19 || type == 20 || type == kErLowDelay) bits.take(3);
    bits.take(1);
  }
  if (type >= 17 && bits.take(2) >= 2) return false;  // epConfig: error protection of its own
  return true;
}

/// AudioSpecificConfig without the extension at its end.
std::optional<AudioConfig> readConfig(Bits& bits) {
  AudioConfig out;
  out.objectType = readObjectType(bits);
  out.coreSampleRate = out.sampleRate = readSampleRate(bits);
  const uint32_t channelConfiguration = bits.take(4);
  int type = out.objectType;
  if (type == kSbr || type == kPs) {
    out.sbr = true;
    out.ps = type == kPs;
    out.sampleRate = readSampleRate(bits);
    type = readObjectType(bits);
    if (type == 22) bits.take(4);
  }
  constexpr std::array<int, 8> kChannels = {0, 1, 2, 3, 4, 5, 6, 8};
  if (!isGeneralAudio(type) || channelConfiguration >= kChannels.size()) return std::nullopt;
  out.channels = kChannels[channelConfiguration];
  if (!readGeneralAudio(bits, type, channelConfiguration, out)) return std::nullopt;
  const auto possible = [](int rate) { return rate > 0 && rate <= kMaxSampleRate; };
  if (!bits.ok() || !possible(out.coreSampleRate) || !possible(out.sampleRate) ||
      out.channels == 0) {
    return std::nullopt;
  }
  return out;
}

/// SBR and PS as decoders that know neither pass them over (§1.6.5.2).
void readBackwardCompatible(Bits& bits, AudioConfig& out) {
  constexpr uint32_t kSyncSbr = 0x2B7;
  constexpr uint32_t kSyncPs = 0x548;
  if (bits.left() < 16 || bits.take(11) != kSyncSbr || readObjectType(bits) != kSbr) return;
  if (!bits.flag()) return;
  const int rate = readSampleRate(bits);
  if (!bits.ok() || rate <= 0 || rate > kMaxSampleRate) return;
  out.sbr = true;
  out.sampleRate = rate;
  if (bits.left() >= 12 && bits.take(11) == kSyncPs) out.ps = bits.flag();
}

Bytes copyBits(ByteView data, size_t from, size_t count) {
  Bytes out((count + 7) / 8, 0);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = from + i;
    const int bit = data[at / 8] >> (7 - at % 8) & 1;
    out[i / 8] = static_cast<uint8_t>(out[i / 8] | bit << (7 - i % 8));
  }
  return out;
}

uint32_t readLatmValue(Bits& bits) {
  const uint32_t bytes = bits.take(2);
  return bits.take(8 * (bytes + 1));
}

}  // namespace

std::optional<AudioConfig> parseConfig(ByteView config) {
  Bits bits(config);
  auto out = readConfig(bits);
  if (out && !out->sbr) readBackwardCompatible(bits, *out);
  // Parametric stereo makes two channels of one.
  if (out && out->ps) out->channels = std::max(out->channels, 2);
  return out;
}

Bytes makeConfig(int sampleRate, int channels) {
  if (channels < 1 || channels > 8 || channels == 7) return {};
  if (sampleRate < 1 || sampleRate > kMaxSampleRate) return {};
  constexpr uint64_t kLowComplexity = 2;
  const auto code = static_cast<uint64_t>(channels == 8 ? 7 : channels);
  const auto rate = std::find(kSampleRates.begin(), kSampleRates.end(), sampleRate);
  // Object type, frequency index and channels, then three zero flags.
  if (rate != kSampleRates.end()) {
    const auto index = static_cast<uint64_t>(rate - kSampleRates.begin());
    const uint64_t bits = kLowComplexity << 11 | index << 7 | code << 3;
    return {static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits)};
  }
  const uint64_t bits = kLowComplexity << 35 | uint64_t{15} << 31 |
                        static_cast<uint64_t>(sampleRate) << 7 | code << 3;
  Bytes out;
  for (int shift = 32; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(bits >> shift));
  return out;
}

CodecParametersPtr makeParameters(ByteView config) {
  const auto parsed = parseConfig(config);
  if (!parsed) return nullptr;
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = Codec::kAac;
  parameters->codecString = "mp4a.40." + std::to_string(parsed->objectType);
  parameters->decoderConfiguration.assign(config.begin(), config.end());
  parameters->sampleRate = parsed->sampleRate;
  parameters->channels = parsed->channels;
  parameters->profileIdc = parsed->objectType;
  return parameters;
}

std::optional<StreamMux> parseStreamMux(ByteView data) {
  if (data.size() > kMaxConfigBytes) return std::nullopt;
  Bits bits(data);
  const bool version1 = bits.flag();
  if (version1) {
    if (bits.flag()) return std::nullopt;  // audioMuxVersionA: reserved
    readLatmValue(bits);
  }
  if (!bits.flag()) return std::nullopt;  // allStreamsSameTimeFraming
  StreamMux out;
  out.subFrames = static_cast<int>(bits.take(6)) + 1;
  if (bits.take(4) != 0 || bits.take(3) != 0) return std::nullopt;  // programs, layers
  size_t length = version1 ? readLatmValue(bits) : 0;
  const size_t from = bits.position();
  if (version1) {
    if (length == 0 || length > bits.left()) return std::nullopt;
    for (size_t i = 0; i < length; ++i) bits.take(1);
  } else {
    if (!readConfig(bits)) return std::nullopt;
    length = bits.position() - from;
  }
  // Only access units of variable length, each behind its own: frameLengthType 0.
  if (bits.take(3) != 0 || !bits.ok()) return std::nullopt;
  out.config = copyBits(data, from, length);
  if (!parseConfig(out.config)) return std::nullopt;
  return out;
}

ByteView withoutAdts(ByteView unit) {
  constexpr size_t kHeader = 7;
  constexpr size_t kChecksum = 2;
  if (unit.size() < kHeader || unit[0] != 0xFF || (unit[1] & 0xF6) != 0xF0) return unit;
  const size_t header = (unit[1] & 1) != 0 ? kHeader : kHeader + kChecksum;
  const size_t length =
      static_cast<size_t>(unit[3] & 3) << 11 | static_cast<size_t>(unit[4]) << 3 | unit[5] >> 5;
  return length == unit.size() && length > header ? unit.subspan(header) : unit;
}

}  // namespace flux::aac
