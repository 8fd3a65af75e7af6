// Any bytes as a stream of access units through libavcodec's decoder: pictures within bounds or
// typed errors, and decoding goes on.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>

#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "video/av_decoder.h"

namespace {

using namespace flux;
using video::DecodedFrame;

/// Each unit is decoded on its own account: so many are enough to build upon each other.
constexpr size_t kMaxUnits = 16;
/// Larger pictures take the fuzzer's time and show nothing more.
constexpr int kMaxSide = 512;

void check(bool sound) {
  if (!sound) std::abort();
}

// Of 32x32 pixels, as x264 and x265 write them.
const Bytes kH264Sps = fromHex("6742c00ada25b011000003000100000300320f1226a0");
const Bytes kH264Pps = fromHex("68ce039c80");
const Bytes kVps = fromHex("40010c01ffff01600000030090000003000003001e913024");
const Bytes kH265Sps =
    fromHex("42010101600000030090000003000003001ea0420859644d6f0bc05a020000030002000003003210");
const Bytes kH265Pps = fromHex("4401c0718112");

CodecParametersPtr parametersOf(uint8_t choice) {
  switch (choice % 3) {
    case 0:
      return h264::makeParameters(kH264Sps, kH264Pps);
    case 1:
      return h265::makeParameters(kVps, kH265Sps, kH265Pps);
    default:
      return jpeg::makeParameters(32, 32);
  }
}

/// May the fuzzer's time be spent on it?
bool isSmall(const AccessUnit& unit) {
  bool small = true;
  const auto see = [&small](const auto& size) {
    small = small && size && size->width <= kMaxSide && size->height <= kMaxSide;
  };
  if (unit.parameters->codec == Codec::kMjpeg) {
    see(jpeg::pictureSize(unit.data));
    return small;
  }
  // One that we cannot read is another's picture of any size.
  const bool h264 = unit.parameters->codec == Codec::kH264;
  nal::forEachNal(unit.data, [&](ByteView nal) {
    if (h264 && h264::nalType(nal) == h264::kNalSps) see(h264::parseSps(nal));
    if (!h264 && h265::nalType(nal) == h265::kNalSps) see(h265::parseSps(nal));
  });
  return small;
}

/// A unit of `data`: its NAL units are told apart by start codes, so that the fuzzer need not
/// count.
AccessUnit unitOf(ByteView data, const CodecParametersPtr& parameters) {
  AccessUnit unit;
  unit.parameters = parameters;
  unit.keyFrame = true;
  if (data.empty()) return unit;
  const uint8_t marks = data[0];
  unit.keyFrame = (marks & 1) != 0;
  unit.discontinuity = (marks & 2) != 0;
  data = data.subspan(1);
  const bool whole = parameters->codec == Codec::kMjpeg || (marks & 4) != 0;
  if (whole) {
    unit.data.assign(data.begin(), data.end());
  } else {
    for (const ByteView nal : nal::splitAnnexB(data)) nal::appendNal(unit.data, nal);
  }
  return unit;
}

void checkPictures(const std::vector<DecodedFrame>& frames) {
  for (const DecodedFrame& frame : frames) {
    const video::Size size = frame.picture.size();
    check(size.width > 0 && size.height > 0);
    check(int64_t{size.width} * size.height <= video::kMaxPixels);
    const video::Size shown = frame.picture.displaySize();
    check(shown.width > 0 && shown.height > 0);
  }
}

template <class Step>
void guarded(Step step) {
  try {
    step();
  } catch (const Error& error) {
    check(error.code() == "ERR_DECODE" || error.code() == "ERR_LIMIT");
  }
}

}  // namespace

/// The first byte chooses the codec and the change to another; FF FF parts units.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  ByteView input(data + 1, size - 1);
  CodecParametersPtr parameters = parametersOf(data[0]);
  const auto decoder = video::makeAvDecoder({.parameters = parameters});
  std::vector<DecodedFrame> frames;
  constexpr uint8_t kPart[] = {0xFF, 0xFF};
  for (size_t count = 0; count < kMaxUnits && !input.empty(); ++count) {
    const auto end = std::search(input.begin(), input.end(), std::begin(kPart), std::end(kPart));
    const auto length = static_cast<size_t>(end - input.begin());
    const AccessUnit unit = unitOf(input.first(length), parameters);
    input = input.subspan(std::min(input.size(), length + sizeof kPart));
    if (!isSmall(unit)) continue;
    guarded([&] { decoder->submit(unit); });
    decoder->collect(frames, false);
    // Half the inputs change their codec in mid-stream.
    if (count == kMaxUnits / 4 && data[0] >= 128) {
      parameters = parametersOf(static_cast<uint8_t>(data[0] + 1));
    }
  }
  guarded([&] { decoder->flush(frames); });
  checkPictures(frames);
  check(decoder->pending() == 0);
  return 0;
}
