#include "video/jpeg_encoder.h"

#include <algorithm>
#include <cmath>

#include "video/libav.h"

namespace flux::video {
namespace {

constexpr double kCoarsest = 31;
/// Of libavcodec's quantizer to the percentage by which libjpeg scales its tables: files come out
/// about as large as libjpeg's. 100 % is quality 50.
constexpr double kQuantizerPerPercent = 0.075;

/// libavcodec's quantizer, 1 to 31, from the quality that libjpeg made the usual measure.
int quantizerOf(int quality) {
  const double q = std::clamp(quality, 1, kBestJpegQuality);
  const double percent = q < 50 ? 5000 / q : 200 - 2 * q;
  return static_cast<int>(std::lround(std::clamp(percent * kQuantizerPerPercent, 1.0, kCoarsest)));
}

CodecContextPtr openEncoder(const AVFrame& frame, int quantizer) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) {
    throw Error("ERR_UNSUPPORTED",
                "this FFmpeg has no JPEG encoder (mjpeg): install libavcodec with it");
  }
  CodecContextPtr encoder = makeContext(codec);
  encoder->width = frame.width;
  encoder->height = frame.height;
  encoder->pix_fmt = static_cast<AVPixelFormat>(frame.format);
  encoder->color_range = AVCOL_RANGE_JPEG;
  encoder->time_base = {1, 25};
  encoder->sample_aspect_ratio = {1, 1};  // writes the JFIF header that every viewer looks for
  encoder->thread_count = 1;
  encoder->qmin = 1;
  encoder->global_quality = FF_QP2LAMBDA * quantizer;
  // Without a comment that names the encoder.
  encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  check(avcodec_open2(encoder.get(), codec, nullptr), kEncodingFailed, "open the JPEG encoder");
  return encoder;
}

}  // namespace

Bytes encodeJpeg(const Frame& frame, int quality) {
  const int quantizer = quantizerOf(quality);
  const CodecContextPtr encoder = openEncoder(frame.av(), quantizer);
  const AvFramePtr input = makeAvFrame();
  check(av_frame_ref(input.get(), &frame.av()), kEncodingFailed, "encode a JPEG");
  input->quality = FF_QP2LAMBDA * quantizer;
  const AvPacketPtr packet = makeAvPacket();
  check(avcodec_send_frame(encoder.get(), input.get()), kEncodingFailed, "encode a JPEG");
  check(avcodec_receive_packet(encoder.get(), packet.get()), kEncodingFailed, "encode a JPEG");
  return {packet->data, packet->data + packet->size};
}

}  // namespace flux::video
