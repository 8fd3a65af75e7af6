#include "container/nal_units.h"

#include "codec/h264.h"
#include "codec/h265.h"

namespace flux {

bool isSlice(Codec codec, ByteView nal) {
  if (codec == Codec::kH265) return h265::isSlice(h265::nalType(nal));
  const uint8_t type = h264::nalType(nal);
  return type >= h264::kNalSlice && type <= h264::kNalIdr;
}

bool isRandomAccess(Codec codec, ByteView nal) {
  return codec == Codec::kH265 ? h265::isIrap(h265::nalType(nal))
                               : h264::nalType(nal) == h264::kNalIdr;
}

bool isParameterSet(Codec codec, ByteView nal) {
  if (codec == Codec::kH265) {
    const uint8_t type = h265::nalType(nal);
    return type >= h265::kNalVps && type <= h265::kNalPps;
  }
  return h264::nalType(nal) == h264::kNalSps || h264::nalType(nal) == h264::kNalPps;
}

bool isSps(Codec codec, ByteView nal) {
  return codec == Codec::kH265 ? h265::nalType(nal) == h265::kNalSps
                               : h264::nalType(nal) == h264::kNalSps;
}

bool isDelimiter(Codec codec, ByteView nal) {
  return codec == Codec::kH265 ? h265::nalType(nal) == h265::kNalAccessUnitDelimiter
                               : h264::nalType(nal) == h264::kNalAccessUnitDelimiter;
}

void ParameterSetFinder::see(ByteView nal) {
  if (found_ || !isParameterSet(codec_, nal)) return;
  if (isSps(codec_, nal)) {
    sps_.assign(nal.begin(), nal.end());
  } else if (codec_ == Codec::kH264) {
    found_ = h264::makeParameters(sps_, nal);
  } else if (h265::nalType(nal) == h265::kNalVps) {
    vps_.assign(nal.begin(), nal.end());
  } else {
    found_ = h265::makeParameters(vps_, sps_, nal);
  }
}

}  // namespace flux
