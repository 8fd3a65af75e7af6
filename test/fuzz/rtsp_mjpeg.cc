// JPEG payloads: images come out whole and within the size limit, whatever the packets hold.
#include <cstdlib>

#include "codec/jpeg.h"
#include "track_packets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  rtsp::Track track;
  track.codec = Codec::kMjpeg;
  track.payloadType = 26;
  if (size > 0 && data[0] % 2 != 0) track.width = track.height = 2592;
  fuzz::feed(track, ByteView(data, size), [](const AccessUnit& unit) {
    const Bytes& image = unit.data;
    const bool begins = image.size() > 600 && image[0] == 0xFF && image[1] == 0xD8;
    if (!begins || !jpeg::hasEnd(image)) std::abort();
    if (unit.parameters->width < 1 || unit.parameters->height < 1) std::abort();
  });
  return 0;
}
