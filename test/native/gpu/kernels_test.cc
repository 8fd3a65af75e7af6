// The kernels against the rule of video/convert.h: in test_gpu their own source, run on the
// processor; in gpu_hardware what a GPU's driver makes of their PTX.
#include "gpu/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "../video/generated_picture.h"
#include "base/error.h"
#include "device_pictures.h"

namespace flux::gpu {
namespace {

using video::ColourSpec;
using video::ConvertOptions;
using video::Fit;
using video::Frame;
using video::Matrix;
using video::PixelFormat;
using video::Size;

class GpuKernels : public testing::Test {
 protected:
  /// Smooth and rough parts, all of the range.
  static Frame picture(Size size, ColourSpec colour, std::array<int, 2> ratio = {1, 1}) {
    auto random = video::noise(7);
    auto made = video::generate(AV_PIX_FMT_NV12, size, colour, [&](int component, int x, int y) {
      const bool rough = x / 8 % 2 == 0;
      return rough ? random(component, x, y) : (3 * x + 5 * y + 60 * component) & 255;
    });
    made->sample_aspect_ratio = {ratio[0], ratio[1]};
    return video::frameOf(std::move(made));
  }

  std::vector<uint8_t> convertedOnDevice(const Frame& from, const ConvertOptions& options) {
    const auto session = device_->surfaces().open(from.size(), 8, 1, "test");
    const auto surface = surfaceWith(from, *session, *writer_);
    const size_t bytes = video::packedBytes(options.format, options.size);
    const DeviceBuffer out(*device_, bytes, Purpose::kInference);
    placement_ = device_->kernels().convert(
        *surface, options, packedInto(out.address(), bytes, options.format, options.size),
        *reader_);
    return bytesOf(out, *reader_);
  }

  void SetUp() override {
    if (!driverInfo().usable) GTEST_SKIP() << driverInfo().why;
    device_ = Device::open(0);
    scope_.emplace(*device_);
    writer_.emplace(*device_);
    reader_.emplace(*device_);
  }

  std::shared_ptr<Device> device_;
  std::optional<ContextScope> scope_;
  std::optional<Stream> writer_;
  std::optional<Stream> reader_;
  video::Placement placement_;
};

/// The largest difference of two results, in levels of 255.
double difference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b,
                  const ConvertOptions& options) {
  if (a.size() != b.size()) return 1000;
  double most = 0;
  if (options.format == PixelFormat::kTensorF32) {
    for (size_t i = 0; i < a.size(); i += sizeof(float)) {
      float one = 0;
      float other = 0;
      std::memcpy(&one, &a[i], sizeof(float));
      std::memcpy(&other, &b[i], sizeof(float));
      most = std::max(most, double{std::abs(one - other)} * 255);
    }
    return most;
  }
  if (options.format == PixelFormat::kTensorF16) {
    const auto value = [](const std::vector<uint8_t>& bytes, size_t i) {
      const int half = bytes[i] | bytes[i + 1] << 8;
      const int exponent = half >> 10 & 31;
      const double fraction = (half & 1023) / 1024.0;
      const double size =
          exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
      return half & 0x8000 ? -size : size;
    };
    for (size_t i = 0; i < a.size(); i += 2) {
      most = std::max(most, std::abs(value(a, i) - value(b, i)) * 255);
    }
    return most;
  }
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, double(std::abs(a[i] - b[i])));
  return most;
}

std::vector<uint8_t> reference(const Frame& from, const ConvertOptions& options) {
  std::vector<uint8_t> out(video::packedBytes(options.format, options.size));
  video::convertReference(from, options, video::packedInto(out, options.format, options.size));
  return out;
}

TEST_F(GpuKernels, GiveWhatTheProcessorGivesInEachFormatSizeAndColour) {
  struct Shape {
    Size stored;
    Size wanted;
    Fit fit;
    std::array<int, 2> ratio;
  };
  const Shape shapes[] = {
      {{64, 48}, {64, 48}, Fit::kStretch, {1, 1}},    // as it is
      {{64, 48}, {32, 24}, Fit::kStretch, {1, 1}},    // half
      {{97, 61}, {40, 32}, Fit::kLetterbox, {4, 3}},  // odd, bars, pixels that are not square
      {{96, 54}, {41, 33}, Fit::kCover, {1, 1}},      // cut, odd result
      {{130, 70}, {17, 13}, Fit::kStretch, {1, 1}},   // several parts for each pixel
      {{33, 17}, {80, 60}, Fit::kLetterbox, {1, 1}},  // enlarged
      {{1, 1}, {6, 4}, Fit::kStretch, {1, 1}},
  };
  const PixelFormat formats[] = {
      PixelFormat::kNv12, PixelFormat::kI420,      PixelFormat::kGray8,    PixelFormat::kRgb24,
      PixelFormat::kRgba, PixelFormat::kTensorF32, PixelFormat::kTensorF16};
  for (const Shape& shape : shapes) {
    for (const PixelFormat format : formats) {
      for (const bool fullRange : {false, true}) {
        const auto matrix = static_cast<Matrix>(shape.stored.width % 3);
        const Frame from = picture(shape.stored, {matrix, fullRange}, shape.ratio);
        ConvertOptions options{.format = format, .size = shape.wanted, .fit = shape.fit};
        options.fill = {114, 20, 200};
        options.bgr = fullRange;
        options.mean = {0.485F, 0.456F, 0.406F};
        options.deviation = {1, 0.5F, 2};
        if (fullRange) options.colour = ColourSpec{Matrix::kBt709, false};
        EXPECT_LE(difference(convertedOnDevice(from, options), reference(from, options), options),
                  2.0)
            << "format " << static_cast<int>(format) << ", " << shape.stored.width << "x"
            << shape.stored.height << " to " << shape.wanted.width << "x" << shape.wanted.height
            << (fullRange ? ", full range" : "");
        EXPECT_EQ(placement_, video::place(from.size(), from.displaySize(), options));
      }
    }
  }
}

