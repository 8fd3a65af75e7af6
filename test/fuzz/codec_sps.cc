// Any bytes as SPS, avcC record, Annex B stream or slices: parsed within bounds, or refused.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "codec/h264.h"
#include "codec/h264_low_delay.h"
#include "codec/picture_kind.h"

namespace {

using namespace flux;

void check(bool sound) {
  if (!sound) std::abort();
}

/// What is rewritten is the same picture with the promise, and says so already.
void checkRewritten(ByteView nal, const h264::Sps& before) {
  const Bytes rewritten = h264::withoutReordering(nal);
  const auto after = h264::parseSps(rewritten);
  check(after && after->width == before.width && after->height == before.height);
  check(after->profileIdc == before.profileIdc && after->maxRefFrames == before.maxRefFrames);
  check(after->frameRate == before.frameRate);
  check(h264::withoutReordering(rewritten) == rewritten);
  const bool same =
      rewritten.size() == nal.size() && std::equal(rewritten.begin(), rewritten.end(), nal.begin());
  check(same || (after->reorderDepthTold && after->reorderDepth == 0));
}

void checkKinds(ByteView input) {
  AccessUnit unit;
  unit.data.assign(input.begin(), input.end());
  unit.parameters = std::make_shared<CodecParameters>();
  isReference(unit);
  hasBidirectionalSlice(unit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(data, size);
  Bytes nal = {0x67};
  nal.insert(nal.end(), input.begin(), input.end());
  for (const ByteView candidate : {input, ByteView(nal)}) {
    const auto sps = h264::parseSps(candidate);
    if (!sps) continue;
    const bool sound = sps->width > 0 && sps->width <= 16384 && sps->height > 0 &&
                       sps->height <= 16384 && sps->reorderDepth >= 0 && sps->reorderDepth <= 16 &&
                       sps->frameRate >= 0 && sps->frameRate <= 1000;
    check(sound);
    checkRewritten(candidate, *sps);
    const Bytes pps = {0x68, 0xCE, 0x0F, 0xC8};
    const auto made = h264::makeParameters(candidate, pps);
    // What we write ourselves we must be able to read.
    check(!made || h264::parametersFromAvcC(made->decoderConfiguration));
  }
  h264::parametersFromAvcC(input);
  Bytes unit;
  size_t appended = 0;
  for (const ByteView found : h264::splitAnnexB(input)) {
    h264::appendNal(unit, found);
    ++appended;
  }
  size_t visited = 0;
  check(h264::forEachNal(unit, [&](ByteView) { ++visited; }) && visited == appended);
  h264::forEachNal(input, [](ByteView found) { h264::startsPicture(found); });
  checkKinds(input);
  checkKinds(unit);
  return 0;
}
