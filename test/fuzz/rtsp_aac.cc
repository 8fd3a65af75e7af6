// AAC: the input's first line is a session description's fmtp, and the rest are packets.
#include <algorithm>
#include <cstdlib>

#include "codec/aac.h"
#include "track_packets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  const ByteView input(data, size);
  aac::parseConfig(input);
  aac::parseStreamMux(input);
  const auto line = std::find(input.begin(), input.end(), '\n');
  const std::string fmtp(input.begin(), line);
  for (const char* encoding : {"MPEG4-GENERIC/16000", "MP4A-LATM/48000/2"}) {
    const auto sdp = rtsp::parseSdp("m=audio 0 RTP/AVP 97\na=rtpmap:97 " + std::string(encoding) +
                                    "\na=fmtp:97 " + fmtp + "\n");
    if (!sdp) std::abort();
    rtsp::QuirkCounters quirks;
    for (const rtsp::Track& track : rtsp::listTracks(*sdp, quirks)) {
      const auto packets = input.subspan(std::min<size_t>(fmtp.size() + 1, size));
      fuzz::feed(track, packets, [](const AccessUnit& unit) {
        if (unit.parameters->decoderConfiguration.empty() || unit.duration < 0) std::abort();
      });
    }
  }
  return 0;
}
