#include "video/block_marks.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cstring>

namespace flux::video {
namespace {

/// Nothing that looks like a picture, and of values that each bit depth has.
constexpr std::array<uint8_t, 8> kMark = {17, 230, 91, 201, 44, 163, 250, 5};
constexpr std::array<uint16_t, 8> kWideMark = {17, 230, 91, 201, 44, 163, 250, 5};
/// Blocks that nobody decoded lie side by side: one mark for so many pixels finds them.
constexpr int kStep = 64;
/// Filters that run over the edges of blocks beside it do not reach so far.
constexpr int kFromEdge = 4;

}  // namespace

BlockMarks BlockMarks::set(const AVFrame& frame, int blockSize) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  BlockMarks marks;
  if (format == nullptr || blockSize < 16 || frame.data[0] == nullptr) return marks;
  marks.luma_ = frame.data[0];
  marks.stride_ = frame.linesize[0];
  marks.width_ = frame.width;
  marks.height_ = frame.height;
  marks.blockSize_ = blockSize;
  marks.twoBytes_ = format->comp[0].depth > 8;
  marks.any([&marks](uint8_t* at) {
    if (marks.twoBytes_) std::memcpy(at, kWideMark.data(), sizeof kWideMark);
    if (!marks.twoBytes_) std::memcpy(at, kMark.data(), sizeof kMark);
    return false;
  });
  return marks;
}

bool BlockMarks::anyLeft() const {
  return any([this](const uint8_t* at) {
    return twoBytes_ ? std::memcmp(at, kWideMark.data(), sizeof kWideMark) == 0
                     : std::memcmp(at, kMark.data(), sizeof kMark) == 0;
  });
}

template <typename Visit>
bool BlockMarks::any(const Visit& visit) const {
  if (luma_ == nullptr) return false;
  constexpr int kPixels = static_cast<int>(kMark.size());
  for (int top = 0; top < height_; top += blockSize_) {
    const int row = top + std::min(blockSize_, height_ - top) / 2;
    for (int x = kFromEdge; x + kPixels <= width_; x += kStep) {
      if (visit(luma_ + row * stride_ + ptrdiff_t{x} * (twoBytes_ ? 2 : 1))) return true;
    }
  }
  return false;
}

}  // namespace flux::video
