// ONVIF metadata: documents come out within the size limit, and begin like XML.
#include <cstdlib>

#include "rtsp/text.h"
#include "track_packets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  const auto sdp =
      rtsp::parseSdp("m=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000\n");
  rtsp::QuirkCounters quirks;
  const auto tracks = rtsp::listTracks(*sdp, quirks);
  if (tracks.size() != 1) std::abort();
  fuzz::feed(tracks[0], ByteView(data, size), [](const AccessUnit& unit) {
    std::string_view text = asText(unit.data);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (!rtsp::trim(text).starts_with('<')) std::abort();
  });
  return 0;
}
