#include "container/stream.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "codec/aac.h"
#include "container/audio_payload.h"

namespace flux::av {
namespace {

constexpr int kMaxChannels = 8;
constexpr int kMaxSampleRate = 192000;
constexpr size_t kMaxConfiguration = 65536;

AVCodecID codecId(Codec codec) {
  switch (codec) {
    case Codec::kH264:
      return AV_CODEC_ID_H264;
    case Codec::kH265:
      return AV_CODEC_ID_HEVC;
    case Codec::kMjpeg:
      return AV_CODEC_ID_MJPEG;
    case Codec::kAac:
      return AV_CODEC_ID_AAC;
    case Codec::kPcmu:
      return AV_CODEC_ID_PCM_MULAW;
    case Codec::kPcma:
      return AV_CODEC_ID_PCM_ALAW;
    case Codec::kG726:
      return AV_CODEC_ID_ADPCM_G726;
    case Codec::kOpus:
      return AV_CODEC_ID_OPUS;
    case Codec::kL16:
      return AV_CODEC_ID_PCM_S16BE;
    case Codec::kOnvifMetadata:
      break;
  }
  return AV_CODEC_ID_NONE;
}

/// What is missing before a decoder could be set up; nullptr where nothing is.
const char* missing(const CodecParameters& parameters) {
  const Bytes& configuration = parameters.decoderConfiguration;
  const bool audio = parameters.kind() == MediaKind::kAudio;
  if (audio && (parameters.sampleRate < 1 || parameters.sampleRate > kMaxSampleRate)) {
    return "sample rate between 1 and 192000 Hz";
  }
  if (audio && (parameters.channels < 1 || parameters.channels > kMaxChannels)) {
    return "number of channels between 1 and 8";
  }
  switch (parameters.codec) {
    case Codec::kH264:
      return configuration.size() < 7 || configuration[0] != 1 ? "parameter sets yet" : nullptr;
    case Codec::kH265:
      return configuration.size() < 23 || configuration[0] != 1 ? "parameter sets yet" : nullptr;
    case Codec::kMjpeg:
      return parameters.width < 1 || parameters.height < 1 ? "picture size yet" : nullptr;
    case Codec::kAac:
      return !aac::parseConfig(configuration) ? "usable AudioSpecificConfig" : nullptr;
    case Codec::kOpus:
      return configuration.size() < 19 ? "OpusHead" : nullptr;
    case Codec::kG726:
      if (parameters.channels != 1) return "single channel";
      return parameters.bitsPerSample < 2 || parameters.bitsPerSample > 5
                 ? "number of bits per sample between 2 and 5"
                 : nullptr;
    default:
      return nullptr;
  }
}

void setExtradata(AVCodecParameters* out, const Bytes& configuration) {
  if (configuration.empty()) return;
  out->extradata =
      static_cast<uint8_t*>(av_mallocz(configuration.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (out->extradata == nullptr) throw std::bad_alloc();
  std::memcpy(out->extradata, configuration.data(), configuration.size());
  out->extradata_size = static_cast<int>(configuration.size());
}

void describeVideo(const CodecParameters& parameters, AVCodecParameters* out) {
  out->codec_type = AVMEDIA_TYPE_VIDEO;
  out->width = parameters.width;
  out->height = parameters.height;
  if (parameters.codec == Codec::kMjpeg) return;
  out->profile = parameters.profileIdc;
  out->level = parameters.levelIdc;
  out->video_delay = parameters.reorderDepth;
}

void describeAudio(const CodecParameters& parameters, AVCodecParameters* out) {
  out->codec_type = AVMEDIA_TYPE_AUDIO;
  out->sample_rate = parameters.sampleRate;
  av_channel_layout_default(&out->ch_layout, parameters.channels);
  switch (parameters.codec) {
    case Codec::kOpus:
      out->initial_padding = opusPreSkip(parameters.decoderConfiguration);
      break;
    case Codec::kPcmu:
    case Codec::kPcma:
    case Codec::kG726:
    case Codec::kL16: {
      const int bits = av_get_bits_per_sample(out->codec_id);
      out->bits_per_coded_sample = bits > 0 ? bits : parameters.bitsPerSample;
      out->block_align = std::max(1, out->bits_per_coded_sample / 8) * parameters.channels;
      out->bit_rate =
          int64_t{out->bits_per_coded_sample} * parameters.sampleRate * parameters.channels;
      break;
    }
    default:
      break;
  }
}

std::string lowerCaseName(Codec codec) {
  std::string name = codecName(codec);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return name;
}

}  // namespace

AVStream* addStream(AVFormatContext* context, const CodecParameters& parameters) {
  const AVCodecID id = codecId(parameters.codec);
  if (id == AV_CODEC_ID_NONE) {
    throw Error("ERR_MUX",
                std::string("a file cannot hold a track of ") + codecName(parameters.codec));
  }
  if (const char* what = missing(parameters)) {
    throw Error("ERR_MUX",
                std::string("the ") + codecName(parameters.codec) + " track has no " + what);
  }
  AVStream* stream = avformat_new_stream(context, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  stream->codecpar->codec_id = id;
  if (parameters.kind() == MediaKind::kVideo) {
    describeVideo(parameters, stream->codecpar);
  } else {
    describeAudio(parameters, stream->codecpar);
  }
  setExtradata(stream->codecpar, parameters.decoderConfiguration);
  return stream;
}

std::optional<Codec> codecOf(const AVCodecParameters& track) {
  switch (track.codec_id) {
    case AV_CODEC_ID_H264:
      return Codec::kH264;
    case AV_CODEC_ID_HEVC:
      return Codec::kH265;
    case AV_CODEC_ID_MJPEG:
      return Codec::kMjpeg;
    case AV_CODEC_ID_AAC:
      return Codec::kAac;
    case AV_CODEC_ID_PCM_MULAW:
      return Codec::kPcmu;
    case AV_CODEC_ID_PCM_ALAW:
      return Codec::kPcma;
    case AV_CODEC_ID_ADPCM_G726:
    case AV_CODEC_ID_ADPCM_G726LE:
      return Codec::kG726;
    case AV_CODEC_ID_OPUS:
      return Codec::kOpus;
    case AV_CODEC_ID_PCM_S16BE:
    case AV_CODEC_ID_PCM_S16LE:
      return Codec::kL16;
    default:
      return std::nullopt;
  }
}

CodecParametersPtr audioParameters(const AVCodecParameters& track) {
  const auto codec = codecOf(track);
  if (!codec || mediaKind(*codec) != MediaKind::kAudio) return nullptr;
  const auto size = static_cast<size_t>(std::max(0, track.extradata_size));
  if (size > kMaxConfiguration) return nullptr;
  const ByteView configuration(track.extradata, size);
  if (*codec == Codec::kAac) return aac::makeParameters(configuration);
  auto out = std::make_shared<CodecParameters>();
  out->codec = *codec;
  out->codecString = lowerCaseName(*codec);
  out->sampleRate = track.sample_rate;
  out->channels = track.ch_layout.nb_channels;
  if (*codec == Codec::kOpus) {
    out->decoderConfiguration.assign(configuration.begin(), configuration.end());
  } else {
    const int bits = av_get_bits_per_sample(track.codec_id);
    out->bitsPerSample = bits > 0 ? bits : track.bits_per_coded_sample;
  }
  return missing(*out) == nullptr ? out : nullptr;
}

ByteView toFile(const CodecParameters& parameters, ByteView unit, Bytes& scratch) {
  if (parameters.codec != Codec::kG726) return unit;
  scratch = turnG726(unit, parameters.bitsPerSample, CodeOrder::kLowBitsFirst);
  return scratch;
}

Bytes audioFromFile(const AVCodecParameters& track, ByteView packet) {
  if (track.codec_id == AV_CODEC_ID_PCM_S16LE) return swapSamples(packet);
  if (track.codec_id == AV_CODEC_ID_ADPCM_G726) {
    return turnG726(packet, track.bits_per_coded_sample, CodeOrder::kHighBitsFirst);
  }
  return {packet.begin(), packet.end()};
}

}  // namespace flux::av
