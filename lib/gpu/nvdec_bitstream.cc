#include "gpu/nvdec_bitstream.h"

#include <algorithm>

#include "codec/h264.h"
#include "codec/h264_low_delay.h"
#include "codec/h265.h"
#include "codec/picture_kind.h"

namespace flux::gpu {
namespace {

enum class Kind : uint8_t { kOther, kSps, kOtherSet, kSlice };

Kind kindOf(Codec codec, ByteView nal) {
  if (codec == Codec::kH264) {
    // A set forbidden_zero_bit says that the unit is damaged (§7.4.1).
    if (nal.size() < 2 || (nal[0] & 0x80) != 0) return Kind::kOther;
    const uint8_t type = h264::nalType(nal);
    if (type >= h264::kNalSlice && type <= h264::kNalIdr) return Kind::kSlice;
    if (type == h264::kNalSps) return Kind::kSps;
    return type == h264::kNalPps ? Kind::kOtherSet : Kind::kOther;
  }
  if (nal.size() <= h265::kNalHeaderBytes || h265::layerId(nal) != 0) return Kind::kOther;
  const uint8_t type = h265::nalType(nal);
  if (h265::isSlice(type)) return Kind::kSlice;
  if (type == h265::kNalSps) return Kind::kSps;
  return type == h265::kNalVps || type == h265::kNalPps ? Kind::kOtherSet : Kind::kOther;
}

bool startsPicture(Codec codec, ByteView nal) {
  return codec == Codec::kH264 ? h264::startsPicture(nal) : h265::startsPicture(nal);
}

}  // namespace

const std::vector<ByteView>& NvdecBitstream::picturesOf(const AccessUnit& unit,
                                                        bool withParameters) {
  const CodecParameters& parameters = *unit.parameters;
  const Codec codec = parameters.codec;
  const bool h264 = codec == Codec::kH264;
  if (h264 && !bidirectional_) bidirectional_ = hasBidirectionalSlice(unit);
  stream_.clear();
  begins_.clear();
  pictures_.clear();
  if (withParameters) {
    if (!parameters.vps.empty()) append(parameters.vps, false);
    append(parameters.sps, h264);
    append(parameters.pps, false);
  }
  bool slices = false;
  begins_.push_back(0);
  nal::forEachNal(unit.data, [&](ByteView nal) {
    const Kind kind = kindOf(codec, nal);
    if (kind == Kind::kOther) return;
    if (kind == Kind::kSlice) {
      // The parser takes one picture from a packet and drops the rest: a second field goes alone.
      if (slices && startsPicture(codec, nal)) begins_.push_back(stream_.size());
      slices = true;
    }
    append(nal, h264 && kind == Kind::kSps);
  });
  if (!slices) return pictures_;
  begins_.push_back(stream_.size());
  for (size_t i = 0; i + 1 < begins_.size(); ++i) {
    pictures_.push_back(ByteView(stream_).subspan(begins_[i], begins_[i + 1] - begins_[i]));
  }
  return pictures_;
}

void NvdecBitstream::append(ByteView nal, bool isSps) {
  nal::appendAnnexB(stream_, isSps ? ByteView(rewritten(nal)) : nal);
}

const Bytes& NvdecBitstream::rewritten(ByteView sps) {
  const bool known = std::ranges::equal(sps, sps_);
  if (known && promised_ == !bidirectional_) return rewrittenSps_;
  if (!known) sps_.assign(sps.begin(), sps.end());
  const auto parsed = h264::parseSps(sps_);
  promised_ = parsed && !parsed->reorderDepthTold && !bidirectional_;
  rewrittenSps_ = promised_ ? h264::withoutReordering(sps_) : sps_;
  return rewrittenSps_;
}

}  // namespace flux::gpu