TEST_F(GpuKernels, GiveEachMatrixItsColours) {
  const Size size{8, 8};
  for (const Matrix matrix : {Matrix::kBt601, Matrix::kBt709, Matrix::kBt2020}) {
    for (const bool fullRange : {false, true}) {
      const ConvertOptions options{.size = size};
      const Frame red = video::frameOf(
          video::generate(AV_PIX_FMT_NV12, size, {matrix, fullRange}, video::plain(81, 90, 240)));
      EXPECT_LE(difference(convertedOnDevice(red, options), reference(red, options), options), 1.0);
    }
  }
}

TEST_F(GpuKernels, ReadPicturesOf10Bits) {
  const Size size{48, 34};
  std::shared_ptr<AVFrame> deep(av_frame_alloc(), [](AVFrame* own) { av_frame_free(&own); });
  deep->format = AV_PIX_FMT_P016LE;
  deep->width = size.width;
  deep->height = size.height;
  deep->color_range = AVCOL_RANGE_JPEG;
  deep->colorspace = AVCOL_SPC_BT709;
  ASSERT_EQ(av_frame_get_buffer(deep.get(), 0), 0);
  const auto at = [&](int plane, int x, int y) {
    return reinterpret_cast<uint16_t*>(deep->data[plane] + y * deep->linesize[plane]) + x;
  };
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      *at(0, x, y) = static_cast<uint16_t>((21 * x + 4 * y) % 1024 << 6);
      if (y % 2 == 0) *at(1, x, y / 2) = 512 << 6;
    }
  }
  const Frame from{std::shared_ptr<const AVFrame>(deep)};
  const auto session = device_->surfaces().open(size, 10, 1, "test");
  const auto surface = surfaceWith(from, *session, *writer_);
  const ConvertOptions options{.format = PixelFormat::kTensorF32, .size = size, .scale = 1};
  const size_t bytes = video::packedBytes(options.format, size);
  const DeviceBuffer out(*device_, bytes, Purpose::kInference);
  device_->kernels().convert(*surface, options,
                             packedInto(out.address(), bytes, options.format, size), *reader_);
  const auto result = bytesOf(out, *reader_);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      float red = 0;
      std::memcpy(&red, &result[sizeof(float) * static_cast<size_t>(y * size.width + x)],
                  sizeof(float));
      // A quarter of a level each.
      ASSERT_NEAR(red, std::min(255.0, (21 * x + 4 * y) % 1024 / 4.0), 0.01) << x << "," << y;
    }
  }
  const auto back = surface->download();
  EXPECT_EQ(back->format, AV_PIX_FMT_P016LE);
  EXPECT_EQ(std::memcmp(back->data[0], deep->data[0], 2U * 48), 0);
}

TEST_F(GpuKernels, WriteATileOfAnAtlasAndNothingBesideIt) {
  const Frame from = picture({64, 48}, {});
  const auto session = device_->surfaces().open(from.size(), 8, 1, "test");
  const auto surface = surfaceWith(from, *session, *writer_);
  constexpr size_t kPitch = 128;
  constexpr size_t kLines = 96;
  const DeviceBuffer atlas(*device_, kPitch * kLines * 3 / 2, Purpose::kRendering);
  check(driver().cuMemsetD8Async(atlas.address(), 9, atlas.bytes(), reader_->get()), "clearing");
  const ConvertOptions options{.format = PixelFormat::kNv12, .size = {32, 24}};
  const CUdeviceptr luma = atlas.address() + 40 * kPitch + 16;
  const CUdeviceptr chroma = atlas.address() + kLines * kPitch + 20 * kPitch + 16;
  device_->kernels().convert(*surface, options, {{luma, chroma, 0}, {kPitch, kPitch, 0}}, *reader_);
  const auto bytes = bytesOf(atlas, *reader_);
  const auto expected = reference(from, options);
  for (size_t y = 0; y < kLines * 3 / 2; ++y) {
    for (size_t x = 0; x < kPitch; ++x) {
      const bool inColumns = x >= 16 && x < 48;
      int wanted = 9;
      if (inColumns && y >= 40 && y < 64) wanted = expected[(y - 40) * 32 + x - 16];
      if (inColumns && y >= kLines + 20 && y < kLines + 32) {
        wanted = expected[size_t{32} * 24 + (y - kLines - 20) * 32 + x - 16];
      }
      ASSERT_NEAR(bytes[y * kPitch + x], wanted, wanted == 9 ? 0 : 2) << x << "," << y;
    }
  }
}

