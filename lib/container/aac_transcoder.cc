#include "container/aac_transcoder.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

namespace flux {
namespace {

constexpr int kMaxChannels = 2;
/// Bits per second and channel for each hertz of the sample rate: what AAC-LC needs for speech.
constexpr int64_t kBitsPerSample = 4;
constexpr int64_t kMinBitRate = 24000;
constexpr int64_t kMaxBitRate = 96000;
constexpr float kFullScale = 32768.0F;

AVCodecID decoderOf(Codec codec) {
  switch (codec) {
    case Codec::kPcmu:
      return AV_CODEC_ID_PCM_MULAW;
    case Codec::kPcma:
      return AV_CODEC_ID_PCM_ALAW;
    case Codec::kG726:
      return AV_CODEC_ID_ADPCM_G726LE;  // the order of RFC 3551, which units are in
    case Codec::kL16:
      return AV_CODEC_ID_PCM_S16BE;
    default:
      return AV_CODEC_ID_NONE;
  }
}

#ifdef AV_PROFILE_AAC_LOW  // since FFmpeg 6.1
constexpr int kAacLow = AV_PROFILE_AAC_LOW;
#else
constexpr int kAacLow = FF_PROFILE_AAC_LOW;
#endif

bool encodesRate(const AVCodec& encoder, int sampleRate) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void* rates = nullptr;
  avcodec_get_supported_config(nullptr, &encoder, AV_CODEC_CONFIG_SAMPLE_RATE, 0, &rates, nullptr);
  const auto* rate = static_cast<const int*>(rates);
#else
  const int* rate = encoder.supported_samplerates;
#endif
  if (rate == nullptr) return true;
  while (*rate != 0 && *rate != sampleRate) ++rate;
  return *rate != 0;
}

void check(int status, const char* action) {
  if (status < 0) throw av::avError("ERR_MUX", action, status);
}

}  // namespace

class AacTranscoder::Impl final {
 public:
  explicit Impl(const CodecParameters& source) : channels_(static_cast<size_t>(source.channels)) {
    av::quietLog();
    openDecoder(source);
    openEncoder(source);
    waiting_.resize(channels_);
  }

  void describe(AVCodecParameters* out) const {
    check(avcodec_parameters_from_context(out, encoder_.get()), "describe AAC");
  }

  void write(ByteView unit, int64_t at, const Emit& emit) {
    if (unit.empty()) return;                           // to a decoder it would mean the end
    packet_->data = const_cast<uint8_t*>(unit.data());  // decoders only read it
    packet_->size = static_cast<int>(unit.size());
    const int status = avcodec_send_packet(decoder_.get(), packet_.get());
    packet_->data = nullptr;
    packet_->size = 0;
    if (status < 0) return;
    while (avcodec_receive_frame(decoder_.get(), decoded_.get()) >= 0) {
      const int samples = decoded_->nb_samples;
      if (decoded_->format == AV_SAMPLE_FMT_S16 && samples > 0) take(*decoded_, at, emit);
      at += samples;
      av_frame_unref(decoded_.get());
    }
  }

  void finish(const Emit& emit) {
    if (waitingSamples() > 0) encode(waitingSamples(), emit);
    check(avcodec_send_frame(encoder_.get(), nullptr), "end the AAC track");
    receive(emit);
  }

 private:
  static av::CodecContextPtr allocate(const AVCodec* codec, const CodecParameters& source) {
    av::CodecContextPtr context(avcodec_alloc_context3(codec));
    if (!context) throw std::bad_alloc();
    context->sample_rate = source.sampleRate;
    av_channel_layout_default(&context->ch_layout, source.channels);
    context->time_base = {1, source.sampleRate};
    context->thread_count = 1;
    return context;
  }

  static av::FramePtr makeFrame() {
    av::FramePtr frame(av_frame_alloc());
    if (!frame) throw std::bad_alloc();
    return frame;
  }

  void openDecoder(const CodecParameters& source) {
    const AVCodec* codec = avcodec_find_decoder(decoderOf(source.codec));
    decoder_ = allocate(codec, source);
    decoder_->bits_per_coded_sample = source.bitsPerSample;
    decoder_->pkt_timebase = decoder_->time_base;
    check(avcodec_open2(decoder_.get(), codec, nullptr), "open the audio decoder");
  }

