// Audio of one unit a packet: the first byte chooses the encoding.
#include <array>
#include <cstdlib>

#include "track_packets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  constexpr std::array<const char*, 8> kMaps = {"PCMU/8000",         "PCMA/8000/2",  "L16/44100/2",
                                                "PCM/48000",         "G726-24/8000", "G726-40/8000",
                                                "AAL2-G726-40/8000", "opus/48000/2"};
  if (size == 0) return 0;
  const auto sdp = rtsp::parseSdp("m=audio 0 RTP/AVP 97\na=rtpmap:97 " +
                                  std::string(kMaps[data[0] % kMaps.size()]) + "\n");
  rtsp::QuirkCounters quirks;
  const auto tracks = rtsp::listTracks(*sdp, quirks);
  if (tracks.size() != 1) std::abort();
  fuzz::feed(tracks[0], ByteView(data, size).subspan(1), [](const AccessUnit& unit) {
    if (unit.duration <= 0 || !unit.keyFrame) std::abort();
  });
  return 0;
}
