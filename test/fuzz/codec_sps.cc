// Any bytes as SPS, avcC record or Annex B stream: parsed within bounds, or refused.
#include <cstdlib>

#include "codec/h264.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  const ByteView input(data, size);
  Bytes nal = {0x67};
  nal.insert(nal.end(), input.begin(), input.end());
  for (const ByteView candidate : {input, ByteView(nal)}) {
    const auto sps = h264::parseSps(candidate);
    if (!sps) continue;
    const bool sound = sps->width > 0 && sps->width <= 16384 && sps->height > 0 &&
                       sps->height <= 16384 && sps->reorderDepth >= 0 && sps->reorderDepth <= 16 &&
                       sps->frameRate >= 0 && sps->frameRate <= 1000;
    if (!sound) std::abort();
    const Bytes pps = {0x68, 0xCE, 0x0F, 0xC8};
    const auto made = h264::makeParameters(candidate, pps);
    // What we write ourselves we must be able to read.
    if (made && !h264::parametersFromAvcC(made->decoderConfiguration)) std::abort();
  }
  h264::parametersFromAvcC(input);
  Bytes unit;
  size_t appended = 0;
  for (const ByteView found : h264::splitAnnexB(input)) {
    h264::appendNal(unit, found);
    ++appended;
  }
  size_t visited = 0;
  if (!h264::forEachNal(unit, [&](ByteView) { ++visited; }) || visited != appended) std::abort();
  h264::forEachNal(input, [](ByteView found) { h264::startsPicture(found); });
  return 0;
}
