// Made-up pictures for encoders, and what a decoder makes of what they became.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include "codec/nal.h"
#include "video/encoder.h"

namespace flux::test {

inline std::shared_ptr<AVFrame> newFrame(video::Size size, AVPixelFormat format) {
  std::shared_ptr<AVFrame> frame(av_frame_alloc(), [](AVFrame* held) { av_frame_free(&held); });
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

/// The picture with this number of a film: soft shapes that move, which every encoder can show.
inline video::Frame movingPicture(int number, video::Size size,
                                  AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  const auto frame = newFrame(size, format);
  const auto wave = [&](int x, int y, double scale, int phase) {
    return 128 + 70 * std::sin((x + 2 * number) * scale) * std::cos((y + phase + number) * scale);
  };
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      frame->data[0][y * frame->linesize[0] + x] = static_cast<uint8_t>(wave(x, y, 0.06, 0));
    }
  }
  const bool nv12 = format == AV_PIX_FMT_NV12;
  for (int y = 0; y < size.height / 2; ++y) {
    for (int x = 0; x < size.width / 2; ++x) {
      const auto cb = static_cast<uint8_t>(wave(x, y, 0.03, 5));
      const auto cr = static_cast<uint8_t>(wave(x, y, 0.04, 50));
      if (nv12) {
        frame->data[1][y * frame->linesize[1] + 2 * x] = cb;
        frame->data[1][y * frame->linesize[1] + 2 * x + 1] = cr;
      } else {
        frame->data[1][y * frame->linesize[1] + x] = cb;
        frame->data[2][y * frame->linesize[2] + x] = cr;
      }
    }
  }
  frame->colorspace = AVCOL_SPC_BT709;
  frame->color_range = AVCOL_RANGE_MPEG;
  return video::Frame(std::shared_ptr<const AVFrame>(frame));
}

/// Of two pictures of one size, I420 or NV12, by their luma; in decibels, 100 where they are equal.
inline double lumaPsnr(const AVFrame& a, const AVFrame& b) {
  if (a.width != b.width || a.height != b.height) return 0;
  double squares = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      const double d = a.data[0][y * a.linesize[0] + x] - b.data[0][y * b.linesize[0] + x];
      squares += d * d;
    }
  }
  const double mean = squares / (static_cast<double>(a.width) * a.height);
  return mean == 0 ? 100 : 10 * std::log10(255 * 255 / mean);
}

/// libavcodec's decoder, fed with nothing but the units: it has to find its parameters in them.
class UnitDecoder final {
 public:
  explicit UnitDecoder(Codec codec) {
    const AVCodec* decoder =
        avcodec_find_decoder(codec == Codec::kH264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC);
    context_.reset(avcodec_alloc_context3(decoder));
    context_->thread_count = 1;
    context_->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context_->err_recognition = AV_EF_EXPLODE;
    if (avcodec_open2(context_.get(), decoder, nullptr) < 0) throw std::runtime_error("no decoder");
  }

  /// The pictures that are complete with `unit`.
  std::vector<std::shared_ptr<AVFrame>> decode(const AccessUnit& unit) {
    Bytes annexB;
    nal::forEachNal(unit.data, [&](ByteView nal) {
      annexB.insert(annexB.end(), {0, 0, 0, 1});
      annexB.insert(annexB.end(), nal.begin(), nal.end());
    });
    std::unique_ptr<AVPacket, PacketDeleter> packet(av_packet_alloc());
    if (av_new_packet(packet.get(), static_cast<int>(annexB.size())) < 0) throw std::bad_alloc();
    std::ranges::copy(annexB, packet->data);
    return send(packet.get());
  }
  std::vector<std::shared_ptr<AVFrame>> flush() { return send(nullptr); }

 private:
  struct ContextDeleter {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  };
  struct PacketDeleter {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  };

  std::vector<std::shared_ptr<AVFrame>> send(const AVPacket* packet) {
    if (avcodec_send_packet(context_.get(), packet) < 0) {
      throw std::runtime_error("a unit does not decode");
    }
    std::vector<std::shared_ptr<AVFrame>> out;
    for (;;) {
      std::shared_ptr<AVFrame> frame(av_frame_alloc(), [](AVFrame* held) { av_frame_free(&held); });
      if (avcodec_receive_frame(context_.get(), frame.get()) < 0) return out;
      out.push_back(std::move(frame));
    }
  }

  std::unique_ptr<AVCodecContext, ContextDeleter> context_;
};

}  // namespace flux::test
