// Encodes raw I420 pictures as the engine would, and says how long that took:
//   bench_encode FILE WIDTH HEIGHT FRAMES_PER_SECOND BITRATE ENCODER SCALED_WIDTH SCALED_HEIGHT
// prints {"frames", "seconds", "bytes"} as JSON: seconds of processor time, without reading the
// file.
extern "C" {
#include <libavutil/frame.h>
}

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "video/av_encoder.h"

namespace {

using flux::video::Frame;

/// The file's pictures, all of them in memory.
std::vector<Frame> readPictures(const std::string& path, int width, int height) {
  std::ifstream file(path, std::ios::binary);
  std::vector<Frame> out;
  for (;;) {
    std::shared_ptr<AVFrame> frame(av_frame_alloc(), [](AVFrame* own) { av_frame_free(&own); });
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    frame->colorspace = AVCOL_SPC_BT709;
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    for (int plane = 0; plane < 3; ++plane) {
      const int shift = plane == 0 ? 0 : 1;
      for (int y = 0; y < height >> shift; ++y) {
        file.read(reinterpret_cast<char*>(frame->data[plane] + y * frame->linesize[plane]),
                  width >> shift);
      }
    }
    if (!file) return out;
    out.emplace_back(std::shared_ptr<const AVFrame>(std::move(frame)));
  }
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 8) throw std::runtime_error("eight arguments are needed");
  const int width = std::stoi(arguments[1]);
  const int height = std::stoi(arguments[2]);
  const double frameRate = std::stod(arguments[3]);
  const flux::video::EncoderOptions options{
      .codec = arguments[5] == "libx265" ? flux::Codec::kH265 : flux::Codec::kH264,
      .size = {std::stoi(arguments[6]), std::stoi(arguments[7])},
      .frameRate = frameRate,
      .bitrate = std::stoll(arguments[4]),
      .keyFrameEvery = 2 * static_cast<int>(frameRate)};
  const std::vector<Frame> pictures = readPictures(arguments[0], width, height);
  const auto encoder = flux::video::makeAvEncoder(options, arguments[5]);
  size_t bytes = 0;
  int64_t number = 0;
  const std::clock_t begun = std::clock();  // processor time: other programs change it little
  for (const Frame& picture : pictures) {
    bytes += encoder->encode({.picture = picture, .timestamp = number++ * 40000})->data.size();
  }
  const double seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  std::printf("{\"frames\": %zu, \"seconds\": %.6f, \"bytes\": %zu}\n", pictures.size(), seconds,
              bytes);
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    return run({values + 1, values + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_encode: %s\n", error.what());
    return 1;
  }
}
