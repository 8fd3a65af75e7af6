#include "video/decoder_limits.h"

#include <string>

#include "codec/h264.h"
#include "codec/h265.h"

namespace flux::video {

void requireUnitFits(ByteView unit) {
  if (unit.size() <= kMaxUnitBytes) return;
  throw Error("ERR_LIMIT", "a unit of " + std::to_string(unit.size()) + " bytes; at most " +
                               std::to_string(kMaxUnitBytes) + " are decoded");
}

void requireFits(Size size) {
  if (int64_t{size.width} * size.height <= kMaxPixels) return;
  throw Error("ERR_LIMIT", "the picture claims " + std::to_string(size.width) + "x" +
                               std::to_string(size.height) + " pixels; at most " +
                               std::to_string(kMaxPixels) + " are decoded");
}

void requireSpsFits(Codec codec, ByteView nal) {
  if (codec == Codec::kH264) {
    if (const auto sps = h264::parseSps(nal)) requireFits({sps->width, sps->height});
  } else if (codec == Codec::kH265) {
    if (const auto sps = h265::parseSps(nal)) requireFits({sps->width, sps->height});
  }
}

}  // namespace flux::video
