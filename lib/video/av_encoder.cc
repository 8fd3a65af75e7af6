#include "video/av_encoder.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cmath>

#include "video/convert.h"
#include "video/encoded_units.h"
#include "video/libav.h"

namespace flux::video {
namespace {

/// From this many pixels a second on, speed counts for more than the last tenth of bits.
constexpr double kManyPixels = 1280.0 * 720 * 20;

struct Backend {
  const char* name;
  Codec codec;
  /// AVCodecContext::bit_rate may change between two frames.
  bool changesBitrate;
  bool takesNv12;
};

constexpr std::array kBackends = {Backend{"libx264", Codec::kH264, true, true},
                                  Backend{"libopenh264", Codec::kH264, false, false},
                                  Backend{"libx265", Codec::kH265, false, false}};

void setOption(AVCodecContext& context, const char* name, const char* value) {
  // An option that this build of the library lacks changes speed or quality, nothing else.
  av_opt_set(context.priv_data, name, value, 0);
}

void setBackendOptions(AVCodecContext& context, const std::string& backend, const char* preset) {
  if (backend == "libopenh264") {
    setOption(context, "rc_mode", "bitrate");
    setOption(context, "allow_skip_frames", "0");
    return;
  }
  setOption(context, "preset", preset);
  setOption(context, "tune", "zerolatency");
  setOption(context, "forced-idr", "1");
  setOption(context, "sc_threshold", "0");  // key frames come when they are due
  if (backend == "libx265") {
    setOption(context, "x265-params",
              "log-level=none:info=0:pools=none:frame-threads=1:scenecut=0:open-gop=0");
  }
}

void setColours(AVCodecContext& context, ColourSpec colour) {
  context.color_range = colour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context.colorspace = static_cast<AVColorSpace>(avMatrixOf(colour.matrix));
  switch (colour.matrix) {
    case Matrix::kBt601:
      context.color_primaries = AVCOL_PRI_SMPTE170M;
      context.color_trc = AVCOL_TRC_SMPTE170M;
      break;
    case Matrix::kBt709:
      context.color_primaries = AVCOL_PRI_BT709;
      context.color_trc = AVCOL_TRC_BT709;
      break;
    case Matrix::kBt2020:
      context.color_primaries = AVCOL_PRI_BT2020;
      context.color_trc = AVCOL_TRC_BT2020_10;
      break;
  }
}

void setBitrateOf(AVCodecContext& context, int64_t bitrate, double frameRate) {
  context.bit_rate = bitrate;
  context.rc_max_rate = bitrate;
  context.rc_buffer_size =
      static_cast<int>(std::min<int64_t>(encoderBufferBits(bitrate, frameRate), INT32_MAX));
}

class AvEncoder final : public Encoder {
 public:
  AvEncoder(const EncoderOptions& options, const Backend& backend)
      : options_(options),
        backend_(backend),
        units_(options.codec),
        bitrate_(options.bitrate),
        packet_(makeAvPacket()) {
    open(AV_PIX_FMT_YUV420P);
  }

  [[nodiscard]] const char* backend() const noexcept override { return backend_.name; }

  AccessUnitPtr encode(const Input& input) override {
    const Frame picture = input.picture.onHost();
    const bool keyFrame = input.keyFrame || sinceKeyFrame_ >= options_.keyFrameEvery;
    adapt(picture, keyFrame);
    const AvFramePtr frame = fitting(picture);
    frame->pts = count_;
    frame->pict_type = keyFrame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    check(avcodec_send_frame(context_.get(), frame.get()), kEncodingFailed, "encode a picture");
    const int status = avcodec_receive_packet(context_.get(), packet_.get());
    if (status == AVERROR(EAGAIN)) {
      throw Error(kEncodingFailed, std::string(backend_.name) + " kept a picture back");
    }
    check(status, kEncodingFailed, "encode a picture");
    AccessUnitPtr unit = units_.make({packet_->data, static_cast<size_t>(packet_->size)}, input);
    av_packet_unref(packet_.get());
    ++count_;
    sinceKeyFrame_ = unit->keyFrame ? 1 : sinceKeyFrame_ + 1;
    return unit;
  }

  void setBitrate(int64_t bitsPerSecond) override {
    EncoderOptions changed = options_;
    changed.bitrate = bitsPerSecond;
    checkEncoderOptions(changed);
    bitrate_ = bitsPerSecond;
    if (backend_.changesBitrate) setBitrateOf(*context_, bitrate_, options_.frameRate);
  }

