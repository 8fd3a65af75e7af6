#include "engine/hardware.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/cpu_level.h"

namespace flux {
namespace {

TEST(ProbeHardware, SaysOfEachComponentThatItIsThereOrWhyNot) {
  const HardwareInfo info = probeHardware();
  ASSERT_EQ(info.components.size(), 4U);
  for (const ComponentInfo& component : info.components) EXPECT_FALSE(component.detail.empty());
  EXPECT_FALSE(info.cpuModel.empty());
  EXPECT_GT(info.cores, 0U);
}

TEST(ProbeHardware, FindsTheSoftwareDecoderThatRecordingNeverNeeds) {
  const HardwareInfo info = probeHardware();
  const auto h264 = std::find_if(info.decoders.begin(), info.decoders.end(),
                                 [](const CodecInfo& codec) { return codec.name == "h264"; });
  ASSERT_NE(h264, info.decoders.end());
  EXPECT_TRUE(h264->available);
  EXPECT_EQ(info.openssl.substr(0, 2), "3.");
  EXPECT_EQ(info.cipherLevel, crypto::cpuLevelName());
}

}  // namespace
}  // namespace flux
