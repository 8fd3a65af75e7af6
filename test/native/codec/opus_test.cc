// The time of Opus packets, and OpusHead.
#include "codec/opus.h"

#include <gtest/gtest.h>

namespace flux::opus {
namespace {

TEST(Opus, KnowsTheTimeOfAPacketByItsFirstBytes) {
  struct Case {
    Bytes packet;
    int samples;
  };
  const std::vector<Case> cases = {
      {{0 << 3}, 480},          {{1 << 3}, 960},       {{2 << 3}, 1920},
      {{3 << 3}, 2880},         {{12 << 3}, 480},      {{13 << 3}, 960},
      {{16 << 3}, 120},         {{17 << 3}, 240},      {{31 << 3}, 960},
      {{31 << 3 | 1}, 1920},    {{31 << 3 | 2}, 1920}, {{31 << 3 | 3, 0x83}, 2880},
      {{16 << 3 | 3, 48}, 5760}};
  for (const Case& c : cases) EXPECT_EQ(packetSamples(c.packet), c.samples) << toHex(c.packet);
}

TEST(Opus, RefusesPacketsWithoutTimeOrAbove120Milliseconds) {
  for (const Bytes& packet :
       {Bytes{}, Bytes{3}, Bytes{3, 0}, Bytes{16 << 3 | 3, 49}, Bytes{3 << 3 | 3, 3}}) {
    EXPECT_FALSE(packetSamples(packet)) << toHex(packet);
  }
}

TEST(Opus, WritesOpusHead) {
  // "OpusHead", version 1, channels, pre-skip, rate and gain with the low byte first, family 0.
  EXPECT_EQ(toHex(makeHead(2, 48000)), "4f707573486561640102000080bb0000000000");
  EXPECT_EQ(toHex(makeHead(1, 16000)), "4f7075734865616401010000803e0000000000");
}

TEST(Opus, CountsIn48KilohertzWhateverWasCaptured) {
  const auto parameters = makeParameters(1, 16000);
  EXPECT_EQ(parameters->sampleRate, 48000);
  EXPECT_EQ(parameters->channels, 1);
  EXPECT_EQ(parameters->codecString, "opus");
  EXPECT_EQ(parameters->decoderConfiguration.size(), 19U);
}

}  // namespace
}  // namespace flux::opus
