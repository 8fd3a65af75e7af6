// Takes NAL units out of the payload structures of RFC 7798 §4.4.
#include "rtsp/h265_depacketizer.h"

#include "codec/h265.h"
#include "rtsp/h265_payload.h"
#include "rtsp/sdp.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

uint8_t withType(uint8_t header, uint8_t type) {
  return static_cast<uint8_t>((header & 0x81) | type << 1);
}

}  // namespace

void H265Depacketizer::begin(const Track& track) {
  const auto difference = parseNumber<int>(formatParameter(track.parameters, "sprop-max-don-diff"));
  orderNumbers_ = difference.value_or(0) > 0;
  lastOrderNumber_.reset();
  NalDepacketizer::begin(track);
}

void H265Depacketizer::unpack(ByteView payload) {
  if (payload.size() < h265::kNalHeaderBytes) {
    malformed();
    return;
  }
  const Header header = {payload[0], payload[1]};
  const ByteView rest = payload.subspan(header.size());
  if (h265::nalType(header) == kPaci265) {
    unpackPaci(header, rest);
  } else {
    unpackOne(header, rest);
  }
}

/// §4.4.4: the carried payload goes without its own header, whose type and F bit are told here.
void H265Depacketizer::unpackPaci(const Header& header, ByteView rest) {
  if (rest.size() < 2) {
    malformed();
    return;
  }
  const auto type = static_cast<uint8_t>(rest[0] >> 1 & 0x3F);
  const size_t extension = (rest[0] & 1U) << 4 | rest[1] >> 4;
  if (type == kPaci265 || rest.size() - 2 <= extension) {
    malformed();
    return;
  }
  const auto first = static_cast<uint8_t>((rest[0] & 0x80) | type << 1 | (header[0] & 1));
  unpackOne({first, header[1]}, rest.subspan(2 + extension));
}

void H265Depacketizer::unpackOne(const Header& header, ByteView rest) {
  const uint8_t type = h265::nalType(header);
  if (type == kFragmentation265) {
    unpackFragment(header, rest);
  } else if (type == kAggregation265) {
    unpackAggregate(rest);
  } else if (type <= kLastNalUnit265) {
    unpackSingle(header, rest);
  } else {
    malformed();
  }
}

void H265Depacketizer::unpackSingle(const Header& header, ByteView rest) {
  if (takeOrderNumber(rest)) single(header, rest);
}

void H265Depacketizer::unpackAggregate(ByteView rest) {
  for (bool first = true; first || !rest.empty(); first = false) {
    if (first) {
      if (!takeOrderNumber(rest)) return;
    } else if (orderNumbers_) {
      if (!advanceTo(static_cast<uint16_t>(lastOrderNumber_.value_or(0) + rest[0] + 1))) return;
      rest = rest.subspan(1);
    }
    const size_t size = rest.size() < 2 ? 0 : static_cast<size_t>(rest[0]) << 8 | rest[1];
    const bool fits = size >= h265::kNalHeaderBytes && size <= rest.size() - 2;
    if (!fits || h265::nalType(rest.subspan(2)) > kLastNalUnit265) {
      malformed();
      return;
    }
    single(rest.subspan(2, size));
    rest = rest.subspan(2 + size);
  }
}

void H265Depacketizer::unpackFragment(const Header& header, ByteView rest) {
  if (rest.empty()) {
    malformed();
    return;
  }
  Fragment part;
  part.start = (rest[0] & 0x80) != 0;
  part.end = (rest[0] & 0x40) != 0;
  const uint8_t type = rest[0] & 0x3F;
  rest = rest.subspan(1);
  if (part.start && type > kLastNalUnit265) {
    malformed();
    return;
  }
  if (part.start && !takeOrderNumber(rest)) return;
  part.body = rest;
  part.malformed = rest.empty();
  const Header whole = {withType(header[0], type), header[1]};
  part.header = whole;
  fragment(part);
}

/// DONL, §4.4.1: false where it is cut off or says that this unit is out of order.
bool H265Depacketizer::takeOrderNumber(ByteView& rest) {
  if (!orderNumbers_) return true;
  if (rest.size() < 2) {
    malformed();
    return false;
  }
  const auto number = static_cast<uint16_t>(rest[0] << 8 | rest[1]);
  rest = rest.subspan(2);
  return advanceTo(number);
}

bool H265Depacketizer::advanceTo(uint16_t orderNumber) {
  const bool back =
      lastOrderNumber_ && static_cast<uint16_t>(orderNumber - *lastOrderNumber_) > 0x7FFF;
  lastOrderNumber_ = orderNumber;
  if (back) malformed();
  return !back;
}

NalDepacketizer::Traits H265Depacketizer::traits(ByteView nal) const {
  if (h265::layerId(nal) != 0) return {};
  const uint8_t type = h265::nalType(nal);
  if (h265::isSlice(type)) {
    return {.role = Role::kSlice,
            .randomAccess = h265::isIrap(type),
            .startsPicture = h265::startsPicture(nal)};
  }
  switch (type) {
    case h265::kNalVps:
      return {.role = Role::kVps};
    case h265::kNalSps:
      return {.role = Role::kSps};
    case h265::kNalPps:
      return {.role = Role::kPps};
    case h265::kNalAccessUnitDelimiter:
      return {.role = Role::kDelimiter};
    default:
      return {};
  }
}

CodecParametersPtr H265Depacketizer::makeParameters(ByteView vps, ByteView sps,
                                                    ByteView pps) const {
  return h265::makeParameters(vps, sps, pps);
}

bool H265Depacketizer::decodeAlike(const CodecParameters& a, const CodecParameters& b) const {
  return h265::decodeAlike(a, b);
}

}  // namespace flux::rtsp
