// Any bytes as a compound RTCP packet or as an RTP packet.
#include <cstdlib>

#include "rtsp/rtcp.h"
#include "rtsp/rtp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  const ByteView input(data, size);
  rtsp::parseRtcp(input);
  if (const auto packet = rtsp::parseRtp(input)) {
    const bool inside = packet->payload.data() >= data &&
                        packet->payload.data() + packet->payload.size() <= data + size;
    if (!inside) std::abort();
  }
  return 0;
}
