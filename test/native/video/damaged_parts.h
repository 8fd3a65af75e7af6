// Parts of streams that are missing without anybody saying so, and what no decoder may make of it:
// a picture other than the one that was sent, given out as if it were that.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/picture_kind.h"
#include "decoded_clip.h"

namespace flux::test {

/// Pictures between two key frames of the clips.
inline constexpr size_t kGroup = 12;

inline bool isSlice(Codec codec, ByteView nal) {
  if (codec == Codec::kH265) return h265::isSlice(h265::nalType(nal));
  const uint8_t type = h264::nalType(nal);
  return type == h264::kNalSlice || type == h264::kNalIdr;
}

/// The unit without its slice of that number.
inline AccessUnit withoutSlice(AccessUnit unit, int number) {
  Bytes data;
  int slices = 0;
  nal::forEachNal(unit.data, [&](ByteView nal) {
    if (!isSlice(unit.parameters->codec, nal) || slices++ != number) nal::appendNal(data, nal);
  });
  unit.data = std::move(data);
  return unit;
}

inline int slicesOf(const AccessUnit& unit) {
  int slices = 0;
  nal::forEachNal(unit.data, [&](ByteView nal) {
    if (isSlice(unit.parameters->codec, nal)) ++slices;
  });
  return slices;
}

/// The first unit from `at` on that others refer to and that is no key frame.
inline size_t referenceFrom(const Units& units, size_t at) {
  while (units[at].keyFrame || !isReference(units[at])) ++at;
  return at;
}

/// When the first key frame behind the unit `at` is shown.
inline int64_t cleanBehind(const Units& units, size_t at) {
  const auto key = std::find_if(units.begin() + static_cast<ptrdiff_t>(at) + 1, units.end(),
                                [](const AccessUnit& unit) { return unit.keyFrame; });
  return mediaMicros(*key);
}

/// Each picture of `damaged` is that of `whole` with the same time, or is concealed; from the key
/// frame shown at `cleanFrom` on all are there, and none is concealed. How many are.
template <typename Md5>
size_t expectNoWrongPicture(const Decoded& whole, const Decoded& damaged, int64_t cleanFrom,
                            const Md5& md5, const std::string& what) {
  std::map<int64_t, std::string> sums;
  size_t expected = 0;
  for (const DecodedFrame& frame : whole.frames) {
    sums[frame.timestamp] = md5(frame.picture);
    if (frame.timestamp >= cleanFrom) ++expected;
  }
  size_t concealed = 0;
  size_t clean = 0;
  for (const DecodedFrame& frame : damaged.frames) {
    if (frame.concealed) ++concealed;
    if (!frame.concealed) {
      EXPECT_EQ(md5(frame.picture), sums[frame.timestamp])
          << what << ": a wrong picture at " << frame.timestamp;
    }
    if (frame.timestamp < cleanFrom) continue;
    ++clean;
    EXPECT_FALSE(frame.concealed) << what << ": at " << frame.timestamp;
  }
  EXPECT_EQ(clean, expected) << what;
  return concealed;
}

}  // namespace flux::test