  void openEncoder(const CodecParameters& source) {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    encoder_ = allocate(codec, source);
    encoder_->sample_fmt = AV_SAMPLE_FMT_FLTP;
    encoder_->bit_rate =
        source.channels * std::clamp(kBitsPerSample * source.sampleRate, kMinBitRate, kMaxBitRate);
    encoder_->profile = kAacLow;
    encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    check(avcodec_open2(encoder_.get(), codec, nullptr), "open the AAC encoder");
  }

  [[nodiscard]] size_t waitingSamples() const { return waiting_.front().size(); }
  [[nodiscard]] size_t frameSize() const { return static_cast<size_t>(encoder_->frame_size); }

  /// Lays decoded samples behind those that wait, with the hole or the overlap between them.
  void take(const AVFrame& frame, int64_t at, const Emit& emit) {
    size_t skip = 0;
    if (!begin_) begin_ = at;
    const int64_t hole = at - (*begin_ + static_cast<int64_t>(waitingSamples()));
    if (hole >= static_cast<int64_t>(frameSize())) {
      if (waitingSamples() > 0) {
        fill(frameSize() - waitingSamples());
        encode(frameSize(), emit);
      }
      begin_ = at;
    } else if (hole > 0) {
      fill(static_cast<size_t>(hole));
    } else {
      skip = std::min(static_cast<size_t>(-hole), static_cast<size_t>(frame.nb_samples));
    }
    const auto* samples = reinterpret_cast<const int16_t*>(frame.data[0]);
    for (size_t i = skip; i < static_cast<size_t>(frame.nb_samples); ++i) {
      for (size_t channel = 0; channel < channels_; ++channel) {
        waiting_[channel].push_back(static_cast<float>(samples[i * channels_ + channel]) /
                                    kFullScale);
      }
      if (waitingSamples() >= frameSize()) encode(frameSize(), emit);
    }
  }

  void fill(size_t samples) {
    for (auto& channel : waiting_) channel.resize(channel.size() + samples, 0.0F);
  }

  void encode(size_t samples, const Emit& emit) {
    const av::FramePtr frame = makeFrame();
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->nb_samples = static_cast<int>(samples);
    frame->sample_rate = encoder_->sample_rate;
    check(av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout), "encode AAC");
    check(av_frame_get_buffer(frame.get(), 0), "encode AAC");
    frame->pts = *begin_;
    for (size_t channel = 0; channel < channels_; ++channel) {
      auto& from = waiting_[channel];
      std::memcpy(frame->extended_data[channel], from.data(), samples * sizeof(float));
      from.erase(from.begin(), from.begin() + static_cast<ptrdiff_t>(samples));
    }
    *begin_ += static_cast<int64_t>(samples);
    check(avcodec_send_frame(encoder_.get(), frame.get()), "encode AAC");
    receive(emit);
  }

  void receive(const Emit& emit) {
    for (;;) {
      const int status = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
      check(status, "encode AAC");
      emit(*packet_);
      av_packet_unref(packet_.get());
    }
  }

  size_t channels_;
  av::CodecContextPtr decoder_;
  av::CodecContextPtr encoder_;
  av::FramePtr decoded_ = makeFrame();
  av::PacketPtr packet_ = av::makePacket();
  std::vector<std::vector<float>> waiting_;  ///< per channel: less than a frame
  std::optional<int64_t> begin_;             ///< position of the first waiting sample
};

bool AacTranscoder::accepts(const CodecParameters& source) {
  const AVCodec* encoder = avcodec_find_encoder(AV_CODEC_ID_AAC);
  return encoder != nullptr && avcodec_find_decoder(decoderOf(source.codec)) != nullptr &&
         source.channels >= 1 && source.channels <= kMaxChannels &&
         encodesRate(*encoder, source.sampleRate);
}

AacTranscoder::AacTranscoder(const CodecParameters& source) {
  if (!accepts(source)) {
    throw Error("ERR_MUX", std::string("this FFmpeg cannot turn ") + codecName(source.codec) +
                               " of " + std::to_string(source.sampleRate) + " Hz and " +
                               std::to_string(source.channels) +
                               " channels into AAC; export to Matroska (.mkv), which keeps it");
  }
  impl_ = std::make_unique<Impl>(source);
}

AacTranscoder::~AacTranscoder() = default;

void AacTranscoder::describe(AVCodecParameters* out) const {
  impl_->describe(out);
}

void AacTranscoder::write(ByteView unit, int64_t at, const Emit& emit) {
  impl_->write(unit, at, emit);
}

void AacTranscoder::finish(const Emit& emit) {
  impl_->finish(emit);
}

}  // namespace flux
