#include "gpu/device.h"

#include <gtest/gtest.h>

#include <thread>

#include "../video/generated_picture.h"
#include "base/error.h"
#include "device_pictures.h"
#include "fake_driver.h"

namespace flux::gpu {
namespace {

std::string codeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

TEST(GpuDevice, IsOneForAllItsUsersAndLetsItsContextGoWithTheLast) {
  const int ordinal = fake::freshDevice();
  const size_t before = fakeCudaLive().contexts;
  auto one = Device::open(ordinal);
  auto other = Device::open(ordinal);
  EXPECT_EQ(one, other);
  EXPECT_EQ(fakeCudaLive().contexts, before + 1);
  one.reset();
  EXPECT_EQ(fakeCudaLive().contexts, before + 1);
  other.reset();
  EXPECT_EQ(fakeCudaLive().contexts, before);
}

TEST(GpuDevice, SaysWhatItIs) {
  const auto device = Device::open(2);
  EXPECT_EQ(device->info().name, "Fake GPU 2");
  EXPECT_EQ(device->info().pciId, "0000:03:00.0");
  EXPECT_EQ(device->info().computeMajor, 9);
  EXPECT_EQ(device->memory().totalBytes, device->info().memoryBytes);
  const DeviceBuffer taken(*device, 1 << 20, Purpose::kEncoders);
  EXPECT_LE(device->memory().freeBytes, device->info().memoryBytes - (1 << 20));
}

TEST(GpuDevice, IsNotThereBeyondTheDriversCount) {
  EXPECT_EQ(codeOf([] { Device::open(fake::kDevices); }), "ERR_UNSUPPORTED");
  EXPECT_EQ(codeOf([] { Device::open(-1); }), "ERR_UNSUPPORTED");
}

TEST(GpuDevice, HasItsContextCurrentInScopesOfAnyDepthAndThread) {
  const auto device = Device::open(0);
  const auto other = Device::open(1);
  EXPECT_EQ(fakeCudaCurrentDevice(), -1);
  {
    const ContextScope outer(*device);
    {
      const ContextScope inner(*other);
      EXPECT_EQ(fakeCudaCurrentDevice(), 1);
      const ContextScope again(*other);
      EXPECT_EQ(ContextScope::device(), other.get());
    }
    EXPECT_EQ(fakeCudaCurrentDevice(), 0);
    std::jthread([&] { EXPECT_EQ(fakeCudaCurrentDevice(), -1); });
  }
  EXPECT_EQ(fakeCudaCurrentDevice(), -1);
  EXPECT_EQ(ContextScope::device(), nullptr);
}

TEST(GpuDevice, IsLostForEverAfterAnErrorThatNothingMends) {
  const int ordinal = fake::freshDevice();
  const auto device = Device::open(ordinal);
  std::vector<std::string> heard;
  const auto token = device->onLost([&](const std::string& why) { heard.push_back(why); });
  auto session = device->surfaces().open({64, 64}, 8, 2, "door");
  const auto surface = session->acquire();
  {
    const ContextScope scope(*device);
    const Stream stream(*device);
    surface->beginWrite(stream);
    surface->markReady(stream);
    const DeviceBuffer out(*device, 64U * 64 * 3, Purpose::kInference);
    fakeCudaFailAt("cuLaunchKernel", 1, 719, false);
    EXPECT_EQ(codeOf([&] {
                device->kernels().convert(
                    *surface, {.size = {64, 64}},
                    packedInto(out.address(), out.bytes(), video::PixelFormat::kRgb24, {64, 64}),
                    stream);
              }),
              "ERR_GPU_LOST");
  }
  EXPECT_TRUE(device->lost());
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_NE(heard[0].find("CUDA_ERROR_LAUNCH_FAILED (719)"), std::string::npos);
  EXPECT_NE(heard[0].find("restart"), std::string::npos);
  // Every way in says so, at once and without asking the driver.
  const uint64_t asked = fakeCudaCalls("cuCtxPushCurrent_v2");
  EXPECT_EQ(codeOf([&] { static_cast<void>(session->acquire()); }), "ERR_GPU_LOST");
  EXPECT_EQ(codeOf([&] { static_cast<void>(surface->download()); }), "ERR_GPU_LOST");
  EXPECT_EQ(codeOf([&] { device->surfaces().open({64, 64}, 8, 1, "gate"); }), "ERR_GPU_LOST");
  EXPECT_EQ(codeOf([&] { const ContextScope scope(*device); }), "ERR_GPU_LOST");
  EXPECT_EQ(codeOf([&] { Device::open(ordinal); }), "ERR_GPU_LOST");
  EXPECT_EQ(fakeCudaCalls("cuCtxPushCurrent_v2"), asked);
  // Another device knows nothing of it.
  EXPECT_NO_THROW(Device::open(0)->surfaces().open({64, 64}, 8, 1, "door"));
  // Who comes late hears it too.
  const auto late = device->onLost([&](const std::string& why) { heard.push_back(why); });
  EXPECT_EQ(heard.size(), 2U);
}

TEST(GpuDevice, IsLostByWhateverCallIsTheFirstToFail) {
  for (int nth = 1; nth <= 24; ++nth) {
    const int ordinal = fake::freshDevice();
    const auto device = Device::open(ordinal);
    fakeCudaFailAt("*", static_cast<uint64_t>(nth), 700, true);
    const std::string code = codeOf([&] {
      const auto session = device->surfaces().open({64, 64}, 8, 1, "door");
      const ContextScope scope(*device);
      const Stream stream(*device);
      const auto surface = session->acquire();
      surface->beginWrite(stream);
      surface->markReady(stream);
      static_cast<void>(surface->download());
      static_cast<void>(device->memory());
    });
    fakeCudaForgetFaults();
    // A push that fails leaves no context that could be told to be lost.
    EXPECT_TRUE(code == "ERR_GPU_LOST" || code.empty()) << nth << ": " << code;
    if (code.empty()) {
      EXPECT_GT(nth, 10);
      break;
    }
  }
}

TEST(GpuDevice, IsAskedWhetherItWorksAfterAnErrorThatSaysNothing) {
  const auto passing = Device::open(fake::freshDevice());
  fakeCudaFailAt("cuMemAlloc_v2", 1, 999, false);
  EXPECT_EQ(codeOf([&] { DeviceBuffer(*passing, 64, Purpose::kEncoders); }), "ERR_GPU");
  EXPECT_FALSE(passing->lost());
  const auto gone = Device::open(fake::freshDevice());
  fakeCudaFailAt("cuMemAlloc_v2", 1, 999, false);
  fakeCudaFailAt("cuCtxSynchronize", 1, 999, true);
  EXPECT_EQ(codeOf([&] { DeviceBuffer(*gone, 64, Purpose::kEncoders); }), "ERR_GPU_LOST");
  EXPECT_TRUE(gone->lost());
  fakeCudaForgetFaults();
}

TEST(GpuDevice, TellsItsListenersFromAnyThreadAndNoneThatLeft) {
  const auto device = Device::open(fake::freshDevice());
  std::atomic<int> heard = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const auto token = device->onLost([&](const std::string&) { ++heard; });
      }
    });
  }
  threads.emplace_back([&] { device->markLost("pulled out"); });
  threads.emplace_back([&] { device->markLost("pulled out twice"); });
  threads.clear();
  const int after = heard;
  device->markLost("once more");
  EXPECT_EQ(heard, after);
  EXPECT_NE(device->lostReason().find("pulled out"), std::string::npos);
}

TEST(GpuDevice, HasNoKernelsWhereItsDriverCannotCompileThem) {
  const auto other = Device::open(fake::freshDevice());
  fakeCudaFailAt("cuModuleLoadDataEx", 1, 222, false);
  try {
    other->kernels();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_UNSUPPORTED");
    EXPECT_NE(std::string(error.what()).find("update the NVIDIA driver"), std::string::npos);
  }
  EXPECT_NO_THROW(other->kernels());
}

}  // namespace
}  // namespace flux::gpu
