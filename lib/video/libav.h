// What the video room shares of libavcodec: ownership and errors. Internal to lib/video.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

#include <memory>
#include <string>

#include "base/error.h"

namespace flux::video {

struct CodecContextDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
using CodecContextPtr = std::unique_ptr<AVCodecContext, CodecContextDeleter>;

struct AvFrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using AvFramePtr = std::unique_ptr<AVFrame, AvFrameDeleter>;

struct AvPacketDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using AvPacketPtr = std::unique_ptr<AVPacket, AvPacketDeleter>;

// Each throws std::bad_alloc where there is no memory.
AvFramePtr makeAvFrame();
AvPacketPtr makeAvPacket();
CodecContextPtr makeContext(const AVCodec* codec);

inline constexpr const char* kEncodingFailed = "ERR_ENCODE";

/// Throws where `status` is libav's word for a failure: `code`, and `action: its words`.
void check(int status, const char* code, const std::string& action);

}  // namespace flux::video
