// Whatever is fast gives what the rule says: every level of instructions against the plain
// implementation, over sizes, layouts and memory that do not come out even.
#include <gtest/gtest.h>

#include <cstring>

#include "generated_picture.h"
#include "video/convert.h"
#include "video/convert_plan.h"

namespace flux::video {
namespace {

constexpr ColourSpec k601{Matrix::kBt601, true};
constexpr ColourSpec k709{Matrix::kBt709, false};

const PixelFormat kFormats[] = {PixelFormat::kNv12,     PixelFormat::kI420, PixelFormat::kGray8,
                                PixelFormat::kRgb24,    PixelFormat::kRgba, PixelFormat::kTensorF32,
                                PixelFormat::kTensorF16};

float half(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const float fraction = static_cast<float>(bits & 1023) / 1024;
  const float size =
      exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
  return bits & 0x8000 ? -size : size;
}

/// In levels, 0 to 255 (tensors: those of a scale of 1 without mean).
std::vector<float> levels(const std::vector<uint8_t>& bytes, PixelFormat format) {
  std::vector<float> values;
  if (format == PixelFormat::kTensorF32) {
    values.resize(bytes.size() / 4);
    std::memcpy(values.data(), bytes.data(), bytes.size());
  } else if (format == PixelFormat::kTensorF16) {
    for (size_t i = 0; i < bytes.size(); i += 2) {
      uint16_t bits = 0;
      std::memcpy(&bits, &bytes[i], 2);
      values.push_back(half(bits));
    }
  } else {
    values.assign(bytes.begin(), bytes.end());
  }
  return values;
}

/// What the rule gives of a frame, in levels as levels() has them. It is slow, so that what several
/// formats have in common is worked out once.
class Rule final {
 public:
  Rule(const Frame& frame, ConvertOptions options) : frame_(frame), options_(options) {
    options_.scale = 1;
  }

  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] ConvertOptions options(PixelFormat format) const {
    ConvertOptions options = options_;
    options.format = format;
    return options;
  }
  /// That of the last of these.
  [[nodiscard]] const Placement& placement() const { return placement_; }

  std::vector<float> levelsOf(PixelFormat format) {
    switch (format) {
      case PixelFormat::kGray8:
        return reference(PixelFormat::kGray8);
      case PixelFormat::kNv12:
        return known(nv12_, PixelFormat::kNv12);
      case PixelFormat::kI420:
        return unwoven(known(nv12_, PixelFormat::kNv12));
      case PixelFormat::kTensorF32:
      case PixelFormat::kTensorF16:
        return known(colours_, PixelFormat::kTensorF32);
      case PixelFormat::kRgb24:
        return woven(known(colours_, PixelFormat::kTensorF32), 3);
      case PixelFormat::kRgba:
        return woven(known(colours_, PixelFormat::kTensorF32), 4);
    }
    return {};
  }

 private:
  const std::vector<float>& known(std::vector<float>& values, PixelFormat format) {
    if (values.empty()) values = reference(format);
    return values;
  }
  std::vector<float> reference(PixelFormat format) {
    std::vector<uint8_t> bytes(packedBytes(format, options_.size));
    placement_ =
        convertReference(frame_, options(format), packedInto(bytes, format, options_.size));
    return levels(bytes, format);
  }

  /// Pixels of whole levels from planes; a fourth colour is 255.
  static std::vector<float> woven(const std::vector<float>& planes, size_t colours) {
    const size_t pixels = planes.size() / 3;
    std::vector<float> values(pixels * colours, 255);
    for (size_t i = 0; i < planes.size(); ++i) {
      values[i % pixels * colours + i / pixels] = std::round(planes[i]);
    }
    return values;
  }
  [[nodiscard]] std::vector<float> unwoven(const std::vector<float>& nv12) const {
    const size_t luma = size_t{1} * options_.size.width * options_.size.height;
    const size_t chroma = (nv12.size() - luma) / 2;
    std::vector<float> values = nv12;
    for (size_t i = 0; i < 2 * chroma; ++i) values[luma + i % 2 * chroma + i / 2] = nv12[luma + i];
    return values;
  }

