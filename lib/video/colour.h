// How a picture's numbers stand for colours: matrix and range.
#pragma once

#include <array>
#include <cstdint>

struct AVFrame;

namespace flux::video {

/// The matrix between R'G'B' and Y'CbCr; others are taken for the nearest of these.
enum class Matrix : uint8_t { kBt601, kBt709, kBt2020 };

struct ColourSpec {
  Matrix matrix = Matrix::kBt709;
  bool fullRange = false;  ///< luma 0 to 255 instead of 16 to 235 (at 8 bits)

  bool operator==(const ColourSpec&) const = default;
};

/// Rows R, G, B; columns Y, Cb, Cr, 1. Turns Y'CbCr samples in 0 to 1 (8 bits: value / 255) into
/// R'G'B' in 0 to 1, offsets included; results outside have to be clamped.
using RgbTransform = std::array<std::array<float, 4>, 3>;
RgbTransform toRgb(ColourSpec colour);
/// The way back: rows Y, Cb, Cr; columns R, G, B, 1.
RgbTransform fromRgb(ColourSpec colour);

/// What a stream that names none has, as players guess: BT.709 of more than 576 lines or 1280
/// columns, else BT.601, of the limited range.
ColourSpec usualColour(int width, int height);
/// What the frame's stream says, and usualColour() where it says nothing.
ColourSpec colourOf(const AVFrame& frame);
/// Writes `colour` where colourOf() reads it, but for the format's name.
void setColour(AVFrame& frame, ColourSpec colour);
/// AVColorSpace of `matrix`.
int avMatrixOf(Matrix matrix);
/// Of libav's deprecated formats whose very name says the full range (AV_PIX_FMT_YUVJ420P) the one
/// that leaves it to AVFrame::color_range; others as they are.
int withoutRange(int avPixelFormat);

}  // namespace flux::video
