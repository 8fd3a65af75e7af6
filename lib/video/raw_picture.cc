#include "video/raw_picture.h"

#include <cstring>
#include <string>

#include "video/libav.h"

namespace flux::video {
namespace {

struct Plane {
  int rowBytes;
  int lines;
};

AVPixelFormat formatOf(PixelFormat format) {
  switch (format) {
    case PixelFormat::kNv12:
      return AV_PIX_FMT_NV12;
    case PixelFormat::kI420:
      return AV_PIX_FMT_YUV420P;
    case PixelFormat::kGray8:
      return AV_PIX_FMT_GRAY8;
    case PixelFormat::kRgb24:
      return AV_PIX_FMT_RGB24;
    case PixelFormat::kRgba:
      return AV_PIX_FMT_RGB0;
    default:
      return AV_PIX_FMT_NONE;
  }
}

std::vector<Plane> planesOf(PixelFormat format, Size size) {
  const Size half{(size.width + 1) / 2, (size.height + 1) / 2};
  switch (format) {
    case PixelFormat::kNv12:
      return {{size.width, size.height}, {2 * half.width, half.height}};
    case PixelFormat::kI420:
      return {{size.width, size.height}, {half.width, half.height}, {half.width, half.height}};
    case PixelFormat::kGray8:
      return {{size.width, size.height}};
    case PixelFormat::kRgb24:
      return {{3 * size.width, size.height}};
    case PixelFormat::kRgba:
      return {{4 * size.width, size.height}};
    default:
      return {};
  }
}

}  // namespace

Frame rawPicture(ByteView data, PixelFormat format, Size size, ColourSpec colour) {
  const std::vector<Plane> planes = planesOf(format, size);
  if (planes.empty() || size.width < 1 || size.height < 1 ||
      int64_t{size.width} * size.height > kMaxPixels) {
    throw Error("ERR_INVALID_ARGUMENT", "a picture needs a width, a height and a format of bytes");
  }
  const size_t expected = packedBytes(format, size);
  if (data.size() != expected) {
    throw Error("ERR_INVALID_ARGUMENT", "a picture of " + std::to_string(size.width) + "x" +
                                            std::to_string(size.height) + " in this format has " +
                                            std::to_string(expected) + " bytes, not " +
                                            std::to_string(data.size()));
  }
  std::shared_ptr<AVFrame> frame(makeAvFrame());
  frame->format = formatOf(format);
  frame->width = size.width;
  frame->height = size.height;
  setColour(*frame, colour);
  check(av_frame_get_buffer(frame.get(), 0), "ERR_DECODE", "make a picture");
  const uint8_t* from = data.data();
  for (size_t i = 0; i < planes.size(); ++i) {
    for (int line = 0; line < planes[i].lines; ++line, from += planes[i].rowBytes) {
      std::memcpy(frame->data[i] + ptrdiff_t{line} * frame->linesize[i], from,
                  static_cast<size_t>(planes[i].rowBytes));
    }
  }
  return Frame(frame);
}

}  // namespace flux::video