  const Frame& frame_;
  ConvertOptions options_;
  Placement placement_;
  std::vector<float> nv12_;
  std::vector<float> colours_;
};

/// The largest difference to the rule; the levels must not differ from each other at all.
float distance(Rule& rule, PixelFormat format) {
  const ConvertOptions options = rule.options(format);
  const std::vector<float> wanted = rule.levelsOf(format);
  std::vector<uint8_t> first;
  for (const CpuLevel level : availableCpuLevels()) {
    // Of just the size, so that AddressSanitizer sees a byte too far.
    std::vector<uint8_t> bytes(packedBytes(format, options.size), 0xa5);
    EXPECT_EQ(
        Converter(level).convert(rule.frame(), options, packedInto(bytes, format, options.size)),
        rule.placement());
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first) << name(level);
  }
  const std::vector<float> got = levels(first, format);
  EXPECT_EQ(got.size(), wanted.size());
  float most = 0;
  for (size_t i = 0; i < got.size(); ++i) most = std::max(most, std::abs(got[i] - wanted[i]));
  return most;
}

float distance(const Frame& frame, const ConvertOptions& options) {
  Rule rule(frame, options);
  return distance(rule, options.format);
}

struct Shape {
  Size from;
  Size to;
};
const Shape kShapes[] = {
    {{1, 1}, {1, 1}},
    {{1, 1}, {7, 5}},
    {{3, 2}, {2, 3}},
    {{64, 36}, {64, 36}},
    {{65, 37}, {65, 37}},
    {{33, 35}, {66, 70}},
    {{96, 54}, {32, 18}},
    {{97, 55}, {40, 41}},
    {{160, 90}, {20, 9}},
    {{130, 70}, {65, 35}},
    {{40, 30}, {101, 77}},
    {{300, 2}, {1, 1}},
    // Cut at even and at odd positions, and rows longer than one piece of them.
    {{132, 10}, {100, 10}},
    {{130, 10}, {100, 10}},
    {{64, 68}, {64, 36}},
    {{64, 70}, {64, 36}},
    {{1990, 5}, {1990, 5}},
    {{3900, 3}, {3900, 3}},
};

TEST(ConvertLevels, FollowTheRuleForEverySourceAndResult) {
  const AVPixelFormat sources[] = {AV_PIX_FMT_YUV420P,  AV_PIX_FMT_NV12,    AV_PIX_FMT_NV21,
                                   AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV440P,
                                   AV_PIX_FMT_YUV410P,  AV_PIX_FMT_GRAY8};
  for (const auto& [from, to] : kShapes) {
    for (const AVPixelFormat source : sources) {
      const Frame frame = frameOf(generate(source, from, k709, noise(7)));
      Rule rule(frame, {.size = to});
      for (const PixelFormat format : kFormats) {
        EXPECT_LE(distance(rule, format), 1.05F)
            << av_get_pix_fmt_name(source) << " " << from.width << "x" << from.height << " to "
            << to.width << "x" << to.height << ", format " << static_cast<int>(format);
      }
    }
  }
}

TEST(ConvertLevels, FollowTheRuleForEveryFitAndOrder) {
  for (const auto& [from, to] : kShapes) {
    const Frame frame = frameOf(generate(AV_PIX_FMT_NV12, from, k601, noise(8)));
    for (const Fit fit : {Fit::kLetterbox, Fit::kCover}) {
      Rule rule(frame, {.size = to, .fit = fit, .fill = {114, 20, 200}, .bgr = fit == Fit::kCover});
      for (const PixelFormat format : kFormats) {
        EXPECT_LE(distance(rule, format), 1.05F)
            << from.width << "x" << from.height << " to " << to.width << "x" << to.height
            << ", format " << static_cast<int>(format) << ", fit " << static_cast<int>(fit);
      }
    }
  }
}

