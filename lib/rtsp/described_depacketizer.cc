// Access units of tracks whose parameters SDP gives.
#include "rtsp/described_depacketizer.h"

#include <utility>

namespace flux::rtsp {

void DescribedDepacketizer::begin(const Track& track) {
  clockRate_ = track.clockRate;
  // Taps compare pointers, so equal parameters stay the same object.
  const bool same = parameters_ && track.known && sameParameters(*parameters_, *track.known);
  if (!same) parameters_ = track.known;
  discontinuity_ = true;
}

void DescribedDepacketizer::onLoss() {
  discontinuity_ = true;
}

void DescribedDepacketizer::onRestart() {
  onLoss();
}

void DescribedDepacketizer::emit(Bytes data, int64_t mediaTime, int64_t duration,
                                 const Times& times) {
  if (parameters_ == nullptr || data.empty() || data.size() > context_.maxUnitBytes) {
    drop();
    return;
  }
  auto unit = std::make_shared<AccessUnit>();
  unit->data = std::move(data);
  unit->parameters = parameters_;
  unit->mediaTime = mediaTime;
  unit->duration = duration;
  unit->clockRate = clockRate_;
  unit->arrivalMicros = times.arrivalMicros;
  unit->arrivalWallMs = times.arrivalWallMs;
  if (context_.pictureTime) unit->pictureTime = context_.pictureTime(mediaTime);
  unit->keyFrame = true;
  unit->discontinuity = std::exchange(discontinuity_, false) && everDelivered_;
  everDelivered_ = true;
  ++counters_.delivered;
  context_.deliver(std::move(unit));
}

void DescribedDepacketizer::drop() {
  ++counters_.dropped;
  discontinuity_ = true;
}

void DescribedDepacketizer::malformed() {
  ++counters_.malformed;
  discontinuity_ = true;
}

}  // namespace flux::rtsp
