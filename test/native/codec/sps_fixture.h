// What the tests of the two codecs' SPS share: the fields that both write alike, and what is
// expected of every known one.
#pragma once

#include <gtest/gtest.h>

#include "codec/bit_writer.h"

namespace flux::test {

/// The flag, and the crop in units of the chroma format.
inline void writeCropping(BitWriter& out, uint64_t right) {
  out.flag(right != 0);
  if (right != 0) out.ue(0).ue(right).ue(0).ue(0);
}

/// A VUI up to its colours (H.264 §E.1.1, H.265 §E.2.1); the samples are `aspect` to one.
inline void writeVuiStart(BitWriter& out, uint32_t aspect) {
  out.flag(true).bits(255, 8).bits(aspect << 16 | 1, 32);               // extended aspect ratio
  out.flag(true).flag(false);                                           // overscan
  out.flag(true).bits(5, 3).flag(false).flag(true).bits(0x010101, 24);  // colours
  out.flag(true).ue(0).ue(0);                                           // chroma location
}

template <class Sps, class Sample>
void expectPicture(const Sps& sps, const Sample& sample) {
  EXPECT_EQ(sps.width, sample.width);
  EXPECT_EQ(sps.height, sample.height);
  EXPECT_EQ(sps.reorderDepth, sample.reorderDepth);
  EXPECT_DOUBLE_EQ(sps.frameRate, sample.frameRate);
}

/// Gives `check` what is still read of an SPS that is cut; up to `refused` bytes it must not be
/// read.
template <class Parse, class Check>
void cutEverywhere(const Bytes& whole, size_t refused, Parse parse, Check check) {
  for (size_t size = 0; size < whole.size(); ++size) {
    // A copy, so that a read beyond the cut is one beyond the memory.
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto sps = parse(cut);
    if (sps) check(*sps);
    EXPECT_FALSE(sps && size <= refused) << size;
  }
}

/// `rate` is the frame rate of an SPS with these units and this scale.
template <class Rate>
void expectNoRateWithoutTiming(Rate rate, uint32_t scale, uint32_t endless) {
  EXPECT_EQ(rate(0, scale), 0);
  EXPECT_EQ(rate(1, 0), 0);
  EXPECT_EQ(rate(1, endless), 0);
}

}  // namespace flux::test
