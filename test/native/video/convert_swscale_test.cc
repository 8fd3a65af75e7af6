// libswscale, asked for its most accurate, as the judge of colours and of smooth pictures' scaling.
extern "C" {
#include <libswscale/swscale.h>
}

#include <gtest/gtest.h>

#include <numbers>

#include "generated_picture.h"
#include "video/convert.h"

namespace flux::video {
namespace {

constexpr Size kSize{192, 108};
constexpr int kAccurate = SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

using Picture = std::function<int(int, int, int)>;

struct SwsFree {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

GeneratedFrame empty(AVPixelFormat format, Size size, const AVFrame& like) {
  GeneratedFrame frame(av_frame_alloc());
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  frame->colorspace = like.colorspace;
  frame->color_range = like.color_range;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

GeneratedFrame scaled(const AVFrame& from, ColourSpec colour, AVPixelFormat format, Size size,
                      int flags) {
  const std::unique_ptr<SwsContext, SwsFree> scaler(
      sws_getContext(from.width, from.height, static_cast<AVPixelFormat>(from.format), size.width,
                     size.height, format, flags | kAccurate, nullptr, nullptr, nullptr));
  constexpr int kSpaces[] = {SWS_CS_ITU601, SWS_CS_ITU709, SWS_CS_BT2020};
  const int* const matrix = sws_getCoefficients(kSpaces[static_cast<int>(colour.matrix)]);
  const bool full = format == AV_PIX_FMT_GRAY8 || colour.fullRange;
  sws_setColorspaceDetails(scaler.get(), matrix, colour.fullRange, matrix, full, 0, 1 << 16,
                           1 << 16);
  GeneratedFrame to = empty(format, size, from);
  sws_scale(scaler.get(), from.data, from.linesize, 0, from.height, to->data, to->linesize);
  return to;
}

/// RGB24 or GRAY8, packed. Chroma is brought to the size of luma before it becomes a colour: on the
/// straight way to RGB libswscale takes the nearer row of chroma or the mean of two.
std::vector<uint8_t> judged(const Frame& frame, AVPixelFormat format, Size size, int flags) {
  const ColourSpec colour = frame.colour();
  GeneratedFrame last;
  if (format == AV_PIX_FMT_GRAY8) {
    last = scaled(frame.av(), colour, format, size, flags);
  } else {
    const GeneratedFrame whole = scaled(frame.av(), colour, AV_PIX_FMT_YUV444P16LE, size, flags);
    last = scaled(*whole, colour, format, size, flags);
  }
  std::vector<uint8_t> packed;
  const int bytes = size.width * (format == AV_PIX_FMT_GRAY8 ? 1 : 3);
  for (int y = 0; y < size.height; ++y) {
    const uint8_t* const row = last->data[0] + ptrdiff_t{y} * last->linesize[0];
    packed.insert(packed.end(), row, row + bytes);
  }
  return packed;
}

std::vector<uint8_t> converted(const Frame& frame, const ConvertOptions& options) {
  std::vector<uint8_t> bytes(packedBytes(options.format, options.size));
  Converter().convert(frame, options, packedInto(bytes, options.format, options.size));
  return bytes;
}

int furthest(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  EXPECT_EQ(a.size(), b.size());
  int most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

struct Named {
  const char* name;
  Picture picture;
};

/// `of255` within the range: beyond it libswscale's sums wrap around where blue is out of reach.
int within(ColourSpec colour, int component, int of255) {
  if (colour.fullRange) return of255;
  return 16 + of255 * (component == 0 ? 219 : 224) / 255;
}

/// Luma across, one colour down and the other up.
int ramp(int component, int x, int y) {
  if (component == 0) return x * 255 / (kSize.width - 1);
  const int down = y * 255 / (kSize.height - 1);
  return component == 1 ? down : 255 - down;
}

/// Eight bars, of those colours that a 75 % test card has by BT.601.
int bars(int component, int x, int) {
  constexpr int kBars[8][3] = {{191, 128, 128}, {170, 32, 144}, {134, 160, 32}, {112, 64, 48},
                               {79, 192, 208},  {57, 96, 224},  {22, 224, 112}, {0, 128, 128}};
  const int columns = component == 0 ? kSize.width : kSize.width / 2;
  return kBars[std::min(x * 8 / columns, 7)][component];
}

std::vector<Named> pictures() {
  return {{"ramps", ramp}, {"bars", bars}, {"noise", noise(3)}};
}

std::vector<ColourSpec> colours() {
  std::vector<ColourSpec> all;
  for (const Matrix matrix : {Matrix::kBt601, Matrix::kBt709, Matrix::kBt2020}) {
    for (const bool full : {false, true}) all.push_back({matrix, full});
  }
  return all;
}

TEST(ConvertAgainstLibswscale, GivesTheSameColoursForEveryMatrixAndRange) {
  for (const ColourSpec colour : colours()) {
    for (const auto& [name, picture] : pictures()) {
      for (const AVPixelFormat source : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P}) {
        const auto legal = [&, &picture = picture](int component, int x, int y) {
          return within(colour, component, picture(component, x, y));
        };
        const Frame frame = frameOf(generate(source, kSize, colour, legal));
        EXPECT_LE(furthest(converted(frame, {.size = kSize}),
                           judged(frame, AV_PIX_FMT_RGB24, kSize, SWS_BILINEAR)),
                  2)
            << name << ", matrix " << static_cast<int>(colour.matrix)
            << (colour.fullRange ? " full, " : " limited, ") << av_get_pix_fmt_name(source);
      }
    }
  }
}

TEST(ConvertAgainstLibswscale, GivesTheSameGrey) {
  for (const ColourSpec colour : colours()) {
    const Frame frame = frameOf(generate(AV_PIX_FMT_NV12, kSize, colour, ramp));
    const ConvertOptions options{.format = PixelFormat::kGray8, .size = kSize};
    EXPECT_LE(
        furthest(converted(frame, options), judged(frame, AV_PIX_FMT_GRAY8, kSize, SWS_BILINEAR)),
        2);
  }
}

/// Waves that no filter of the usual width changes much.
int smooth(int component, int x, int y) {
  const double shift = component == 0 ? 1 : 2;
  const double wave =
      std::sin(shift * x * std::numbers::pi / 96) * std::cos(shift * y * std::numbers::pi / 54);
  return static_cast<int>(std::lround(128 + 60 * wave));
}

TEST(ConvertAgainstLibswscale, ScalesSmoothPicturesAlike) {
  const Frame frame = frameOf(generate(AV_PIX_FMT_YUV420P, kSize, {Matrix::kBt709, false}, smooth));
  for (const Size to : {Size{96, 54}, Size{64, 36}, Size{150, 100}, Size{300, 171}}) {
    EXPECT_LE(
        furthest(converted(frame, {.size = to}), judged(frame, AV_PIX_FMT_RGB24, to, SWS_BILINEAR)),
        2)
        << to.width << "x" << to.height;
  }
}

TEST(ConvertAgainstLibswscale, TakesMeansOfWholeSamplesAsAnAreaFilterDoes) {
  const Frame frame = frameOf(generate(AV_PIX_FMT_GRAY8, kSize, {Matrix::kBt709, true}, noise(4)));
  for (const int by : {2, 4, 6, 12}) {
    const Size to{kSize.width / by, kSize.height / by};
    EXPECT_LE(furthest(converted(frame, {.format = PixelFormat::kGray8, .size = to}),
                       judged(frame, AV_PIX_FMT_GRAY8, to, SWS_AREA)),
              2)
        << by;
  }
}

TEST(ConvertAgainstLibswscale, ReadsEveryFormatThatDecodersMake) {
  const ColourSpec colour{Matrix::kBt709, false};
  // Waves as wide in chroma's planes as in luma's.
  const auto wide = [](int component, int x, int y) {
    return 30 + smooth(0, x, y) * 3 / 4 - component;
  };
  const Frame whole = frameOf(generate(AV_PIX_FMT_YUV444P, kSize, colour, wide));
  const auto expected = converted(whole, {.size = kSize});
  // The same picture as other formats have it, some with half of chroma's columns and rows.
  for (const AVPixelFormat format :
       {AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P12LE,
        AV_PIX_FMT_YUV420P10BE, AV_PIX_FMT_P016LE, AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUVA420P,
        AV_PIX_FMT_GBRP, AV_PIX_FMT_RGB24}) {
    GeneratedFrame other = scaled(whole.av(), colour, format, kSize, SWS_BILINEAR);
    EXPECT_LE(furthest(converted(frameOf(std::move(other)), {.size = kSize}), expected), 4)
        << av_get_pix_fmt_name(format);
  }
}

}  // namespace
}  // namespace flux::video
