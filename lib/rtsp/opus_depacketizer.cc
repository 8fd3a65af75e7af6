// Opus packets as they come, with the time that they play for.
#include "rtsp/opus_depacketizer.h"

#include "codec/opus.h"

namespace flux::rtsp {

void OpusDepacketizer::push(const RtpPacket& packet, const Times& times) {
  const ByteView payload = packet.payload;
  if (payload.empty()) return;
  const auto samples = opus::packetSamples(payload);
  if (!samples) {
    malformed();
    return;
  }
  emit(Bytes(payload.begin(), payload.end()), times.mediaTime, *samples, times);
}

}  // namespace flux::rtsp
