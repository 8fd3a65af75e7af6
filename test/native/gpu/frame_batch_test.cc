// Batches of frames that a (fake) GPU holds: the same as those that the machine holds, in the
// machine's memory and in the GPU's.
#include "engine/frame_batch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "../video/generated_picture.h"
#include "base/error.h"
#include "device_pictures.h"
#include "fake_driver.h"

namespace flux::gpu {
namespace {

constexpr video::Size kSize{64, 48};

video::Frame picture(uint32_t seed) {
  auto random = video::noise(seed);
  auto made = video::generate(AV_PIX_FMT_NV12, kSize, {}, [&](int component, int x, int y) {
    return random(component, x / 4, y / 4);
  });
  return video::frameOf(std::move(made));
}

FrameBatchOptions tensorOf(size_t count) {
  FrameBatchOptions options;
  options.convert.format = video::PixelFormat::kTensorF32;
  options.convert.size = {40, 40};
  options.convert.fit = video::Fit::kLetterbox;
  options.count = count;
  return options;
}

std::vector<float> floatsOf(const uint8_t* bytes, size_t count) {
  std::vector<float> values(count / sizeof(float));
  std::memcpy(values.data(), bytes, count);
  return values;
}

class GpuFrameBatch : public testing::Test {
 protected:
  /// One on the GPU, one in the machine's memory.
  std::vector<ProvidedFrame> frames() {
    const ContextScope scope(*device_);
    const Stream writer(*device_);
    const video::Frame onDevice(surfaceWith(picture(1), *session_, writer));
    writer.synchronize();
    std::vector<ProvidedFrame> out;
    out.push_back({"gpu", video::DecodedFrame{onDevice}, 1});
    out.push_back({"cpu", video::DecodedFrame{picture(2)}, 1});
    return out;
  }
  std::vector<float> expected(size_t count) {
    FrameBatch batch(tensorOf(count));
    std::vector<ProvidedFrame> own;
    own.push_back({"gpu", video::DecodedFrame{picture(1)}, 1});
    own.push_back({"cpu", video::DecodedFrame{picture(2)}, 1});
    EXPECT_EQ(batch.fill(std::move(own)).size(), 2U);
    return floatsOf(batch.memory().get(), batch.bytes());
  }
  static void expectAlike(const std::vector<float>& a, const std::vector<float>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i] * 255, b[i] * 255, 2.0) << "at " << i;
  }

  std::shared_ptr<Device> device_ = Device::open(0);
  std::unique_ptr<SurfaceSession> session_ = device_->surfaces().open(kSize, 8, 2, "test");
};

TEST_F(GpuFrameBatch, ComesOverToTheMachineAsItems) {
  FrameBatch batch(tensorOf(3));
  const auto items = batch.fill(frames());
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].placement, items[1].placement);
  EXPECT_EQ(batch.deviceAddress(), 0U);
  expectAlike(floatsOf(batch.memory().get(), batch.bytes()), expected(3));
  EXPECT_EQ(session_->stats().inUse, 0);  // it let go of the surface
}

TEST_F(GpuFrameBatch, StaysOnTheGpuWhereThatIsAskedFor) {
  FrameBatchOptions options = tensorOf(3);
  options.gpu = 0;
  FrameBatch batch(options);
  EXPECT_EQ(batch.memory(), nullptr);
  const auto fetched = [&] {
    const ContextScope scope(*device_);
    const Stream stream(*device_);
    std::vector<uint8_t> bytes(batch.bytes());
    check(
        driver().cuMemcpyDtoHAsync(bytes.data(), batch.deviceAddress(), bytes.size(), stream.get()),
        "downloading");
    stream.synchronize();
    return floatsOf(bytes.data(), bytes.size());
  };
  ASSERT_EQ(batch.fill(frames()).size(), 2U);
  expectAlike(fetched(), expected(3));
  ASSERT_EQ(batch.fill({}).size(), 0U);
  for (const float value : fetched()) ASSERT_EQ(value, 0.0F);
}

TEST_F(GpuFrameBatch, SaysWhereThereIsNoSuchGpu) {
  FrameBatchOptions options = tensorOf(1);
  options.gpu = 255 + fake::kDevices;
  try {
    const FrameBatch batch(options);
    FAIL() << "there is such a GPU";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_UNSUPPORTED");
  }
}

}  // namespace
}  // namespace flux::gpu
