#include "reference.h"

#include <algorithm>
#include <cmath>

#include "video/convert.h"
#include "video/libav.h"

namespace flux::render::test {
namespace {

AVColorSpace spaceOf(video::Matrix matrix) {
  if (matrix == video::Matrix::kBt601) return AVCOL_SPC_SMPTE170M;
  return matrix == video::Matrix::kBt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_BT2020_NCL;
}

std::shared_ptr<AVFrame> makeFrame(AVPixelFormat format, Size size, video::ColourSpec colour) {
  std::shared_ptr<AVFrame> frame(video::makeAvFrame());
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  frame->colorspace = spaceOf(colour.matrix);
  frame->color_range = colour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  video::check(av_frame_get_buffer(frame.get(), 0), "ERR_TEST", "make a picture");
  return frame;
}

/// Where a letterboxed picture lies: in the middle, up or left by the odd pixel.
PixelRect contentOf(Size shown, const PixelRect& tile, video::Fit fit) {
  if (fit != video::Fit::kLetterbox) return tile;
  const double scale = std::min(static_cast<double>(tile.width) / shown.width,
                                static_cast<double>(tile.height) / shown.height);
  const int width = std::clamp(static_cast<int>(std::lround(shown.width * scale)), 1, tile.width);
  const int height =
      std::clamp(static_cast<int>(std::lround(shown.height * scale)), 1, tile.height);
  return {tile.x + (tile.width - width) / 2, tile.y + (tile.height - height) / 2, width, height};
}

/// The two steps that a picture goes through: to the size of the tile, which video::Converter has
/// its own tests for (a level of chroma would be two of red here), and to colours.
std::vector<uint8_t> coloursOf(const video::Frame& picture, Size size, video::Fit fit) {
  const std::shared_ptr<AVFrame> scaled = makeFrame(AV_PIX_FMT_NV12, size, picture.colour());
  video::Converter().convert(
      picture, {.format = video::PixelFormat::kNv12, .size = size, .fit = fit},
      {{scaled->data[0], scaled->data[1]}, {scaled->linesize[0], scaled->linesize[1]}});
  std::vector<uint8_t> rgba(video::packedBytes(video::PixelFormat::kRgba, size));
  video::convertReference(video::Frame(scaled), {.format = video::PixelFormat::kRgba, .size = size},
                          video::packedInto(rgba, video::PixelFormat::kRgba, size));
  return rgba;
}

void fill(Pixels& pixels, const PixelRect& rect, Rgba colour) {
  for (int y = rect.y; y < rect.y + rect.height; ++y) {
    for (int x = rect.x; x < rect.x + rect.width; ++x) {
      std::ranges::copy(colour, pixels.rgba.begin() + (ptrdiff_t{y} * pixels.size.width + x) * 4);
    }
  }
}

}  // namespace

video::Frame makePicture(Size size, video::ColourSpec colour, unsigned seed,
                         std::array<int, 2> pixelRatio) {
  const std::shared_ptr<AVFrame> frame = makeFrame(AV_PIX_FMT_YUV420P, size, colour);
  frame->sample_aspect_ratio = {pixelRatio[0], pixelRatio[1]};
  const int low = colour.fullRange ? 0 : 16;
  const int high = colour.fullRange ? 255 : 235;
  const auto span = static_cast<unsigned>(high - low + 1);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const unsigned ramp = static_cast<unsigned>(x * 3 + y * 2) + seed * 37;
      const bool edge = ((x / 9 + y / 7) & 3) == 0;
      frame->data[0][ptrdiff_t{y} * frame->linesize[0] + x] = static_cast<uint8_t>(
          edge ? (seed & 1 ? low : high) : low + static_cast<int>(ramp % span));
    }
  }
  for (int y = 0; y < (size.height + 1) / 2; ++y) {
    for (int x = 0; x < (size.width + 1) / 2; ++x) {
      const unsigned bar = (static_cast<unsigned>(x) / 11 + seed) % 6;
      constexpr uint8_t kCb[] = {128, 90, 54, 202, 240, 16};
      constexpr uint8_t kCr[] = {128, 240, 34, 222, 110, 146};
      frame->data[1][ptrdiff_t{y} * frame->linesize[1] + x] = kCb[bar];
      frame->data[2][ptrdiff_t{y} * frame->linesize[2] + x] = kCr[bar];
    }
  }
  return video::Frame(frame);
}

video::Frame makePlain(Size size, uint8_t luma, uint8_t cb, uint8_t cr) {
  const std::shared_ptr<AVFrame> frame = makeFrame(AV_PIX_FMT_YUV420P, size, {});
  const uint8_t values[] = {luma, cb, cr};
  for (int plane = 0; plane < 3; ++plane) {
    const int lines = plane == 0 ? size.height : (size.height + 1) / 2;
    std::fill_n(frame->data[plane], ptrdiff_t{frame->linesize[plane]} * lines, values[plane]);
  }
  return video::Frame(frame);
}

Rgba Pixels::at(int x, int y) const {
  Rgba pixel{};
  std::copy_n(rgba.begin() + (ptrdiff_t{y} * size.width + x) * 4, 4, pixel.begin());
  return pixel;
}

Pixels composeReference(const Scene& scene) {
  Pixels pixels{.size = scene.output};
  pixels.rgba.resize(static_cast<size_t>(scene.output.width) *
                     static_cast<size_t>(scene.output.height) * 4);
  fill(pixels, {0, 0, scene.output.width, scene.output.height}, scene.background);
  const std::vector<PixelRect> rects = visibleTiles(scene);
  for (size_t i = 0; i < rects.size(); ++i) {
    const PixelRect& rect = rects[i];
    if (rect.empty()) continue;
    fill(pixels, rect, scene.tileBackground);
    const Tile& tile = scene.tiles[i];
    if (!tile.frame) continue;
    const PixelRect content = contentOf(tile.frame->displaySize(), rect, tile.fit);
    const video::Fit within =
        tile.fit == video::Fit::kCover ? video::Fit::kCover : video::Fit::kStretch;
    const std::vector<uint8_t> colours = coloursOf(*tile.frame, content.size(), within);
    for (int y = 0; y < content.height; ++y) {
      std::copy_n(
          colours.begin() + ptrdiff_t{y} * content.width * 4, ptrdiff_t{content.width} * 4,
          pixels.rgba.begin() + (ptrdiff_t{content.y + y} * pixels.size.width + content.x) * 4);
    }
  }
  return pixels;
}

Difference compare(const Pixels& a, const Pixels& b) {
  if (a.size != b.size || a.rgba.size() != b.rgba.size()) return {256, "the sizes"};
  Difference worst;
  for (size_t i = 0; i < a.rgba.size(); ++i) {
    const int levels = std::abs(int{a.rgba[i]} - int{b.rgba[i]});
    if (levels <= worst.levels) continue;
    const auto width = static_cast<size_t>(a.size.width);
    worst = {levels, "x " + std::to_string(i / 4 % width) + ", y " + std::to_string(i / 4 / width) +
                         ", channel " + std::to_string(i % 4) + ": " + std::to_string(a.rgba[i]) +
                         " and " + std::to_string(b.rgba[i])};
  }
  return worst;
}

}  // namespace flux::render::test
