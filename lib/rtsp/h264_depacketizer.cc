// Takes NAL units out of the payload structures of RFC 6184 §5.2.
#include "rtsp/h264_depacketizer.h"

#include "codec/h264.h"
#include "rtsp/h264_payload.h"

namespace flux::rtsp {
namespace {

constexpr uint8_t kLastSingle = 23;

}  // namespace

void H264Depacketizer::unpack(ByteView payload) {
  const uint8_t type = h264::nalType(payload);
  if (type == kFuA) {
    unpackFragment(payload);
  } else if (type == kStapA) {
    unpackAggregate(payload.subspan(1));
  } else if (type >= 1 && type <= kLastSingle) {
    single(payload);
  } else {
    malformed();
  }
}

void H264Depacketizer::unpackAggregate(ByteView rest) {
  while (!rest.empty()) {
    const size_t size = rest.size() < 2 ? 0 : static_cast<size_t>(rest[0]) << 8 | rest[1];
    const bool fits = size > 0 && size <= rest.size() - 2;
    if (!fits || h264::nalType(rest.subspan(2)) > kLastSingle) {
      malformed();
      return;
    }
    single(rest.subspan(2, size));
    rest = rest.subspan(2 + size);
  }
}

void H264Depacketizer::unpackFragment(ByteView payload) {
  if (payload.size() < 2) {
    malformed();
    return;
  }
  Fragment part;
  part.start = (payload[1] & 0x80) != 0;
  part.end = (payload[1] & 0x40) != 0;
  part.body = payload.subspan(2);
  part.malformed = (payload[1] & 0x20) != 0 || part.body.empty();
  const uint8_t type = payload[1] & 0x1F;
  if (part.start && (type == 0 || type > kLastSingle)) {
    malformed();
    return;
  }
  const auto header = static_cast<uint8_t>((payload[0] & 0xE0) | type);
  part.header = ByteView(&header, 1);
  fragment(part);
}

NalDepacketizer::Traits H264Depacketizer::traits(ByteView nal) const {
  switch (h264::nalType(nal)) {
    case h264::kNalSps:
      return {.role = Role::kSps};
    case h264::kNalPps:
      return {.role = Role::kPps};
    case h264::kNalAccessUnitDelimiter:
      return {.role = Role::kDelimiter};
    case h264::kNalSlice:
    case h264::kNalPartitionA:
    case h264::kNalPartitionB:
    case h264::kNalPartitionC:
      return {.role = Role::kSlice, .startsPicture = h264::startsPicture(nal)};
    case h264::kNalIdr:
      return {
          .role = Role::kSlice, .randomAccess = true, .startsPicture = h264::startsPicture(nal)};
    default:
      return {};
  }
}

CodecParametersPtr H264Depacketizer::makeParameters(ByteView /*vps*/, ByteView sps,
                                                    ByteView pps) const {
  return h264::makeParameters(sps, pps);
}

bool H264Depacketizer::decodeAlike(const CodecParameters& a, const CodecParameters& b) const {
  return h264::decodeAlike(a, b);
}

}  // namespace flux::rtsp
