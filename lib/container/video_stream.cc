#include "container/video_stream.h"

#include <cstring>

namespace flux::av {

AVStream* addVideoStream(AVFormatContext* context, const CodecParameters& parameters) {
  const Bytes& avcC = parameters.decoderConfiguration;
  if (avcC.size() < 7 || avcC[0] != 1) {
    throw Error("ERR_MUX", "the stream has no H.264 parameter sets yet");
  }
  AVStream* stream = avformat_new_stream(context, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  AVCodecParameters* out = stream->codecpar;
  out->codec_type = AVMEDIA_TYPE_VIDEO;
  out->codec_id = AV_CODEC_ID_H264;
  out->width = parameters.width;
  out->height = parameters.height;
  out->profile = parameters.profileIdc;
  out->level = parameters.levelIdc;
  out->video_delay = parameters.reorderDepth;
  out->extradata = static_cast<uint8_t*>(av_mallocz(avcC.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (out->extradata == nullptr) throw std::bad_alloc();
  std::memcpy(out->extradata, avcC.data(), avcC.size());
  out->extradata_size = static_cast<int>(avcC.size());
  return stream;
}

}  // namespace flux::av
