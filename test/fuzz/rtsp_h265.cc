// Payloads of H.265, or of H.264, with markers, timestamps and losses as the input says: units come
// out whole and within the size limit, whatever the payloads hold.
#include <algorithm>
#include <cstdlib>

#include "codec/nal.h"
#include "rtsp/h264_depacketizer.h"
#include "rtsp/h265_depacketizer.h"

namespace {

using namespace flux;
using namespace flux::rtsp;

constexpr size_t kMaxUnit = 4096;

enum Flag : uint8_t {
  kMarker = 1,
  kNextTimestamp = 2,
  kLoss = 4,
  kRestart = 8,
  kReconnect = 16,
  kEarlierTimestamp = 32,
};

Track makeTrack(bool h265, bool sets, bool orderNumbers) {
  Track track;
  track.codec = h265 ? Codec::kH265 : Codec::kH264;
  if (orderNumbers) track.parameters = "sprop-max-don-diff=1";
  if (!sets) return track;
  if (h265) {
    track.vps = fromHex("40010c01ffff01600000030090000003000003003f959409");
    track.sps = fromHex(
        "42010101600000030090000003000003003fa0050201696595964932bc05a02000000300200000030321");
    track.pps = fromHex("4401c172b46240");
  } else {
    track.sps = fromHex("674d4016d900a02ff970110000030001000003001e8f162e48");
    track.pps = fromHex("68ebc3cb20");
  }
  return track;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const uint8_t mode = size > 0 ? data[0] : uint8_t{0};
  const bool h265 = mode % 2 == 0;
  QuirkCounters quirks;
  uint64_t delivered = 0;
  const auto deliver = [&delivered](const AccessUnitPtr& unit) {
    ++delivered;
    size_t nals = 0;
    const bool whole = nal::forEachNal(unit->data, [&nals](ByteView) { ++nals; });
    // Splitting Annex B makes three-byte start codes into four-byte lengths.
    if (!whole || nals == 0 || unit->data.size() > kMaxUnit * 2 || !unit->parameters) std::abort();
  };
  const auto depacketizer = [&]() -> std::unique_ptr<Depacketizer> {
    Depacketizer::Context context{kMaxUnit, &quirks, deliver};
    if (h265) return std::make_unique<H265Depacketizer>(std::move(context));
    return std::make_unique<H264Depacketizer>(std::move(context));
  }();
  const Track track = makeTrack(h265, (mode & 2) != 0, (mode & 4) != 0);
  depacketizer->begin(track);
  ByteReader reader(ByteView(data, size).subspan(size > 0 ? 1 : 0));
  RtpPacket packet;
  int64_t arrival = 0;
  while (reader.remaining() >= 2) {
    const uint8_t flags = reader.u8();
    const size_t length = reader.u8();
    packet.payload = reader.bytes(std::min(length, reader.remaining()));
    packet.marker = (flags & kMarker) != 0;
    if ((flags & kNextTimestamp) != 0) packet.timestamp += 3600;
    if ((flags & kEarlierTimestamp) != 0) packet.timestamp -= 1800;
    if ((flags & kLoss) != 0) depacketizer->onLoss();
    if ((flags & kRestart) != 0) depacketizer->onRestart();
    if ((flags & kReconnect) != 0) depacketizer->begin(track);
    depacketizer->push(packet, {packet.timestamp, arrival += 1000, 0});
  }
  if (depacketizer->counters().delivered != delivered) std::abort();
  return 0;
}
