// Any bytes as VPS, SPS, PPS or hvcC record: parsed within bounds, or refused.
#include <cstdlib>

#include "codec/h265.h"
#include "codec/picture_kind.h"

namespace {

using namespace flux;

const Bytes kVps = fromHex("40010c01ffff01600000030090000003000003003f959409");
const Bytes kSps =
    fromHex("42010101600000030090000003000003003fa0050201696595964932bc05a02000000300200000030321");
const Bytes kPps = fromHex("4401c172b46240");

void check(bool sound) {
  if (!sound) std::abort();
}

void checkParameters(const CodecParametersPtr& parameters) {
  if (!parameters) return;
  check(parameters->width > 0 && parameters->width <= 16384);
  check(parameters->height > 0 && parameters->height <= 16384);
  check(parameters->reorderDepth >= 0 && parameters->reorderDepth <= 16);
  check(parameters->frameRate >= 0 && parameters->frameRate <= 1000);
  check(parameters->codecString.starts_with("hvc1."));
  // What we write ourselves, and what we kept, we must be able to read.
  const auto back = h265::parametersFromHvcC(parameters->decoderConfiguration);
  check(back != nullptr && back->sps == parameters->sps);
  check(h265::decodeAlike(*parameters, *back));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(data, size);
  const auto known = h265::makeParameters(kVps, kSps, kPps);
  for (const uint8_t type : {h265::kNalVps, h265::kNalSps, h265::kNalPps}) {
    Bytes nal = {static_cast<uint8_t>(type << 1), 1};
    nal.insert(nal.end(), input.begin(), input.end());
    h265::parseVps(nal);
    h265::parseSps(nal);
    h265::parsePps(nal);
    const auto made = h265::makeParameters(type == h265::kNalVps ? ByteView(nal) : ByteView(kVps),
                                           type == h265::kNalSps ? ByteView(nal) : ByteView(kSps),
                                           type == h265::kNalPps ? ByteView(nal) : ByteView(kPps));
    checkParameters(made);
    if (made) h265::decodeAlike(*made, *known);
  }
  checkParameters(h265::parametersFromHvcC(input));
  h265::parseVps(input);
  h265::parseSps(input);
  h265::parsePps(input);
  nal::forEachNal(input, [](ByteView nal) { h265::startsPicture(nal); });
  AccessUnit unit;
  unit.data.assign(data, data + size);
  unit.parameters = known;
  isReference(unit);
  hasBidirectionalSlice(unit);
  return 0;
}
