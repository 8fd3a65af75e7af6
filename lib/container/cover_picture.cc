#include "container/cover_picture.h"

#include <algorithm>
#include <array>
#include <random>

#include "container/av.h"

namespace flux {
namespace {

// What a phone's thumbnail of this size is compressed with, roughly.
constexpr int kQuality = 4;
constexpr int kGrain = 3;

void checkCover(int status, const char* action) {
  if (status < 0) throw av::avError("ERR_CONTAINER", action, status);
}

/// Random values at the corners of a coarse grid, blended smoothly between them.
class Lattice final {
 public:
  static constexpr int kColumns = 5;
  static constexpr int kRows = 4;

  Lattice(std::mt19937_64& random, int low, int high) {
    std::uniform_int_distribution<int> value(low, high);
    for (auto& row : corners_) {
      for (double& corner : row) corner = value(random);
    }
  }

  /// `x` and `y` in [0, 1).
  [[nodiscard]] double at(double x, double y) const {
    const double column = x * (kColumns - 1), row = y * (kRows - 1);
    const auto left = static_cast<size_t>(column), top = static_cast<size_t>(row);
    const double u = smooth(column - static_cast<double>(left));
    const double v = smooth(row - static_cast<double>(top));
    const auto blend = [u](double a, double b) { return a + (b - a) * u; };
    const double upper = blend(corners_[top][left], corners_[top][left + 1]);
    const double lower = blend(corners_[top + 1][left], corners_[top + 1][left + 1]);
    return upper + (lower - upper) * v;
  }

 private:
  static double smooth(double t) { return t * t * (3 - 2 * t); }

  std::array<std::array<double, kColumns>, kRows> corners_;
};

void paint(AVFrame& frame, int plane, int width, int height, const Lattice& colours, int grain,
           std::mt19937_64& random) {
  const uint64_t noise = uint64_t{2} * static_cast<unsigned>(grain) + 1;
  for (int y = 0; y < height; ++y) {
    uint8_t* row = frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane];
    for (int x = 0; x < width; ++x) {
      const int value = static_cast<int>(
          colours.at(static_cast<double>(x) / width, static_cast<double>(y) / height));
      row[x] = static_cast<uint8_t>(
          std::clamp(value + static_cast<int>(random() % noise) - grain, 0, 255));
    }
  }
}

av::FramePtr paintFrame(uint64_t seed) {
  av::FramePtr frame(av_frame_alloc());
  if (frame == nullptr) throw Error("ERR_CONTAINER", "no memory for a picture");
  frame->format = AV_PIX_FMT_YUVJ420P;
  frame->width = kCoverWidth;
  frame->height = kCoverHeight;
  frame->quality = FF_QP2LAMBDA * kQuality;
  checkCover(av_frame_get_buffer(frame.get(), 0), "allocate a picture");
  std::mt19937_64 random(seed);
  const Lattice light(random, 40, 220), blue(random, 108, 148), red(random, 108, 148);
  paint(*frame, 0, kCoverWidth, kCoverHeight, light, kGrain, random);
  paint(*frame, 1, kCoverWidth / 2, kCoverHeight / 2, blue, 0, random);
  paint(*frame, 2, kCoverWidth / 2, kCoverHeight / 2, red, 0, random);
  return frame;
}

av::CodecContextPtr openEncoder() {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) {
    throw Error("ERR_CONTAINER",
                "this FFmpeg has no JPEG encoder (mjpeg): install libavcodec with it, or choose "
                "other file names");
  }
  av::CodecContextPtr encoder(avcodec_alloc_context3(codec));
  if (encoder == nullptr) throw Error("ERR_CONTAINER", "no memory for an encoder");
  encoder->width = kCoverWidth;
  encoder->height = kCoverHeight;
  encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
  encoder->color_range = AVCOL_RANGE_JPEG;
  encoder->time_base = {1, 25};
  encoder->sample_aspect_ratio = {1, 1};  // writes the JFIF header that every viewer looks for
  encoder->thread_count = 1;
  encoder->global_quality = FF_QP2LAMBDA * kQuality;
  // Without a comment that names the encoder.
  encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  checkCover(avcodec_open2(encoder.get(), codec, nullptr), "open the JPEG encoder");
  return encoder;
}

}  // namespace

Bytes makeCoverPicture(uint64_t seed) {
  av::quietLog();
  const av::CodecContextPtr encoder = openEncoder();
  const av::FramePtr frame = paintFrame(seed);
  const av::PacketPtr packet = av::makePacket();
  checkCover(avcodec_send_frame(encoder.get(), frame.get()), "encode a picture");
  checkCover(avcodec_receive_packet(encoder.get(), packet.get()), "encode a picture");
  return {packet->data, packet->data + packet->size};
}

}  // namespace flux