TEST(ConvertLevels, FollowTheRuleInOtherColours) {
  const Frame frame = frameOf(generate(AV_PIX_FMT_YUV420P, {66, 38}, k709, noise(9)));
  for (const PixelFormat format : {PixelFormat::kNv12, PixelFormat::kI420}) {
    for (const Size to : {Size{66, 38}, Size{31, 23}}) {
      EXPECT_LE(distance(frame, {.format = format, .size = to, .colour = k601}), 1.05F);
    }
  }
}

TEST(ConvertLevels, SumLongRowsAsTheRuleSays) {
  const Frame frame = frameOf(generate(AV_PIX_FMT_NV12, {1000, 300}, k709, noise(10)));
  for (const Size to : {Size{16, 4}, Size{10, 10}, Size{3, 300}, Size{1, 1}}) {
    EXPECT_LE(distance(frame, {.size = to}), 1.05F) << to.width << "x" << to.height;
  }
}

/// A copy whose planes begin and go on at odd addresses, with nothing behind the last byte.
struct Awkward {
  explicit Awkward(const Frame& from) {
    const AVFrame& av = from.av();
    frame = GeneratedFrame(av_frame_alloc());
    frame->format = av.format;
    frame->width = av.width;
    frame->height = av.height;
    frame->colorspace = av.colorspace;
    frame->color_range = av.color_range;
    for (int p = 0; p < 3 && av.data[p] != nullptr; ++p) {
      const int width = p == 0 ? av.width : av_image_bytes(av, p);
      const int height = p == 0 ? av.height : (av.height + 1) / 2;
      const int stride = width + 3 + 2 * p;
      planes[p] = std::make_unique<uint8_t[]>(1 + size_t{1} * stride * (height - 1) + width);
      frame->data[p] = planes[p].get() + 1;
      frame->linesize[p] = stride;
      for (int y = 0; y < height; ++y) {
        std::memcpy(frame->data[p] + ptrdiff_t{y} * stride,
                    av.data[p] + ptrdiff_t{y} * av.linesize[p], width);
      }
    }
  }
  static int av_image_bytes(const AVFrame& av, int plane) {
    return av_image_get_linesize(static_cast<AVPixelFormat>(av.format), av.width, plane);
  }
  std::array<std::unique_ptr<uint8_t[]>, 3> planes;
  GeneratedFrame frame;
};

TEST(ConvertLevels, ReadNothingBesideAPicture) {
  for (const AVPixelFormat source : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12}) {
    for (const auto& [from, to] : kShapes) {
      const Frame even = frameOf(generate(source, from, k709, noise(11)));
      Awkward awkward(even);
      const Frame odd = frameOf(std::move(awkward.frame));
      for (const PixelFormat format : kFormats) {
        const ConvertOptions options{.format = format, .size = to};
        std::vector<uint8_t> expected(packedBytes(format, to));
        std::vector<uint8_t> got(expected.size());
        Converter converter;
        converter.convert(even, options, packedInto(expected, format, to));
        converter.convert(odd, options, packedInto(got, format, to));
        EXPECT_EQ(got, expected);
      }
    }
  }
}

TEST(ConvertLevels, WriteNothingBesideAResult) {
  const Frame frame = frameOf(generate(AV_PIX_FMT_YUV420P, {50, 40}, k709, noise(12)));
  for (const CpuLevel level : availableCpuLevels()) {
    for (const Size to : {Size{37, 5}, Size{50, 40}, Size{5, 3}}) {
      const int stride = 3 * to.width + 11;
      std::vector<uint8_t> bytes(1 + size_t{1} * stride * to.height, 0xa5);
      Converter(level).convert(frame, {.size = to}, {{bytes.data() + 1}, {stride}});
      for (int y = 0; y < to.height; ++y) {
        for (int x = 3 * to.width; x < stride; ++x) {
          ASSERT_EQ(bytes[1 + size_t{1} * y * stride + x], 0xa5) << x << "," << y;
        }
      }
    }
  }
}

}  // namespace
}  // namespace flux::video
