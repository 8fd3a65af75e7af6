// Puts access units together in one buffer, NAL unit by NAL unit.
#include "rtsp/h264_depacketizer.h"

#include <algorithm>

#include "codec/bit_reader.h"
#include "codec/h264.h"

namespace flux::rtsp {
namespace {

constexpr uint8_t kStapA = 24;
constexpr uint8_t kFuA = 28;
constexpr uint8_t kLastSingle = 23;
constexpr size_t kPrefix = 4;

bool isSlice(uint8_t type) {
  return type >= h264::kNalSlice && type <= h264::kNalIdr;
}

bool beginsWithStartCode(ByteView data) {
  return data.size() > 3 && data[0] == 0 && data[1] == 0 &&
         (data[2] == 1 || (data[2] == 0 && data[3] == 1));
}

uint32_t pictureParameterSetId(ByteView pps) {
  const Bytes rbsp = h264::unescape(pps.subspan(1, std::min<size_t>(pps.size() - 1, 8)));
  return BitReader(rbsp).ue();
}

bool equal(ByteView a, const Bytes& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

void H264Depacketizer::begin(const Track& track) {
  if (open_) ++counters_.dropped;
  clearUnit();
  headInDoubt_ = false;
  discontinuity_ = true;
  clockRate_ = track.clockRate;
  sps_ = track.sps;
  pps_ = track.pps;
  parametersKnown_ = spsChanged_ = false;
  parametersChanged_ = true;
  updateParameters();
}

void H264Depacketizer::onLoss() {
  discontinuity_ = true;
  headInDoubt_ = true;
  if (open_) breakUnit();
}

void H264Depacketizer::onRestart() {
  if (open_) ++counters_.dropped;
  clearUnit();
  discontinuity_ = true;
  headInDoubt_ = true;
}

void H264Depacketizer::push(const RtpPacket& packet, const Times& times) {
  if (open_ && packet.timestamp != timestamp_) {
    // Parameter sets with a timestamp of their own belong to the picture that follows them.
    if (hasSlice_ || broken_) closeUnit();
  }
  if (!packet.payload.empty()) {  // cameras send empty ones to keep a connection alive
    open_ = true;
    timestamp_ = packet.timestamp;
    times_ = times;
    pushPayload(packet.payload);
  }
  if (packet.marker && hasSlice_) {
    headInDoubt_ = false;
    closeUnit();
  }
}

void H264Depacketizer::pushPayload(ByteView payload) {
  const uint8_t type = h264::nalType(payload);
  if (type == kFuA) {
    pushFragment(payload);
    return;
  }
  if (inFragment_) {
    // All packets are here, so only the end bit is missing.
    ++counters_.malformed;
    endNal();
  }
  if (type == kStapA) {
    pushAggregate(payload);
  } else if (type >= 1 && type <= kLastSingle) {
    pushSingle(payload);
  } else if (beginsWithStartCode(payload)) {
    for (const ByteView nal : h264::splitAnnexB(payload)) pushSingle(nal);
  } else {
    malformed();
  }
}

void H264Depacketizer::pushSingle(ByteView payload) {
  beginNal(payload[0]);
  append(payload.subspan(1));
  endNal();
}

void H264Depacketizer::pushAggregate(ByteView payload) {
  ByteView rest = payload.subspan(1);
  while (!rest.empty()) {
    const size_t size = rest.size() < 2 ? 0 : static_cast<size_t>(rest[0]) << 8 | rest[1];
    if (size == 0 || size > rest.size() - 2) {
      malformed();
      return;
    }
    pushSingle(rest.subspan(2, size));
    rest = rest.subspan(2 + size);
  }
}

void H264Depacketizer::pushFragment(ByteView payload) {
  if (payload.size() < 2) {
    malformed();
    return;
  }
  const bool start = (payload[1] & 0x80) != 0;
  const bool end = (payload[1] & 0x40) != 0;
  const uint8_t type = payload[1] & 0x1F;
  if (start) {
    if (type == 0 || type > kLastSingle) {
      malformed();
      return;
    }
    if (inFragment_) {
      ++counters_.malformed;
      endNal();
    }
    beginNal(static_cast<uint8_t>((payload[0] & 0xE0) | type));
    inFragment_ = true;
  } else if (!inFragment_) {
    // Its beginning is lost; the loss itself was counted already.
    if (!headInDoubt_ && !broken_) ++counters_.malformed;
    hasSlice_ = hasSlice_ || isSlice(type);
    breakUnit();
    return;
  }
  append(payload.subspan(2));
  if (end) endNal();
}

void H264Depacketizer::malformed() {
  ++counters_.malformed;
  breakUnit();
}

void H264Depacketizer::beginNal(uint8_t header) {
  const uint8_t type = header & 0x1F;
  hasSlice_ = hasSlice_ || isSlice(type);
  if (broken_) return;
  const bool key = type == h264::kNalIdr || type == h264::kNalSps || type == h264::kNalPps;
  const size_t expected = key ? lastKeySize_ : lastDeltaSize_;
  if (unit_.capacity() < expected) unit_.reserve(expected + expected / 8);
  nalAt_ = unit_.size();
  unit_.insert(unit_.end(), kPrefix, 0);
  append(ByteView(&header, 1));
}

void H264Depacketizer::append(ByteView bytes) {
  if (broken_) return;
  if (unit_.size() + bytes.size() > context_.maxUnitBytes) {
    breakUnit();
    return;
  }
  unit_.insert(unit_.end(), bytes.begin(), bytes.end());
}

void H264Depacketizer::endNal() {
  inFragment_ = false;
  if (broken_ || !nalAt_) return;
  const size_t at = *nalAt_;
  nalAt_.reset();
  const size_t size = unit_.size() - at - kPrefix;
  for (size_t i = 0; i < kPrefix; ++i) {
    unit_[at + i] = static_cast<uint8_t>(size >> (8 * (kPrefix - 1 - i)));
  }
  const ByteView nal = ByteView(unit_).subspan(at + kPrefix);
  if (isSlice(h264::nalType(nal))) {
    noteSlice(nal);
    return;
  }
  if (!h264::splitAnnexB(nal).empty()) {  // no NAL unit holds a start code: these are several
    splitStartCodes(at);
    return;
  }
  noteParameterSet(nal);
}

void H264Depacketizer::splitStartCodes(size_t at) {
  const Bytes joined(unit_.begin() + static_cast<std::ptrdiff_t>(at + kPrefix), unit_.end());
  const auto units = h264::splitAnnexB(joined);
  size_t firstSize = static_cast<size_t>(units.front().data() - joined.data()) - 3;
  while (firstSize > 0 && joined[firstSize - 1] == 0) --firstSize;
  unit_.resize(at);
  const auto put = [this](ByteView nal) {
    h264::appendNal(unit_, nal);
    const uint8_t type = h264::nalType(nal);
    hasSlice_ = hasSlice_ || isSlice(type);
    if (isSlice(type)) {
      noteSlice(nal);
    } else {
      noteParameterSet(nal);
    }
  };
  if (firstSize > 0) put(ByteView(joined).first(firstSize));
  for (const ByteView nal : units) put(nal);
}

void H264Depacketizer::noteSlice(ByteView nal) {
  if (headInDoubt_ && !h264::startsPicture(nal)) {
    breakUnit();
    return;
  }
  headInDoubt_ = false;
  keyFrame_ = keyFrame_ || h264::nalType(nal) == h264::kNalIdr;
}

void H264Depacketizer::noteParameterSet(ByteView nal) {
  const uint8_t type = h264::nalType(nal);
  if (type == h264::kNalSps && !spsSeen_) {
    spsSeen_ = true;
    if (equal(nal, sps_)) return;
    sps_.assign(nal.begin(), nal.end());
    parametersChanged_ = spsChanged_ = true;
  } else if (type == h264::kNalPps && nal.size() > 1) {
    // Streams may hold several PPS side by side; the parameters carry the one they began with.
    const bool another = !pps_.empty() && pictureParameterSetId(nal) != pictureParameterSetId(pps_);
    if (another && !spsChanged_) return;
    spsChanged_ = false;
    if (equal(nal, pps_)) return;
    pps_.assign(nal.begin(), nal.end());
    parametersChanged_ = true;
  }
}

void H264Depacketizer::updateParameters() {
  if (!parametersChanged_ || sps_.empty() || pps_.empty()) return;
  parametersChanged_ = spsChanged_ = false;
  auto made = h264::makeParameters(sps_, pps_);
  if (!made) {
    ++counters_.malformed;
    return;
  }
  // Taps compare pointers, so equal parameters stay the same object.
  const bool same = parameters_ && parameters_->sps == made->sps && parameters_->pps == made->pps;
  if (!same) parameters_ = std::move(made);
  parametersKnown_ = true;
}

void H264Depacketizer::breakUnit() {
  broken_ = true;
  inFragment_ = false;
  nalAt_.reset();
  Bytes().swap(unit_);
}

void H264Depacketizer::closeUnit() {
  if (inFragment_ && !broken_) {
    ++counters_.malformed;
    endNal();
  }
  updateParameters();
  if (broken_ || !parametersKnown_) {
    ++counters_.dropped;
    discontinuity_ = true;
    clearUnit();
    return;
  }
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
  discontinuity_ = false;
  everDelivered_ = true;
  ++counters_.delivered;
  clearUnit();
  context_.deliver(std::move(unit));
}

void H264Depacketizer::clearUnit() {
  unit_ = Bytes();
  open_ = broken_ = hasSlice_ = keyFrame_ = spsSeen_ = inFragment_ = false;
  nalAt_.reset();
}

}  // namespace flux::rtsp
