// AU headers, fragments and audioMuxElements.
#include "rtsp/aac_depacketizer.h"

#include <algorithm>

#include "codec/aac.h"
#include "codec/bit_reader.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

unsigned widthOf(const Track& track, std::string_view name, unsigned otherwise) {
  const auto value = parseNumber<unsigned>(formatParameter(track.parameters, name));
  return value && *value <= 32 ? *value : otherwise;
}

}  // namespace

AacDepacketizer::AuHeader AacDepacketizer::readFormat(const Track& track) {
  AuHeader out;
  const std::string_view mode = formatParameter(track.parameters, "mode");
  const bool low = equalsIgnoreCase(mode, "AAC-lbr");
  const std::string_view constant = formatParameter(track.parameters, "constantSize");
  out.constantSize = std::min<size_t>(parseNumber<uint32_t>(constant).value_or(0), 1U << 16);
  // Where sizelength is missing the mode tells it, and without a mode it is AAC-hbr.
  const unsigned size = low ? 6 : 13;
  const unsigned index = low ? 2 : 3;
  out.size = widthOf(track, "sizelength", out.constantSize != 0 ? 0 : size);
  out.index = widthOf(track, "indexlength", out.constantSize != 0 ? 0 : index);
  out.indexDelta = widthOf(track, "indexdeltalength", out.constantSize != 0 ? 0 : index);
  out.ctsDelta = widthOf(track, "ctsdeltalength", 0);
  out.dtsDelta = widthOf(track, "dtsdeltalength", 0);
  out.randomAccess = widthOf(track, "randomaccessindication", 0) != 0 ? 1 : 0;
  out.streamState = widthOf(track, "streamstateindication", 0);
  out.auxiliarySize = widthOf(track, "auxiliarydatasizelength", 0);
  return out;
}

void AacDepacketizer::begin(const Track& track) {
  dropPartial();
  headInDoubt_ = false;
  header_ = readFormat(track);
  latm_ = track.packing == Track::Packing::kLatm;
  subFrames_ = 1;
  unitDuration_ = 0;
  const auto config = track.known ? aac::parseConfig(track.known->decoderConfiguration)
                                  : std::optional<aac::AudioConfig>{};
  if (config) {
    unitDuration_ =
        int64_t{config->frameLength} * int64_t{track.clockRate} / config->coreSampleRate;
  }
  if (latm_) {
    const std::string_view text = formatParameter(track.parameters, "config");
    Bytes bits;
    try {
      bits = fromHex(text);
    } catch (const Error&) {
      bits.clear();
    }
    if (const auto mux = aac::parseStreamMux(bits)) subFrames_ = mux->subFrames;
  }
  DescribedDepacketizer::begin(track);
}

void AacDepacketizer::onLoss() {
  dropPartial();
  headInDoubt_ = true;
  DescribedDepacketizer::onLoss();
}

void AacDepacketizer::onRestart() {
  onLoss();
}

void AacDepacketizer::dropPartial() {
  if (open_) drop();
  open_ = false;
  partial_ = Bytes();
  partialSize_ = 0;
}

void AacDepacketizer::push(const RtpPacket& packet, const Times& times) {
  if (packet.payload.empty()) return;
  if (open_ && packet.timestamp != partialTimestamp_) dropPartial();
  if (latm_) {
    pushLatm(packet, times);
  } else {
    pushGeneric(packet, times);
  }
}

void AacDepacketizer::pushGeneric(const RtpPacket& packet, const Times& times) {
  ByteView payload = packet.payload;
  std::vector<size_t> sizes;
  if (!cutSections(payload, sizes)) {
    dropPartial();
    malformed();
    return;
  }
  if (sizes.size() == 1 && (open_ || sizes[0] > payload.size())) {
    pushFragment(payload, sizes[0], packet, times);
    return;
  }
  dropPartial();
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] > payload.size()) {
      malformed();
      return;
    }
    emitUnit(payload.first(sizes[i]), i, times);
    payload = payload.subspan(sizes[i]);
  }
  headInDoubt_ = false;
}

