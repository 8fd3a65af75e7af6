// A connection's worth of RTP and RTCP of two tracks with any clock rates, each packet behind its
// length: what is told of the picture that sound belongs to is told only where reports were
// believed.
#include <cstdlib>

#include "rtsp/av_sync.h"
#include "rtsp/media_receiver.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  using namespace flux::rtsp;
  if (size < 9) return 0;
  ByteReader reader(ByteView(data, size));
  ClientStats stats;
  AvSync sync(data[0] % 8 == 7 ? Policies::AvSync::kArrival : Policies::AvSync::kRtcp,
              stats.quirks);
  reader.u8();
  bool known = false;
  MediaReceiver video(Codec::kH264, {4096}, stats, [](const AccessUnitPtr&) {});
  MediaReceiver audio(
      Codec::kPcma, {4096}, stats,
      [&](const AccessUnitPtr& unit) {
        if (unit->pictureTime && !known) std::abort();
      },
      [&](int64_t mediaTime) { return sync.pictureTime(mediaTime); });
  for (MediaReceiver* media : {&video, &audio}) {
    media->setReportListener([&sync, &known, media, &video, &audio](auto verdict) {
      sync.onReport(media->senderClock(), verdict);
      known = video.senderClock().isKnown() && audio.senderClock().isKnown();
    });
  }
  Track track;
  track.clockRate = reader.u32();
  video.begin(track);
  track.codec = Codec::kPcma;
  track.payloadType = 8;
  track.clockRate = reader.u32();
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = Codec::kPcma;
  track.known = parameters;
  audio.begin(track);
  int64_t now = 0;
  sync.begin(video.senderClock(), audio.senderClock(), now);
  while (reader.remaining() >= 2) {
    const uint8_t channel = reader.u8();
    const size_t length = std::min<size_t>(reader.u8(), reader.remaining());
    const ByteView packet = reader.bytes(length);
    now += int64_t{channel} * 1000;
    MediaReceiver& media = channel % 2 == 0 ? video : audio;
    if (channel % 4 >= 2) {
      media.onRtcp(packet, now);
    } else {
      media.onRtp(packet, now, now / 1000);
    }
    sync.onTime(now);
  }
  return 0;
}
