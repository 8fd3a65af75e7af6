// Conversions of 1080p pictures against libswscale's, for `npm run bench -- convert`: one line of
// JSON per figure. One thread.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
}

#include "meter.h"
#include "video/convert.h"

namespace {

using namespace flux;         // NOLINT(google-build-using-namespace)
using namespace flux::video;  // NOLINT(google-build-using-namespace)

constexpr Size kFrom{1920, 1080};

struct FrameFree {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct SwsFree {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using Picture = std::shared_ptr<AVFrame>;

Picture makePicture(AVPixelFormat format, Size size) {
  Picture picture(av_frame_alloc(), FrameFree());
  picture->format = format;
  picture->width = size.width;
  picture->height = size.height;
  picture->colorspace = AVCOL_SPC_BT709;
  picture->color_range = AVCOL_RANGE_MPEG;
  if (av_frame_get_buffer(picture.get(), 0) < 0) std::abort();
  return picture;
}

/// Gradients with a little noise.
Picture makeSource(AVPixelFormat format) {
  Picture picture = makePicture(format, kFrom);
  std::mt19937 random(1);
  for (int p = 0; p < 3 && picture->data[p] != nullptr; ++p) {
    const int bytes = av_image_get_linesize(format, kFrom.width, p);
    for (int y = 0; y < (p == 0 ? kFrom.height : kFrom.height / 2); ++y) {
      for (int x = 0; x < bytes; ++x) {
        picture->data[p][ptrdiff_t{y} * picture->linesize[p] + x] =
            static_cast<uint8_t>(16 + (x + y) / 16 + random() % 8);
      }
    }
  }
  return picture;
}

struct Case {
  const char* name;
  ConvertOptions options;
  AVPixelFormat peerFormat;
  Size peerSize;  ///< without bars
};

const Case kCases[] = {
    {"RGB24 1920x1080", {.format = PixelFormat::kRgb24, .size = kFrom}, AV_PIX_FMT_RGB24, kFrom},
    {"float tensor 640x640, letterboxed",
     {.format = PixelFormat::kTensorF32, .size = {640, 640}, .fit = Fit::kLetterbox},
     AV_PIX_FMT_RGB24,
     {640, 360}},
    {"RGB24 320x180",
     {.format = PixelFormat::kRgb24, .size = {320, 180}},
     AV_PIX_FMT_RGB24,
     {320, 180}},
    {"grey 160x90",
     {.format = PixelFormat::kGray8, .size = {160, 90}},
     AV_PIX_FMT_GRAY8,
     {160, 90}},
    {"NV12 640x360",
     {.format = PixelFormat::kNv12, .size = {640, 360}},
     AV_PIX_FMT_NV12,
     {640, 360}},
};

bench::Subject own(std::string name, const Picture& from, const Case& what, CpuLevel level) {
  const auto converter = std::make_shared<Converter>(level);
  const size_t size = packedBytes(what.options.format, what.options.size);
  // Aligned as libav aligns the peer's.
  const std::shared_ptr<uint8_t> bytes(
      static_cast<uint8_t*>(std::aligned_alloc(64, (size + 63) / 64 * 64)), std::free);
  const Frame frame((std::shared_ptr<const AVFrame>(from)));
  const Destination to = packedInto({bytes.get(), size}, what.options.format, what.options.size);
  return {std::move(name), 1'000'000,
          [=] { static_cast<void>(bytes), converter->convert(frame, what.options, to); }};
}

/// What a program does with libswscale's packed bytes for a tensor: bars above and below, and
/// planes between.
void toPlanes(const AVFrame& rgb, Size size, std::vector<float>& planes) {
  const size_t plane = planes.size() / 3;
  const size_t bar = size_t{1} * size.width * (size.height - rgb.height) / 2;
  for (size_t c = 0; c < 3; ++c) {
    const auto begin = planes.begin() + static_cast<ptrdiff_t>(c * plane);
    std::fill_n(begin, bar, 0.0F);
    std::fill_n(begin + static_cast<ptrdiff_t>(plane - bar), bar, 0.0F);
  }
  for (int y = 0; y < rgb.height; ++y) {
    const uint8_t* row = rgb.data[0] + ptrdiff_t{y} * rgb.linesize[0];
    float* const out = planes.data() + bar + size_t{1} * y * rgb.width;
    for (int x = 0; x < rgb.width; ++x) {
      for (size_t c = 0; c < 3; ++c) {
        out[c * plane + x] = static_cast<float>(row[3 * x + static_cast<int>(c)]) * (1.0F / 255);
      }
    }
  }
}

bench::Subject peer(std::string name, const Picture& from, const Case& what, int flags) {
  const std::shared_ptr<SwsContext> scaler(
      sws_getContext(kFrom.width, kFrom.height, static_cast<AVPixelFormat>(from->format),
                     what.peerSize.width, what.peerSize.height, what.peerFormat, flags, nullptr,
                     nullptr, nullptr),
      SwsFree());
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(SWS_CS_ITU709), 0,
                           sws_getCoefficients(SWS_CS_ITU709), 0, 0, 1 << 16, 1 << 16);
  const Picture to = makePicture(what.peerFormat, what.peerSize);
  const auto planes = std::make_shared<std::vector<float>>();
  if (what.options.format == PixelFormat::kTensorF32) {
    planes->resize(size_t{3} * what.options.size.width * what.options.size.height);
  }
  return {std::move(name), 1'000'000, [=] {
            sws_scale(scaler.get(), from->data, from->linesize, 0, kFrom.height, to->data,
                      to->linesize);
            if (!planes->empty()) toPlanes(*to, what.options.size, *planes);
          }};
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 60;
  const struct {
    const char* name;
    AVPixelFormat format;
  } sources[] = {{"I420", AV_PIX_FMT_YUV420P}, {"NV12", AV_PIX_FMT_NV12}};
  const struct {
    const char* name;
    int flags;
  } peers[] = {{"libswscale SWS_FAST_BILINEAR", SWS_FAST_BILINEAR},
               {"libswscale SWS_BILINEAR", SWS_BILINEAR}};
  for (const auto& source : sources) {
    const Picture from = makeSource(source.format);
    for (const Case& what : kCases) {
      std::vector<bench::Subject> subjects;
      for (const CpuLevel level : availableCpuLevels()) {
        subjects.push_back(own(std::string(name(level)), from, what, level));
      }
      for (const auto& [name, flags] : peers) subjects.push_back(peer(name, from, what, flags));
      bench::measure(subjects, rounds, 0.003, bench::Clock::kThread);
      for (const bench::Subject& subject : subjects) {
        // 1e6 "bytes" a call: MB/s are calls per second.
        std::printf(R"({"source":"%s","case":"%s","name":"%s","used":%s,"value":%.1f})"
                    "\n",
                    source.name, what.name, subject.name.c_str(),
                    subject.name == cpuLevelName() ? "true" : "false", subject.best);
        std::fflush(stdout);
      }
    }
  }
  return 0;
}
