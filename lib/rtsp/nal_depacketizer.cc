// Puts access units together in one buffer, NAL unit by NAL unit.
#include "rtsp/nal_depacketizer.h"

#include <algorithm>
#include <array>

#include "codec/bit_reader.h"
#include "codec/nal.h"

namespace flux::rtsp {
namespace {

constexpr size_t kPrefix = 4;
/// Pictures are shown out of order within a few frames; a step back beyond it is another timeline.
constexpr int64_t kMaxReorderSeconds = 10;

bool equal(ByteView a, const Bytes& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// A parameter set of SDP: some cameras put Annex B start codes before it or behind it.
Bytes withoutStartCodes(const Bytes& set) {
  if (nal::beginsWithStartCode(set)) {
    const auto units = nal::splitAnnexB(set);
    return units.empty() ? Bytes() : Bytes(units[0].begin(), units[0].end());
  }
  const ByteView first = nal::untilStartCode(set);
  return {first.begin(), first.end()};
}

}  // namespace

void NalDepacketizer::begin(const Track& track) {
  if (open_) ++counters_.dropped;
  clearUnit();
  headInDoubt_ = false;
  discontinuity_ = true;
  deliveredYet_ = false;
  markedTimestamp_.reset();
  clockRate_ = track.clockRate;
  vps_ = withoutStartCodes(track.vps);
  sps_ = withoutStartCodes(track.sps);
  pps_ = withoutStartCodes(track.pps);
  parametersKnown_ = spsChanged_ = false;
  parametersChanged_ = true;
  updateParameters();
}

void NalDepacketizer::onLoss() {
  discontinuity_ = true;
  headInDoubt_ = true;
  markedTimestamp_.reset();
  if (open_) breakUnit();
}

void NalDepacketizer::onRestart() {
  // Whole but for the next picture's beginning, where markers complete nothing.
  if (open_ && hasMarker_ && hasSlice_ && !inFragment_) {
    closeUnit();
  } else if (open_) {
    ++counters_.dropped;
  }
  clearUnit();
  discontinuity_ = true;
  headInDoubt_ = true;
  markedTimestamp_.reset();
}

void NalDepacketizer::push(const RtpPacket& packet, const Times& times) {
  if (open_ && packet.timestamp != timestamp_) {
    // Parameter sets with a timestamp of their own belong to the picture that follows them.
    if (hasSlice_ || broken_) {
      closeUnit();
    } else {
      hit(Quirk::kTimestampInUnit);
    }
  }
  if (!packet.payload.empty()) {  // cameras send empty ones to keep a connection alive
    packetTimestamp_ = packet.timestamp;
    packetTimes_ = times;
    if (nal::beginsWithStartCode(packet.payload)) {
      annexB(packet.payload);
    } else {
      unpack(packet.payload);
    }
  }
  if (packet.marker) onMarker();
}

void NalDepacketizer::onMarker() {
  if (!open_) return;
  if (!hasSlice_) {
    if (!broken_) hit(Quirk::kMarkerOnParameterSet);
    return;
  }
  hasMarker_ = true;
  if (markersOnSlices_) return;
  headInDoubt_ = false;
  markedTimestamp_ = timestamp_;
  closeUnit();
}

void NalDepacketizer::single(ByteView nal) {
  if (nal.size() < headerBytes()) {
    malformed();
    return;
  }
  single(nal.first(headerBytes()), nal.subspan(headerBytes()));
}

void NalDepacketizer::single(ByteView header, ByteView body) {
  endFragmentEarly();
  beginNal(header, body);
  append(body);
  endNal();
}

void NalDepacketizer::annexB(ByteView stream) {
  startCodesSeen_ = true;
  hit(Quirk::kAnnexBInPayload);
  for (const ByteView nal : nal::splitAnnexB(stream)) single(nal);
}

void NalDepacketizer::fragment(const Fragment& part) {
  bool odd = part.malformed || (part.start && part.end);
  if (part.start) {
    endFragmentEarly();
    beginNal(part.header, part.body);
    inFragment_ = true;
    fragmentType_ = part.header[0];
  } else if (!inFragment_) {
    // Its beginning is lost; the loss itself was counted already.
    if (!headInDoubt_ && !broken_) ++counters_.malformed;
    touch();
    hasSlice_ = hasSlice_ || traits(part.header).role == Role::kSlice;
    breakUnit();
    return;
  } else {
    touch();
    odd = odd || part.header[0] != fragmentType_;
  }
  if (odd) hit(Quirk::kFragmentMalformed);
  append(part.body);
  if (part.end) endNal();
}

void NalDepacketizer::endFragmentEarly() {
  if (!inFragment_) return;
  // All packets are here, so only the end bit is missing.
  ++counters_.malformed;
  hit(Quirk::kFragmentMalformed);
  endNal();
}

void NalDepacketizer::malformed() {
  ++counters_.malformed;
  touch();
  breakUnit();
}

void NalDepacketizer::beginNal(ByteView header, ByteView body) {
  std::array<uint8_t, kMaxHeader + 1> head{};
  std::copy(header.begin(), header.end(), head.begin());
  if (!body.empty()) head.at(header.size()) = body[0];
  const Traits next = traits(ByteView(head).first(header.size() + (body.empty() ? 0 : 1)));
  if (endsBefore(next)) closeUnit();
  touch();
  nalTraits_ = next;
  hasSlice_ = hasSlice_ || next.role == Role::kSlice;
  if (broken_) return;
  const bool key = next.randomAccess || (next.role != Role::kSlice && next.role != Role::kOther);
  const size_t expected = key ? lastKeySize_ : lastDeltaSize_;
  if (unit_.capacity() < expected) unit_.reserve(expected + expected / 8);
  nalAt_ = unit_.size();
  unit_.insert(unit_.end(), kPrefix, 0);
  append(header);
}

bool NalDepacketizer::endsBefore(const Traits& next) const {
  if (!open_ || !hasSlice_) return false;
  switch (next.role) {
    case Role::kDelimiter:
    case Role::kVps:
    case Role::kSps:
      return true;  // H.264 §7.4.1.2.3, H.265 §7.4.2.4.4
    case Role::kSlice:
      return hasMarker_ && next.startsPicture;
    default:
      return false;
  }
}

void NalDepacketizer::append(ByteView bytes) {
  if (broken_) return;
  if (unit_.size() + bytes.size() > context_.maxUnitBytes) {
    breakUnit();
    return;
  }
  unit_.insert(unit_.end(), bytes.begin(), bytes.end());
}

void NalDepacketizer::endNal() {
  inFragment_ = false;
  if (broken_ || !nalAt_) return;
  const size_t at = *nalAt_;
  nalAt_.reset();
  const size_t size = unit_.size() - at - kPrefix;
  for (size_t i = 0; i < kPrefix; ++i) {
    unit_[at + i] = static_cast<uint8_t>(size >> (8 * (kPrefix - 1 - i)));
  }
  const ByteView nal = ByteView(unit_).subspan(at + kPrefix);
  // No NAL unit holds a start code. Slices are large, so they are searched only where a camera was
  // seen to send some.
  if ((nalTraits_.role != Role::kSlice || startCodesSeen_) && !nal::splitAnnexB(nal).empty()) {
    splitStartCodes(at);
    return;
  }
  note(nal);
}

void NalDepacketizer::splitStartCodes(size_t at) {
  startCodesSeen_ = true;
  hit(Quirk::kAnnexBInPayload);
  const Bytes joined(unit_.begin() + static_cast<std::ptrdiff_t>(at + kPrefix), unit_.end());
  unit_.resize(at);
  const ByteView first = nal::withoutTrailingZeros(nal::untilStartCode(joined));
  if (nalTraits_.role == Role::kSlice && first.size() < headerBytes()) {
    malformed();  // a slice of nothing but zeros: without it the picture is not whole
    return;
  }
  const auto put = [this](ByteView nal) {
    if (nal.size() < headerBytes() || broken_) return;
    hasSlice_ = hasSlice_ || traits(nal).role == Role::kSlice;
    nal::appendNal(unit_, nal);
    note(nal);
  };
  put(first);
  for (const ByteView nal : nal::splitAnnexB(joined)) put(nal);
}

void NalDepacketizer::note(ByteView nal) {
  const Traits what = traits(nal);
  if (what.role == Role::kSlice) {
    noteSlice(what);
  } else if (what.role != Role::kOther) {
    noteParameterSet(what.role, nal::untilStartCode(nal));
  }
}

void NalDepacketizer::noteSlice(const Traits& slice) {
  if (slice.startsPicture) {
    headInDoubt_ = false;
    pictureStarted_ = true;
    keyFrame_ = keyFrame_ || slice.randomAccess;
    return;
  }
  if (headInDoubt_) {
    breakUnit();
    return;
  }
  const bool goesOn = hasMarker_ || (!pictureStarted_ && markedTimestamp_ == timestamp_);
  if (!goesOn) return;
  // The picture that a marker ended goes on; where it was delivered, this rest follows it.
  hit(Quirk::kMarkerOnEverySlice);
  markersOnSlices_ = true;
  markedTimestamp_.reset();
  hasMarker_ = false;
}

void NalDepacketizer::noteParameterSet(Role role, ByteView nal) {
  if (role == Role::kVps) {
    if (equal(nal, vps_)) return;
    vps_.assign(nal.begin(), nal.end());
    parametersChanged_ = true;
  } else if (role == Role::kSps && !spsSeen_) {
    spsSeen_ = true;
    if (equal(nal, sps_)) return;
    sps_.assign(nal.begin(), nal.end());
    parametersChanged_ = spsChanged_ = true;
  } else if (role == Role::kPps && nal.size() > headerBytes()) {
    // Streams may hold several PPS side by side; the parameters carry the one they began with.
    const bool another = !pps_.empty() && pictureParameterSetId(nal) != pictureParameterSetId(pps_);
    if (another && !spsChanged_) return;
    spsChanged_ = false;
    if (equal(nal, pps_)) return;
    pps_.assign(nal.begin(), nal.end());
    parametersChanged_ = true;
  }
}

uint32_t NalDepacketizer::pictureParameterSetId(ByteView pps) const {
  if (pps.size() <= headerBytes()) return UINT32_MAX;
  const ByteView body = pps.subspan(headerBytes());
  const Bytes rbsp = nal::unescape(body.first(std::min<size_t>(body.size(), 8)));
  return BitReader(rbsp).ue();
}

void NalDepacketizer::updateParameters() {
  if (!parametersChanged_ || sps_.empty() || pps_.empty() || (needsVps() && vps_.empty())) return;
  parametersChanged_ = spsChanged_ = false;
  auto made = makeParameters(vps_, sps_, pps_);
  if (!made) {
    ++counters_.malformed;
    return;
  }
  // Taps compare pointers, so what decodes alike stays the same object.
  const bool alike = parameters_ && decodeAlike(*parameters_, *made);
  if (deliveredYet_) hit(alike ? Quirk::kParametersRepeated : Quirk::kParametersChanged);
  if (!alike) {
    parameters_ = std::move(made);
    reorderNoted_ = false;
  }
  parametersKnown_ = true;
}

void NalDepacketizer::touch() {
  open_ = true;
  timestamp_ = packetTimestamp_;
  times_ = packetTimes_;
}

void NalDepacketizer::breakUnit() {
  broken_ = true;
  inFragment_ = false;
  nalAt_.reset();
  Bytes().swap(unit_);
}

void NalDepacketizer::closeUnit() {
  endFragmentEarly();
  updateParameters();
  if (broken_ || !parametersKnown_) {
    ++counters_.dropped;
    discontinuity_ = true;
    clearUnit();
    return;
  }
  deliverUnit();
}

void NalDepacketizer::deliverUnit() {
  auto unit = std::make_shared<AccessUnit>();
  (keyFrame_ ? lastKeySize_ : lastDeltaSize_) = unit_.size();
  unit->data = std::move(unit_);
  unit->parameters = parameters_;
  unit->mediaTime = times_.mediaTime;
  unit->clockRate = clockRate_;
  unit->arrivalMicros = times_.arrivalMicros;
  unit->arrivalWallMs = times_.arrivalWallMs;
  unit->keyFrame = keyFrame_;
  unit->discontinuity = discontinuity_ && everDelivered_;
  const int64_t back = lastMediaTime_ - unit->mediaTime;
  if (!discontinuity_ && !reorderNoted_ && parameters_->reorderDepth > 0 && back > 0 &&
      back < kMaxReorderSeconds * int64_t{clockRate_}) {
    reorderNoted_ = true;
    hit(Quirk::kReorderedPictures);
  }
  lastMediaTime_ = unit->mediaTime;
  discontinuity_ = false;
  everDelivered_ = deliveredYet_ = true;
  ++counters_.delivered;
  clearUnit();
  context_.deliver(std::move(unit));
}

void NalDepacketizer::clearUnit() {
  unit_ = Bytes();
  open_ = broken_ = hasSlice_ = hasMarker_ = pictureStarted_ = keyFrame_ = spsSeen_ = inFragment_ =
      false;
  nalAt_.reset();
}

}  // namespace flux::rtsp