TEST_F(GpuKernels, WriteOneItemOfABatch) {
  const Frame from = picture({40, 30}, {});
  const auto session = device_->surfaces().open(from.size(), 8, 1, "test");
  const auto surface = surfaceWith(from, *session, *writer_);
  const ConvertOptions options{.format = PixelFormat::kTensorF16, .size = {16, 16}};
  const size_t item = video::packedBytes(options.format, options.size);
  const DeviceBuffer batch(*device_, 3 * item, Purpose::kInference);
  check(driver().cuMemsetD8Async(batch.address(), 0x55, batch.bytes(), reader_->get()), "clearing");
  device_->kernels().convert(
      *surface, options,
      packedInto(batch.address(), batch.bytes(), options.format, options.size, 1), *reader_);
  const auto bytes = bytesOf(batch, *reader_);
  const std::vector<uint8_t> untouched(item, 0x55);
  const auto part = [&](size_t i) {
    return std::vector<uint8_t>(bytes.begin() + static_cast<ptrdiff_t>(i * item),
                                bytes.begin() + static_cast<ptrdiff_t>((i + 1) * item));
  };
  EXPECT_EQ(part(0), untouched);
  EXPECT_LE(difference(part(1), reference(from, options), options), 2.0);
  EXPECT_EQ(part(2), untouched);
  EXPECT_THROW(packedInto(batch.address(), batch.bytes(), options.format, options.size, 3), Error);
}

TEST_F(GpuKernels, CopyIntoASurfaceOfTheSameOrAnotherSize) {
  const Frame from = picture({50, 38}, {});
  const auto sessions = {device_->surfaces().open(from.size(), 8, 2, "same"),
                         device_->surfaces().open({20, 16}, 8, 1, "small")};
  const auto surface = surfaceWith(from, **sessions.begin(), *writer_);
  surface->waitReady(*reader_);
  for (const auto& session : sessions) {
    const auto to = session->acquire();
    device_->kernels().copy(pictureOf(*surface), *to, *reader_);
    const ConvertOptions options{.format = PixelFormat::kNv12, .size = to->size()};
    const auto expected = reference(from, options);
    const auto copied = to->download();
    const int limit = to->size() == from.size() ? 0 : 2;
    for (int y = 0; y < to->size().height; ++y) {
      for (int x = 0; x < to->size().width; ++x) {
        ASSERT_NEAR(copied->data[0][y * copied->linesize[0] + x],
                    expected[static_cast<size_t>(y * to->size().width + x)], limit);
      }
    }
  }
  reader_->synchronize();
  const auto deep = device_->surfaces().open({20, 16}, 10, 1, "deep");
  const auto to = deep->acquire();
  try {
    device_->kernels().copy(pictureOf(*surface), *to, *reader_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_UNSUPPORTED");
  }
}

TEST_F(GpuKernels, ReadASurfaceBeforeItsNextWriterHasIt) {
  const Size size{32, 32};
  const auto grey = [&](int level) {
    return video::frameOf(video::generate(AV_PIX_FMT_NV12, size, {Matrix::kBt709, true},
                                          video::plain(level, 128, 128)));
  };
  const auto session = device_->surfaces().open(size, 8, 1, "test");
  const ConvertOptions options{.format = PixelFormat::kGray8, .size = size};
  const DeviceBuffer out(*device_, 32U * 32, Purpose::kInference);
  {
    const auto first = surfaceWith(grey(50), *session, *writer_);
    // Nobody waits: writing, reading and writing again are ordered by events alone.
    device_->kernels().convert(
        *first, options, packedInto(out.address(), out.bytes(), options.format, size), *reader_);
  }
  const auto second = surfaceWith(grey(200), *session, *writer_);
  writer_->synchronize();
  EXPECT_EQ(bytesOf(out, *reader_), std::vector<uint8_t>(32U * 32, 50));
  EXPECT_EQ(second->download()->data[0][0], 200);
}

}  // namespace
}  // namespace flux::gpu
