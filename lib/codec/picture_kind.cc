#include "codec/picture_kind.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "codec/bit_reader.h"
#include "codec/h264.h"
#include "codec/h265.h"

namespace flux {
namespace {

/// More than what stands before slice_type takes, emulation prevention included.
constexpr size_t kBytesUpToType = 32;

Bytes headOf(ByteView nal, size_t headerBytes) {
  return nal::unescape(
      nal.subspan(headerBytes, std::min(nal.size() - headerBytes, kBytesUpToType)));
}

bool isH264Slice(ByteView nal) {
  const uint8_t type = h264::nalType(nal);
  return type == h264::kNalSlice || type == h264::kNalPartitionA || type == h264::kNalIdr;
}

bool isH264B(ByteView nal) {
  if (!isH264Slice(nal)) return false;
  const Bytes head = headOf(nal, 1);
  BitReader reader(head);
  reader.ue();  // first_mb_in_slice
  const uint32_t type = reader.ue();
  // P, B, I, SP, SI, and the same again for "all slices of the picture are such".
  return reader.ok() && type < 10 && type % 5 == 1;
}

bool isH265Slice(ByteView nal) {
  return h265::isSlice(h265::nalType(nal)) && h265::layerId(nal) == 0;
}

/// Reads the heads of slice segments; needs the stream's SPS and PPS for it.
class H265Heads {
 public:
  explicit H265Heads(const CodecParameters& parameters)
      : sps_(h265::parseSps(parameters.sps)), pps_(h265::parsePps(parameters.pps)) {}

  /// slice_segment_header() up to slice_type (H.265 §7.3.6.1).
  [[nodiscard]] bool isB(ByteView nal) const {
    if (!isH265Slice(nal) || !sps_ || !pps_) return false;
    const Bytes head = headOf(nal, h265::kNalHeaderBytes);
    BitReader reader(head);
    const bool first = reader.flag();
    const uint8_t type = h265::nalType(nal);
    if (h265::isIrap(type)) reader.skip(1);
    reader.ue();  // slice_pic_parameter_set_id
    if (!first) {
      const bool dependent = pps_->dependentSlices && reader.flag();
      // A dependent segment goes on with the slice before it.
      if (dependent || sps_->ctbSize == 0) return false;
      reader.skip(addressBits());
    }
    reader.skip(static_cast<unsigned>(pps_->extraSliceHeaderBits));
    constexpr uint32_t kSliceB = 0;
    return reader.ue() == kSliceB && reader.ok();
  }

 private:
  /// Ceil(Log2(PicSizeInCtbsY)).
  [[nodiscard]] unsigned addressBits() const {
    const auto blocks = [this](int length) {
      return static_cast<uint32_t>((length + sps_->ctbSize - 1) / sps_->ctbSize);
    };
    return static_cast<unsigned>(
        std::bit_width(blocks(sps_->codedWidth) * blocks(sps_->codedHeight) - 1));
  }

  std::optional<h265::Sps> sps_;
  std::optional<h265::Pps> pps_;
};

/// sps_max_sub_layers_minus1 stands behind the four bits of the VPS's number.
unsigned highestSubLayer(ByteView sps) {
  return sps.size() > h265::kNalHeaderBytes ? sps[h265::kNalHeaderBytes] >> 1U & 7U : 0U;
}

bool isH265Reference(ByteView nal, unsigned highest) {
  constexpr uint8_t kReservedNonIrap = 16;
  const uint8_t type = h265::nalType(nal);
  const unsigned temporalIdPlus1 = nal[1] & 7U;
  // Pictures of the even ones of these types are not referred to from their own sub-layer.
  return type >= kReservedNonIrap || type % 2 != 0 || temporalIdPlus1 != highest + 1;
}

/// Does any of the unit's NAL units satisfy it?
template <class Predicate>
bool anyNal(ByteView unit, Predicate predicate) {
  bool found = false;
  nal::forEachNal(unit, [&](ByteView nal) { found = found || predicate(nal); });
  return found;
}

}  // namespace

bool hasBidirectionalSlice(const AccessUnit& unit) {
  switch (unit.parameters->codec) {
    case Codec::kH264:
      return anyNal(unit.data, isH264B);
    case Codec::kH265: {
      const H265Heads heads(*unit.parameters);
      return anyNal(unit.data, [&](ByteView nal) { return heads.isB(nal); });
    }
    default:
      return false;
  }
}

bool isReference(const AccessUnit& unit) {
  if (unit.parameters->codec == Codec::kMjpeg) return false;
  const bool h264 = unit.parameters->codec == Codec::kH264;
  const unsigned highest = h264 ? 0 : highestSubLayer(unit.parameters->sps);
  bool slices = false;
  const bool referred = anyNal(unit.data, [&](ByteView nal) {
    if (h264 ? !isH264Slice(nal) : !isH265Slice(nal)) return false;
    slices = true;
    constexpr uint8_t kNalRefIdc = 0x60;
    return h264 ? (nal[0] & kNalRefIdc) != 0 : isH265Reference(nal, highest);
  });
  return referred || !slices;
}

bool isSkippedLeading(const AccessUnit& unit) {
  constexpr uint8_t kNalRaslN = 8;
  if (unit.parameters->codec != Codec::kH265) return false;
  return anyNal(unit.data, [](ByteView nal) {
    const uint8_t type = h265::nalType(nal);
    return type == kNalRaslN || type == h265::kNalRaslR;
  });
}

}  // namespace flux
