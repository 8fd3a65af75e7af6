// A connection's worth of RTP and RTCP packets, each behind its length: units come out whole and
// within the size limit, whatever the packets hold.
#include <cstdlib>

#include "codec/h264.h"
#include "rtsp/media_receiver.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  using namespace flux::rtsp;
  constexpr size_t kMaxUnit = 4096;
  ClientStats stats;
  uint64_t delivered = 0;
  MediaReceiver media(Codec::kH264, {kMaxUnit}, stats, [&](AccessUnitPtr unit) {
    ++delivered;
    size_t nals = 0;
    const bool whole = h264::forEachNal(unit->data, [&](ByteView) { ++nals; });
    // Splitting Annex B makes three-byte start codes into four-byte lengths.
    if (!whole || nals == 0 || unit->data.size() > kMaxUnit * 2 || !unit->parameters) std::abort();
  });
  Track track;
  if (size > 0 && data[0] % 2 != 0) {
    track.sps = fromHex("674d4016d900a02ff970110000030001000003001e8f162e48");
    track.pps = fromHex("68ebc3cb20");
  }
  media.begin(track);
  ByteReader reader(ByteView(data, size).subspan(size > 0 ? 1 : 0));
  int64_t now = 0;
  while (reader.remaining() >= 2) {
    const uint8_t channel = reader.u8();
    const size_t length = std::min<size_t>(reader.u8(), reader.remaining());
    const ByteView packet = reader.bytes(length);
    now += 1000;
    if (channel % 8 == 7) {
      media.onRtcp(packet, now);
    } else {
      media.onRtp(packet, now, now / 1000);
    }
  }
  media.receiverReport(now);
  if (stats.accessUnits != delivered) std::abort();
  return 0;
}
