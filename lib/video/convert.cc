#include "video/convert.h"

#include <string>

#include "video/convert_rows.h"

namespace flux::video {
namespace {

int bytesPerPixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb24:
      return 3;
    case PixelFormat::kRgba:
    case PixelFormat::kTensorF32:
      return 4;
    case PixelFormat::kTensorF16:
      return 2;
    default:
      return 1;
  }
}

AVPixelFormat avFormatOf(const ConvertOptions& options) {
  switch (options.format) {
    case PixelFormat::kNv12:
      return AV_PIX_FMT_NV12;
    case PixelFormat::kI420:
      return AV_PIX_FMT_YUV420P;
    case PixelFormat::kGray8:
      return AV_PIX_FMT_GRAY8;
    case PixelFormat::kRgb24:
      return options.bgr ? AV_PIX_FMT_BGR24 : AV_PIX_FMT_RGB24;
    case PixelFormat::kRgba:
      return options.bgr ? AV_PIX_FMT_BGRA : AV_PIX_FMT_RGBA;
    default:
      throw Error("ERR_INVALID_ARGUMENT",
                  "a tensor is no picture: convert it into memory of your own");
  }
}

}  // namespace

size_t packedBytes(PixelFormat format, Size size) {
  const size_t pixels = static_cast<size_t>(size.width) * size.height;
  if (isQuarterChroma(format)) {
    return pixels + size_t{2} * halfOf(size.width) * halfOf(size.height);
  }
  return pixels * bytesPerPixel(format) * (isTensor(format) ? 3 : 1);
}

Destination packedInto(std::span<uint8_t> buffer, PixelFormat format, Size size, size_t index) {
  const size_t each = packedBytes(format, size);
  if (each == 0 || buffer.size() / each <= index) {
    throw Error("ERR_INVALID_ARGUMENT",
                "picture " + std::to_string(index) + " of " + std::to_string(size.width) + "x" +
                    std::to_string(size.height) + " pixels needs a buffer of " +
                    std::to_string((index + 1) * each) + " bytes, not of " +
                    std::to_string(buffer.size()));
  }
  uint8_t* const begin = buffer.data() + index * each;
  const size_t pixels = static_cast<size_t>(size.width) * size.height;
  const ptrdiff_t stride = ptrdiff_t{size.width} * bytesPerPixel(format);
  if (isTensor(format)) {
    const size_t plane = pixels * bytesPerPixel(format);
    return {{begin, begin + plane, begin + 2 * plane}, {stride, stride, stride}};
  }
  const ptrdiff_t half = halfOf(size.width);
  if (format == PixelFormat::kNv12) return {{begin, begin + pixels}, {stride, 2 * half}};
  if (format == PixelFormat::kI420) {
    uint8_t* const cb = begin + pixels;
    return {{begin, cb, cb + half * halfOf(size.height)}, {stride, half, half}};
  }
  return {{begin}, {stride}};
}

/// What was prepared for the last picture, and for which.
struct Converter::State {
  CpuLevel level;
  Size shown;
  SourceGeometry geometry;
  ConvertPlan plan;
  std::optional<RowConversion> rows;

  void prepare(const Frame& frame, const ConvertSource& source, const ConvertOptions& options) {
    const SourceGeometry now = geometryOf(source);
    if (rows && now == geometry && frame.displaySize() == shown && options == plan.options) return;
    rows.reset();
    plan = planOf(frame.size(), frame.displaySize(), source.colour, options);
    shown = frame.displaySize();
    geometry = now;
    rows.emplace(plan, source, level);
  }
};

Converter::Converter() : Converter(cpuLevel()) {}
Converter::Converter(CpuLevel level) : state_(std::make_unique<State>(State{.level = level})) {
  requireCpuLevel(level);
}
Converter::~Converter() = default;

Placement Converter::convert(const Frame& from, const ConvertOptions& options,
                             const Destination& to) {
  const Frame host = from.onHost();
  const ConvertSource source = readable(host);
  state_->prepare(host, source, options);
  if (state_->rows->suits()) {
    state_->rows->run(source, to);
  } else {
    runReference(state_->plan, source, to);
  }
  return state_->plan.placement;
}

Frame Converter::toFrame(const Frame& from, const ConvertOptions& options) {
  const Frame host = from.onHost();
  const AVFrame& source = host.av();
  const ColourSpec colour = options.colour.value_or(host.colour());
  AvFramePtr to = makeAvFrame();
  to->format = avFormatOf(options);
  to->width = options.size.width;
  to->height = options.size.height;
  check(av_frame_get_buffer(to.get(), 0), "ERR_OUT_OF_MEMORY", "make a picture");
  to->pts = source.pts;
  if (options.fit != Fit::kStretch) to->sample_aspect_ratio = {1, 1};
  const bool quarter = isQuarterChroma(options.format);
  setColour(*to, {colour.matrix, !quarter || colour.fullRange});
  if (!quarter && options.format != PixelFormat::kGray8) to->colorspace = AVCOL_SPC_RGB;
  to->color_primaries = source.color_primaries;
  to->color_trc = source.color_trc;
  Destination planes;
  for (size_t i = 0; i < 3; ++i) {
    planes.data[i] = to->data[i];
    planes.stride[i] = to->linesize[i];
  }
  convert(host, options, planes);
  return Frame(std::shared_ptr<const AVFrame>(std::move(to)));
}

}  // namespace flux::video
