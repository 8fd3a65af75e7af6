#include "video/colour.h"

#include "video/libav.h"

namespace flux::video {
namespace {

/// The shares of red and blue in luma (ITU-T H.273, table 4).
struct Weights {
  double red;
  double blue;
};

Weights weightsOf(Matrix matrix) {
  switch (matrix) {
    case Matrix::kBt601:
      return {0.299, 0.114};
    case Matrix::kBt709:
      return {0.2126, 0.0722};
    case Matrix::kBt2020:
      return {0.2627, 0.0593};
  }
  return {};
}

}  // namespace

RgbTransform toRgb(ColourSpec colour) {
  const auto [red, blue] = weightsOf(colour.matrix);
  const double green = 1 - red - blue;
  // At 8 bits: 16 to 235 and 16 to 240 around 128, or the whole of 0 to 255 around 128.
  const double luma = colour.fullRange ? 1 : 255.0 / 219;
  const double chroma = colour.fullRange ? 1 : 255.0 / 224;
  const double black = colour.fullRange ? 0 : 16.0 / 255;
  const double middle = 128.0 / 255;
  const auto row = [&](double cb, double cr) {
    const double offset = -luma * black - (cb + cr) * chroma * middle;
    return std::array{static_cast<float>(luma), static_cast<float>(cb * chroma),
                      static_cast<float>(cr * chroma), static_cast<float>(offset)};
  };
  return {row(0, 2 * (1 - red)), row(-2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green),
          row(2 * (1 - blue), 0)};
}

RgbTransform fromRgb(ColourSpec colour) {
  const auto [red, blue] = weightsOf(colour.matrix);
  const std::array<double, 3> weights{red, 1 - red - blue, blue};
  const double luma = colour.fullRange ? 1 : 219.0 / 255;
  const double chroma = colour.fullRange ? 1 : 224.0 / 255;
  const float black = colour.fullRange ? 0 : 16.0F / 255;
  RgbTransform transform{};
  for (size_t i = 0; i < 3; ++i) {
    transform[0][i] = static_cast<float>(luma * weights[i]);
    transform[1][i] = static_cast<float>(chroma * ((i == 2) - weights[i]) / (2 * (1 - blue)));
    transform[2][i] = static_cast<float>(chroma * ((i == 0) - weights[i]) / (2 * (1 - red)));
  }
  transform[0][3] = black;
  transform[1][3] = transform[2][3] = 128.0F / 255;
  return transform;
}

ColourSpec usualColour(int width, int height) {
  return {width > 1280 || height > 576 ? Matrix::kBt709 : Matrix::kBt601, false};
}

ColourSpec colourOf(const AVFrame& frame) {
  ColourSpec colour = usualColour(frame.width, frame.height);
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_SMPTE240M:
      colour.matrix = Matrix::kBt709;
      break;
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      colour.matrix = Matrix::kBt601;
      break;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      colour.matrix = Matrix::kBt2020;
      break;
    default:
      break;
  }
  colour.fullRange =
      frame.color_range == AVCOL_RANGE_JPEG || withoutRange(frame.format) != frame.format;
  return colour;
}

void setColour(AVFrame& frame, ColourSpec colour) {
  frame.color_range = colour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame.colorspace = static_cast<AVColorSpace>(avMatrixOf(colour.matrix));
}

int avMatrixOf(Matrix matrix) {
  switch (matrix) {
    case Matrix::kBt601:
      return AVCOL_SPC_SMPTE170M;
    case Matrix::kBt709:
      return AVCOL_SPC_BT709;
    case Matrix::kBt2020:
      return AVCOL_SPC_BT2020_NCL;
  }
  return AVCOL_SPC_UNSPECIFIED;
}

int withoutRange(int avPixelFormat) {
  switch (avPixelFormat) {
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return avPixelFormat;
  }
}

}  // namespace flux::video