bool AacDepacketizer::cutSections(ByteView& payload, std::vector<size_t>& sizes) const {
  if (header_.least(true) > 0) {
    if (payload.size() < 2) return false;
    const size_t bits = static_cast<size_t>(payload[0]) << 8 | payload[1];
    const size_t bytes = (bits + 7) / 8;
    payload = payload.subspan(2);
    if (bytes > payload.size() || !readHeaders(payload.first(bytes), bits, sizes)) return false;
    payload = payload.subspan(bytes);
  } else {
    const size_t unit = header_.constantSize != 0 ? header_.constantSize : payload.size();
    sizes.assign(payload.size() / unit, unit);
  }
  if (header_.auxiliarySize != 0) {
    BitReader reader(payload);
    const size_t bits = header_.auxiliarySize + size_t{reader.bits(header_.auxiliarySize)};
    if (!reader.ok() || (bits + 7) / 8 > payload.size()) return false;
    payload = payload.subspan((bits + 7) / 8);
  }
  return !sizes.empty();
}

bool AacDepacketizer::readHeaders(ByteView section, size_t bits, std::vector<size_t>& sizes) const {
  BitReader reader(section);
  while (bits > 0) {
    size_t used = header_.least(sizes.empty());
    if (used == 0 || bits < used) break;  // all units in one header, or bits that fill a byte up
    const size_t size = header_.size != 0 ? reader.bits(header_.size) : header_.constantSize;
    reader.skip(sizes.empty() ? header_.index : header_.indexDelta);
    for (const unsigned delta : {header_.ctsDelta, header_.dtsDelta}) {
      if (delta == 0 || !reader.flag()) continue;
      reader.skip(delta);
      used += delta;
    }
    reader.skip(header_.randomAccess + header_.streamState);
    if (used > bits || !reader.ok()) return false;
    bits -= used;
    sizes.push_back(size);
  }
  return true;
}

void AacDepacketizer::pushFragment(ByteView piece, size_t whole, const RtpPacket& packet,
                                   const Times& times) {
  if (!open_) {
    if (headInDoubt_) {
      // A middle piece looks like a first one; the marker ends what its beginning is missing of.
      headInDoubt_ = !packet.marker;
      drop();
      return;
    }
    open_ = true;
    partialSize_ = whole;
    partialTimestamp_ = packet.timestamp;
  }
  if (whole != partialSize_ || whole > context_.maxUnitBytes ||
      partial_.size() + piece.size() > whole) {
    open_ = false;
    partial_ = Bytes();
    malformed();
    return;
  }
  partial_.insert(partial_.end(), piece.begin(), piece.end());
  if (partial_.size() == whole) {
    open_ = false;
    const Bytes unit = std::move(partial_);
    partial_ = Bytes();
    emitUnit(unit, 0, times);
  } else if (packet.marker) {
    dropPartial();
  }
}

void AacDepacketizer::pushLatm(const RtpPacket& packet, const Times& times) {
  // A middle or last piece gives itself away: its lengths do not fill it.
  if (!open_ && packet.marker && (!headInDoubt_ || readElements(packet.payload, nullptr))) {
    headInDoubt_ = false;
    if (!readElements(packet.payload, &times)) malformed();
    return;
  }
  if (headInDoubt_) {
    headInDoubt_ = !packet.marker;
    if (packet.marker) drop();
    return;
  }
  if (partial_.size() + packet.payload.size() > context_.maxUnitBytes) {
    open_ = true;
    dropPartial();
    headInDoubt_ = !packet.marker;
    return;
  }
  open_ = true;
  partialTimestamp_ = packet.timestamp;
  partial_.insert(partial_.end(), packet.payload.begin(), packet.payload.end());
  if (!packet.marker) return;
  open_ = false;
  const Bytes elements = std::move(partial_);
  partial_ = Bytes();
  if (!readElements(elements, &times)) malformed();
}

bool AacDepacketizer::readElements(ByteView elements, const Times* times) {
  size_t position = 0;
  while (!elements.empty()) {
    for (int i = 0; i < subFrames_; ++i, ++position) {
      size_t size = 0;
      bool complete = false;
      while (!complete && !elements.empty()) {  // PayloadLengthInfo (ISO/IEC 14496-3 §1.7.3.1)
        size += elements[0];
        complete = elements[0] != 0xFF;
        elements = elements.subspan(1);
      }
      if (!complete || size > elements.size()) return false;
      if (times != nullptr && size != 0) emitUnit(elements.first(size), position, *times);
      elements = elements.subspan(size);
    }
  }
  return true;
}

void AacDepacketizer::emitUnit(ByteView unit, size_t position, const Times& times) {
  const ByteView bare = aac::withoutAdts(unit);
  if (bare.size() != unit.size()) hit(Quirk::kAdtsInPayload);
  emit(Bytes(bare.begin(), bare.end()),
       times.mediaTime + static_cast<int64_t>(position) * unitDuration_, unitDuration_, times);
}

}  // namespace flux::rtsp
