#include "video/still.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "video/jpeg_encoder.h"
#include "video/key_frame_decoder.h"
#include "video/scaler.h"

namespace flux::video {
namespace {

/// A side of a JPEG has 16 bits (ITU-T T.81, B.2.2), of which the encoder wants a few for itself.
constexpr int kMaxJpegSide = 65500;

int scaled(int length, double by) {
  return std::max(1, static_cast<int>(std::lround(length * by)));
}

}  // namespace

Size fitInto(Size shown, const StillOptions& options) {
  double by = std::numeric_limits<double>::infinity();
  if (options.box.width > 0) by = static_cast<double>(options.box.width) / shown.width;
  if (options.box.height > 0) {
    by = std::min(by, static_cast<double>(options.box.height) / shown.height);
  }
  if (!options.enlarge || std::isinf(by)) by = std::min(by, 1.0);
  return {scaled(shown.width, by), scaled(shown.height, by)};
}

Still makeStill(const CodecParameters& parameters, ByteView keyFrame, const StillOptions& options) {
  const Frame decoded = decodeKeyFrame(parameters, keyFrame);
  const Size size = fitInto(decoded.displaySize(), options);
  if (int64_t{size.width} * size.height > kMaxPixels ||
      std::max(size.width, size.height) > kMaxJpegSide) {
    throw Error("ERR_LIMIT", "a picture of " + std::to_string(size.width) + "x" +
                                 std::to_string(size.height) +
                                 " pixels is too large: ask for a smaller one");
  }
  const Frame scaled = scaleForJpeg(decoded, size);
  return {encodeJpeg(scaled, options.quality), size};
}

}  // namespace flux::video
