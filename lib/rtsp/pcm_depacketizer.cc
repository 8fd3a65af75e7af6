// Whole samples out of packets.
#include "rtsp/pcm_depacketizer.h"

#include <algorithm>

namespace flux::rtsp {

void PcmDepacketizer::begin(const Track& track) {
  sampleBytes_ = track.codec == Codec::kL16 ? 2 : 1;
  frameBytes_ = sampleBytes_ * static_cast<size_t>(std::max(track.channels, 1));
  swap_ = track.packing == Track::Packing::kLittleEndian && sampleBytes_ == 2;
  DescribedDepacketizer::begin(track);
}

void PcmDepacketizer::push(const RtpPacket& packet, const Times& times) {
  ByteView payload = packet.payload;
  if (payload.empty()) return;  // keeps a connection alive
  const size_t frames = payload.size() / frameBytes_;
  if (frames * frameBytes_ != payload.size()) malformed();
  if (frames == 0) return;
  payload = payload.first(frames * frameBytes_);
  Bytes data(payload.begin(), payload.end());
  if (swap_) {
    for (size_t i = 0; i + 1 < data.size(); i += 2) std::swap(data[i], data[i + 1]);
  }
  emit(std::move(data), times.mediaTime, static_cast<int64_t>(frames), times);
}

}  // namespace flux::rtsp
