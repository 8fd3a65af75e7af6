// Motion in pictures that a (fake) GPU holds: the same as in those that the machine holds, for the
// few bytes that the detector looks at.
#include "engine/motion_watcher.h"

#include <gtest/gtest.h>

#include "../engine/grey_frames.h"
#include "device_pictures.h"
#include "fake_driver.h"

namespace flux::gpu {
namespace {

constexpr video::Size kSize{640, 360};
constexpr size_t kCells = 160 * 90;
constexpr int kOutOfMemory = 2;  // CUDA_ERROR_OUT_OF_MEMORY

/// A box that comes after two seconds, crosses the picture and goes.
video::DecodedFrame pictureAt(int number) {
  const int64_t atMs = int64_t{200} * number;
  const bool there = number >= 10 && number < 26;
  return greyFrame(kSize, atMs,
                   there ? PaintedBox{20 + 32 * (number - 10), 120, 80, 80} : PaintedBox{});
}

/// The same picture in the GPU's memory.
video::DecodedFrame onDevice(const video::DecodedFrame& host, SurfaceSession& session,
                             const Stream& writer) {
  static video::Converter converter;
  video::ConvertOptions options;
  options.format = video::PixelFormat::kNv12;
  options.size = kSize;
  video::DecodedFrame frame = host;
  frame.picture =
      video::Frame(surfaceWith(converter.toFrame(host.picture, options), session, writer));
  return frame;
}

class GpuMotion : public testing::Test {
 protected:
  struct Watched {
    std::vector<MotionEvent> events;
    MotionWatcherStats stats;
    uint64_t bytes = 0;  ///< that came over from the GPU
  };

  Watched watch(bool gpu) {
    Watched watched;
    MotionWatcher watcher({},
                          [&](MotionEvent event) { watched.events.push_back(std::move(event)); });
    const auto session = device_->surfaces().open(kSize, 8, 2, "test");
    const ContextScope scope(*device_);
    const Stream writer(*device_);
    const uint64_t before = fakeCudaBytesToHost();
    for (int i = 0; i < 60; ++i) {
      const video::DecodedFrame frame = pictureAt(i);
      watcher.onFrame(gpu ? onDevice(frame, *session, writer) : frame);
    }
    EXPECT_EQ(session->stats().inUse, 0);  // it let go of all surfaces
    watched.bytes = fakeCudaBytesToHost() - before;
    watched.stats = watcher.stats();
    writer.synchronize();
    return watched;
  }

  std::shared_ptr<Device> device_ = Device::open(0);
};

TEST_F(GpuMotion, IsFoundAsInTheMachinesMemoryForAByteOfEachCell) {
  const Watched host = watch(false);
  const Watched gpu = watch(true);
  ASSERT_EQ(host.stats.events, 1U);
  ASSERT_EQ(gpu.events.size(), host.events.size());
  for (size_t i = 0; i < host.events.size(); ++i) {
    EXPECT_EQ(gpu.events[i].phase, host.events[i].phase) << i;
    EXPECT_EQ(gpu.events[i].fromMs, host.events[i].fromMs) << i;
    EXPECT_EQ(gpu.events[i].toMs, host.events[i].toMs) << i;
    EXPECT_NEAR(gpu.events[i].box.x, host.events[i].box.x, 0.01) << i;
    EXPECT_NEAR(gpu.events[i].box.width, host.events[i].box.width, 0.01) << i;
    EXPECT_NEAR(gpu.events[i].score, host.events[i].score, 0.05) << i;
  }
  EXPECT_EQ(gpu.stats.frames, 60U);
  EXPECT_EQ(gpu.bytes, 60 * kCells);
  EXPECT_EQ(host.bytes, 0U);
}

TEST_F(GpuMotion, IsFoundInWholePicturesWhereTheGpuHasNoRoomForMore) {
  fakeCudaFailAt("cuMemAlloc_v2", 1, kOutOfMemory, true);
  const Watched gpu = watch(true);
  fakeCudaForgetFaults();
  EXPECT_EQ(gpu.stats.events, 1U);
  EXPECT_EQ(gpu.stats.frames, 60U);
  EXPECT_EQ(gpu.bytes, 60 * size_t{kSize.width} * kSize.height * 3 / 2);
}

}  // namespace
}  // namespace flux::gpu
