// Puts the scan's pieces behind headers made of what each packet tells.
#include "rtsp/mjpeg_depacketizer.h"

#include <utility>

namespace flux::rtsp {
namespace {

constexpr uint8_t kFirstInBand = 128;
constexpr uint8_t kNeverKept = 255;  ///< tables of Q 255 belong to one image only
constexpr size_t kTable = 64;

}  // namespace

void MjpegDepacketizer::begin(const Track& track) {
  if (open_) ++counters_.dropped;
  clear();
  clockRate_ = track.clockRate;
  describedWidth_ = track.width;
  describedHeight_ = track.height;
  for (jpeg::QuantizationTables& tables : tables_) tables = {};
  headInDoubt_ = false;
  discontinuity_ = true;
}

void MjpegDepacketizer::onLoss() {
  discontinuity_ = true;
  headInDoubt_ = true;
  if (open_) breakImage();
}

void MjpegDepacketizer::onRestart() {
  if (open_) ++counters_.dropped;
  clear();
  discontinuity_ = true;
  headInDoubt_ = true;
}

void MjpegDepacketizer::push(const RtpPacket& packet, const Times& times) {
  if (open_ && packet.timestamp != timestamp_) {
    // Without its marker nobody knows whether it is whole, unless it ends as images do.
    if (!jpeg::hasEnd(image_)) breakImage();
    close();
  }
  if (!packet.payload.empty()) {
    open_ = true;
    timestamp_ = packet.timestamp;
    times_ = times;
    ByteReader reader(packet.payload);
    PayloadHeader header;
    if (readHeader(reader, header)) {
      append(header, reader);
    } else {
      malformed();
    }
  }
  if (packet.marker) {
    if (open_) close();
    headInDoubt_ = false;
  }
}

bool MjpegDepacketizer::readHeader(ByteReader& reader, PayloadHeader& header) const {
  constexpr size_t kMainHeader = 8;
  constexpr size_t kRestartHeader = 4;
  if (reader.remaining() < kMainHeader) return false;
  header.offset = reader.u32() & 0xFFFFFF;  // the first byte is type-specific: interlacing
  header.type = reader.u8();
  header.q = reader.u8();
  header.width = reader.u8() * 8;
  header.height = reader.u8() * 8;
  if (header.width == 0 || header.height == 0) {
    header.width = describedWidth_;
    header.height = describedHeight_;
  }
  if (header.type >= 64 && header.type <= 127) {
    if (reader.remaining() < kRestartHeader) return false;
    header.restartInterval = reader.u16();
    reader.skip(2);  // which intervals are in here: pieces are put together by offset
  }
  return true;
}

void MjpegDepacketizer::append(const PayloadHeader& header, ByteReader& reader) {
  if (broken_) return;
  if (image_.empty()) {
    if (header.offset != 0) {
      // Its beginning is lost; the loss itself was counted already.
      if (!headInDoubt_) ++counters_.malformed;
      breakImage();
      return;
    }
    if (!openImage(header, reader)) {
      malformed();
      return;
    }
  } else if (header.offset != image_.size() - scanAt_) {
    malformed();
    return;
  }
  const ByteView piece = reader.bytes(reader.remaining());
  if (image_.size() + piece.size() + 2 > context_.maxUnitBytes) {
    breakImage();
    return;
  }
  image_.insert(image_.end(), piece.begin(), piece.end());
}

bool MjpegDepacketizer::openImage(const PayloadHeader& header, ByteReader& reader) {
  const uint8_t type = header.type & 0x3F;
  // 2 to 63 are reserved, above 127 the session would have to say (RFC 2435 §3.1.3).
  if (header.type > 127 || type > 1 || header.q == 0) return false;
  if (header.width == 0 || header.height == 0) return false;
  const jpeg::QuantizationTables* tables = findTables(header.q, reader);
  if (tables == nullptr) return false;
  jpeg::Header out;
  out.width = header.width;
  out.height = header.height;
  out.sampling = type == 0 ? jpeg::Sampling::k422 : jpeg::Sampling::k420;
  out.restartInterval = header.restartInterval;
  image_.reserve(lastSize_ + lastSize_ / 8);
  jpeg::appendHeader(image_, out, *tables);
  scanAt_ = image_.size();
  const bool same =
      parameters_ && parameters_->width == out.width && parameters_->height == out.height;
  if (!same) parameters_ = jpeg::makeParameters(out.width, out.height);
  return true;
}

const jpeg::QuantizationTables* MjpegDepacketizer::findTables(uint8_t q, ByteReader& reader) {
  jpeg::QuantizationTables& tables = tables_[q];
  if (q < kFirstInBand) {
    if (tables[0].empty()) tables = jpeg::makeQuantizationTables(q);
    return &tables;
  }
  if (reader.remaining() < 4) return nullptr;
  reader.skip(1);
  const uint8_t precision = reader.u8();
  const size_t length = reader.u16();
  if (length > reader.remaining()) return nullptr;
  if (length != 0) {
    ByteReader data(reader.bytes(length));
    jpeg::QuantizationTables sent;
    for (size_t i = 0; i < sent.size(); ++i) {
      const size_t size = (precision >> i & 1) != 0 ? 2 * kTable : kTable;
      if (i > 0 && data.remaining() == 0) {
        sent[i] = sent[0];  // one table for all components
        break;
      }
      if (data.remaining() < size) return nullptr;
      const ByteView table = data.bytes(size);
      sent[i].assign(table.begin(), table.end());
    }
    tables = std::move(sent);
  } else if (q == kNeverKept) {
    return nullptr;
  }
  return tables[0].empty() ? nullptr : &tables;
}

void MjpegDepacketizer::malformed() {
  ++counters_.malformed;
  breakImage();
}

void MjpegDepacketizer::breakImage() {
  broken_ = true;
  Bytes().swap(image_);
}

void MjpegDepacketizer::close() {
  if (broken_ || image_.size() == scanAt_) {
    ++counters_.dropped;
    discontinuity_ = true;
    clear();
    return;
  }
  jpeg::appendEnd(image_);
  lastSize_ = image_.size();
  auto unit = std::make_shared<AccessUnit>();
  unit->data = std::move(image_);
  unit->parameters = parameters_;
  unit->mediaTime = times_.mediaTime;
  unit->clockRate = clockRate_;
  unit->arrivalMicros = times_.arrivalMicros;
  unit->arrivalWallMs = times_.arrivalWallMs;
  unit->keyFrame = true;
  unit->discontinuity = std::exchange(discontinuity_, false) && everDelivered_;
  everDelivered_ = true;
  ++counters_.delivered;
  clear();
  context_.deliver(std::move(unit));
}

void MjpegDepacketizer::clear() {
  image_ = Bytes();
  scanAt_ = 0;
  open_ = broken_ = false;
}

}  // namespace flux::rtsp
