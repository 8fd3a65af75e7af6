#include "video/decoder_context.h"

#include <cstring>
#include <string>

namespace flux::video {
namespace {

AVCodecID codecId(Codec codec) {
  switch (codec) {
    case Codec::kH264:
      return AV_CODEC_ID_H264;
    case Codec::kH265:
      return AV_CODEC_ID_HEVC;
    case Codec::kMjpeg:
      return AV_CODEC_ID_MJPEG;
    default:
      throw Error("ERR_INVALID_ARGUMENT",
                  std::string("there is no picture in ") + codecName(codec));
  }
}

}  // namespace

CodecContextPtr makeDecoderContext(const CodecParameters& parameters) {
  const AVCodec* codec = avcodec_find_decoder(codecId(parameters.codec));
  if (codec == nullptr) {
    throw Error("ERR_UNSUPPORTED", std::string("this FFmpeg has no decoder for ") +
                                       codecName(parameters.codec) +
                                       ": install a libavcodec that has one (fluxvision doctor "
                                       "shows what it has)");
  }
  CodecContextPtr context = makeContext(codec);
  context->thread_count = 1;
  context->max_pixels = kMaxPixels;
  const Bytes& configuration = parameters.decoderConfiguration;
  if (!configuration.empty()) {
    const size_t size = configuration.size();
    context->extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    if (context->extradata == nullptr) throw std::bad_alloc();
    std::memcpy(context->extradata, configuration.data(), size);
    context->extradata_size = static_cast<int>(size);
  }
  return context;
}

void openDecoderContext(AVCodecContext& context, const CodecParameters& parameters) {
  check(avcodec_open2(&context, context.codec, nullptr), "ERR_DECODE",
        std::string("the parameter sets of the ") + codecName(parameters.codec) +
            " stream are not usable");
}

}  // namespace flux::video
