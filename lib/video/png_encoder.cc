#include "video/png_encoder.h"

#include "video/libav.h"

namespace flux::video {
namespace {

/// zlib's: the higher ones take several times as long for a few per cent.
constexpr int kCompression = 3;

CodecContextPtr openEncoder(Size size, AVPixelFormat format) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) {
    throw Error("ERR_UNSUPPORTED",
                "this FFmpeg has no PNG encoder (png): install libavcodec with it, or take RGBA");
  }
  CodecContextPtr encoder = makeContext(codec);
  encoder->width = size.width;
  encoder->height = size.height;
  encoder->pix_fmt = format;
  encoder->time_base = {1, 25};
  encoder->thread_count = 1;
  encoder->compression_level = kCompression;
  check(avcodec_open2(encoder.get(), codec, nullptr), kEncodingFailed, "open the PNG encoder");
  return encoder;
}

AvFramePtr pictureOf(ByteView rgba, Size size, bool opaque) {
  AvFramePtr frame = makeAvFrame();
  frame->format = opaque ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_RGBA;
  frame->width = size.width;
  frame->height = size.height;
  check(av_frame_get_buffer(frame.get(), 0), kEncodingFailed, "make a picture");
  const uint8_t* from = rgba.data();
  for (int y = 0; y < size.height; ++y) {
    uint8_t* to = frame->data[0] + ptrdiff_t{y} * frame->linesize[0];
    for (int x = 0; x < size.width; ++x, from += 4) {
      *to++ = from[0];
      *to++ = from[1];
      *to++ = from[2];
      if (!opaque) *to++ = from[3];
    }
  }
  return frame;
}

}  // namespace

Bytes encodePng(ByteView rgba, Size size, bool opaque) {
  if (size.width < 1 || size.height < 1 || int64_t{size.width} * size.height > kMaxPixels ||
      rgba.size() != static_cast<size_t>(size.width) * static_cast<size_t>(size.height) * 4) {
    throw Error("ERR_INVALID_ARGUMENT", "a PNG needs four bytes for each pixel of its size");
  }
  const AvFramePtr picture = pictureOf(rgba, size, opaque);
  const CodecContextPtr encoder = openEncoder(size, static_cast<AVPixelFormat>(picture->format));
  const AvPacketPtr packet = makeAvPacket();
  check(avcodec_send_frame(encoder.get(), picture.get()), kEncodingFailed, "encode a PNG");
  check(avcodec_receive_packet(encoder.get(), packet.get()), kEncodingFailed, "encode a PNG");
  return {packet->data, packet->data + packet->size};
}

}  // namespace flux::video