 private:
  void open(AVPixelFormat format) {
    const AVCodec* codec = avcodec_find_encoder_by_name(backend_.name);
    CodecContextPtr context = makeContext(codec);
    context->width = options_.size.width;
    context->height = options_.size.height;
    context->pix_fmt = format;
    context->sample_aspect_ratio = {1, 1};
    context->framerate = av_d2q(options_.frameRate, 100000);
    context->time_base = av_inv_q(context->framerate);
    context->gop_size = options_.keyFrameEvery;
    context->max_b_frames = 0;
    context->refs = 1;
    context->thread_count = std::max(1, options_.threads);
    context->thread_type = FF_THREAD_SLICE;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY | AV_CODEC_FLAG_CLOSED_GOP;
    setColours(*context, options_.colour);
    setBitrateOf(*context, bitrate_, options_.frameRate);
    const double pixels = options_.frameRate * options_.size.width * options_.size.height;
    setBackendOptions(*context, backend_.name, pixels >= kManyPixels ? "superfast" : "veryfast");
    check(avcodec_open2(context.get(), codec, nullptr), kEncodingFailed,
          std::string("open ") + backend_.name);
    context_ = std::move(context);
    openBitrate_ = bitrate_;
    sinceKeyFrame_ = options_.keyFrameEvery;  // a new context begins with one
    count_ = 0;
  }

  /// Opens the encoder anew where it cannot go on as it is: only ever at a key frame.
  void adapt(const Frame& picture, bool keyFrame) {
    const bool nv12 = picture.av().format == AV_PIX_FMT_NV12 && backend_.takesNv12;
    if (count_ == 0 && nv12) {
      if (context_->pix_fmt != AV_PIX_FMT_NV12) open(AV_PIX_FMT_NV12);
      return;
    }
    if (keyFrame && !backend_.changesBitrate && openBitrate_ != bitrate_) open(context_->pix_fmt);
  }

  /// A frame of its own, as the encoder takes it; the pixels are the picture's where they fit.
  AvFramePtr fitting(const Frame& picture) {
    const AVPixelFormat format = context_->pix_fmt;
    const bool fits = picture.size() == options_.size &&
                      withoutRange(picture.av().format) == format &&
                      picture.colour() == options_.colour;
    const Frame taken =
        fits
            ? picture
            : converter_.toFrame(picture, {.format = format == AV_PIX_FMT_NV12 ? PixelFormat::kNv12
                                                                               : PixelFormat::kI420,
                                           .size = options_.size,
                                           .colour = options_.colour});
    AvFramePtr frame = makeAvFrame();
    check(av_frame_ref(frame.get(), &taken.av()), kEncodingFailed, "encode a picture");
    frame->format = format;
    return frame;
  }

  const EncoderOptions options_;
  const Backend& backend_;
  EncodedUnits units_;
  int64_t bitrate_;
  int64_t openBitrate_ = 0;
  CodecContextPtr context_;
  Converter converter_;
  const AvPacketPtr packet_;
  int64_t count_ = 0;  ///< frames since the context was opened
  int sinceKeyFrame_ = 0;
};

bool isPresent(const Backend& backend) {
  return avcodec_find_encoder_by_name(backend.name) != nullptr;
}

[[noreturn]] void throwMissing(Codec codec, const std::string& wanted) {
  const std::string names = codec == Codec::kH264 ? "libx264 or libopenh264" : "libx265";
  throw Error("ERR_UNSUPPORTED", std::string("this libavcodec cannot encode ") + codecName(codec) +
                                     (wanted.empty() ? "" : " with " + wanted) +
                                     ": install one that was built with " + names +
                                     ", or choose another codec");
}

}  // namespace

std::vector<std::string> avEncoders(Codec codec) {
  std::vector<std::string> out;
  for (const Backend& backend : kBackends) {
    if (backend.codec == codec && isPresent(backend)) out.emplace_back(backend.name);
  }
  return out;
}

std::unique_ptr<Encoder> makeAvEncoder(const EncoderOptions& options, const std::string& backend) {
  checkEncoderOptions(options);
  const auto found = std::ranges::find_if(kBackends, [&](const Backend& candidate) {
    return candidate.codec == options.codec && (backend.empty() || backend == candidate.name) &&
           isPresent(candidate);
  });
  if (found == kBackends.end()) throwMissing(options.codec, backend);
  return std::make_unique<AvEncoder>(options, *found);
}

}  // namespace flux::video
