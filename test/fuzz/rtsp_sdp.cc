// Any text as a session description, and the URLs that are built from it.
#include <string_view>

#include "rtsp/reply_headers.h"
#include "rtsp/track.h"
#include "rtsp/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  const std::string_view text = asText({data, size});
  if (const auto sdp = rtsp::parseSdp(text)) {
    rtsp::describeOffers(*sdp);
    rtsp::QuirkCounters quirks;
    for (const rtsp::Track& track : rtsp::listTracks(*sdp, quirks)) {
      rtsp::resolveControl("rtsp://192.0.2.7/live", track.control);
    }
  }
  rtsp::parseSessionHeader(text);
  rtsp::parseTransport(text);
  try {
    rtsp::parseUrl(text);
  } catch (const Error&) {
  }
  return 0;
}
