// The streams of the fake NVENC, which are real: libx264 and libx265 with NVENC's settings.
extern "C" {
#include <libavutil/opt.h>
}

#include <cstring>

#include "nvenc_state.h"

namespace fakenvenc {
namespace {

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct PacketDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

bool isH264(const Session& session) {
  const GUID wanted = NV_ENC_CODEC_H264_GUID;
  return std::memcmp(&session.settings.encodeGUID, &wanted, sizeof wanted) == 0;
}

/// I420 of what is in the GPU's memory.
std::unique_ptr<AVFrame, FrameDeleter> read(const Input& input) {
  const auto* luma = static_cast<const uint8_t*>(fakeCudaMemory(input.address, input.bytes()));
  if (luma == nullptr) return nullptr;
  const uint8_t* chroma = luma + size_t{input.pitch} * input.height;
  std::unique_ptr<AVFrame, FrameDeleter> frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = static_cast<int>(input.width);
  frame->height = static_cast<int>(input.height);
  if (av_frame_get_buffer(frame.get(), 0) < 0) return nullptr;
  for (uint32_t y = 0; y < input.height; ++y) {
    std::memcpy(frame->data[0] + ptrdiff_t{y} * frame->linesize[0], luma + size_t{y} * input.pitch,
                input.width);
  }
  for (uint32_t y = 0; y < input.height / 2; ++y) {
    const uint8_t* line = chroma + size_t{y} * input.pitch;
    for (uint32_t x = 0; x < input.width / 2; ++x) {
      frame->data[1][ptrdiff_t{y} * frame->linesize[1] + x] = line[2 * x];
      frame->data[2][ptrdiff_t{y} * frame->linesize[2] + x] = line[2 * x + 1];
    }
  }
  return frame;
}

}  // namespace

void setRate(Session& session) {
  const NV_ENC_RC_PARAMS& rate = session.config.rcParams;
  session.codec->bit_rate = session.codec->rc_max_rate = rate.averageBitRate;
  session.codec->rc_buffer_size = static_cast<int>(rate.vbvBufferSize);
}

bool openCodec(Session& session) {
  const bool h264 = isH264(session);
  const AVCodec* codec = avcodec_find_encoder_by_name(h264 ? "libx264" : "libx265");
  if (codec == nullptr) return false;
  av_log_set_level(AV_LOG_QUIET);
  session.codec.reset(avcodec_alloc_context3(codec));
  AVCodecContext& context = *session.codec;
  const NV_ENC_INITIALIZE_PARAMS& settings = session.settings;
  context.width = static_cast<int>(settings.encodeWidth);
  context.height = static_cast<int>(settings.encodeHeight);
  context.pix_fmt = AV_PIX_FMT_YUV420P;
  context.framerate = {static_cast<int>(settings.frameRateNum),
                       static_cast<int>(settings.frameRateDen)};
  context.time_base = av_inv_q(context.framerate);
  context.gop_size = session.config.gopLength == NVENC_INFINITE_GOPLENGTH
                         ? 1 << 20
                         : static_cast<int>(session.config.gopLength);
  context.max_b_frames = 0;
  context.thread_count = 1;
  const auto& own = session.config.encodeCodecConfig;
  const auto& vui = h264 ? own.h264Config.h264VUIParameters : own.hevcConfig.hevcVUIParameters;
  const bool repeats = h264 ? own.h264Config.repeatSPSPPS != 0 : own.hevcConfig.repeatSPSPPS != 0;
  if (!repeats) context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  context.color_range = vui.videoFullRangeFlag != 0 ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context.colorspace = static_cast<AVColorSpace>(vui.colourMatrix);
  context.color_primaries = static_cast<AVColorPrimaries>(vui.colourPrimaries);
  context.color_trc = static_cast<AVColorTransferCharacteristic>(vui.transferCharacteristics);
  setRate(session);
  av_opt_set(context.priv_data, "preset", h264 ? "veryfast" : "ultrafast", 0);
  av_opt_set(context.priv_data, "tune", "zerolatency", 0);
  av_opt_set(context.priv_data, "forced-idr", "1", 0);
  av_opt_set(context.priv_data, "sc_threshold", "0", 0);
  av_opt_set(context.priv_data, "x265-params", "log-level=none:pools=none:frame-threads=1", 0);
  return avcodec_open2(&context, codec, nullptr) == 0;
}

bool encode(Session& session, const Input& input, bool keyFrame, std::vector<uint8_t>& out) {
  const auto frame = read(input);
  if (frame == nullptr) return false;
  frame->pts = session.count++;
  frame->pict_type = keyFrame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  const std::unique_ptr<AVPacket, PacketDeleter> packet(av_packet_alloc());
  if (avcodec_send_frame(session.codec.get(), frame.get()) < 0) return false;
  if (avcodec_receive_packet(session.codec.get(), packet.get()) < 0) return false;
  out.assign(packet->data, packet->data + packet->size);
  return true;
}

}  // namespace fakenvenc
