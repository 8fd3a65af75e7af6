#include "gpu/surface_pool.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "../video/generated_picture.h"
#include "base/error.h"
#include "device_pictures.h"
#include "fake_driver.h"

namespace flux::gpu {
namespace {

constexpr video::Size k1080p{1920, 1080};

std::string codeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

uint64_t bySession(Device& device, const std::string& name) {
  for (const auto& session : device.budget().stats().bySession) {
    if (session.name == name) return session.bytes;
  }
  return 0;
}

/// What the environment asks of long runs.
int rounds(int usual) {
  const char* asked = std::getenv("FLUX_GPU_ROUNDS");
  return asked != nullptr ? std::atoi(asked) : usual;
}

TEST(SurfacePool, GivesEachSessionItsNumberAndNothingBeyond) {
  const auto device = Device::open(0);
  const auto session = device->surfaces().open(k1080p, 8, 3, "door");
  std::vector<std::shared_ptr<Surface>> held;
  for (int i = 0; i < 3; ++i) held.push_back(session->acquire());
  for (const auto& surface : held) EXPECT_NE(surface, nullptr);
  EXPECT_EQ(session->acquire(), nullptr);
  EXPECT_EQ(session->stats().exhausted, 1U);
  held.pop_back();
  EXPECT_NE(session->acquire(), nullptr);
  EXPECT_EQ(session->stats().capacity, 3);
  EXPECT_EQ(session->stats().inUse, 2);
}

TEST(SurfacePool, LaysPlanesOutAsEncodersExpectThem) {
  const auto device = Device::open(0);
  const auto session = device->surfaces().open({641, 361}, 10, 1, "door");
  const auto surface = session->acquire();
  const auto planes = surface->planes();
  EXPECT_EQ(planes[0].pitch, planes[1].pitch);
  EXPECT_GE(planes[0].pitch, 642U * 2);
  EXPECT_EQ(planes[1].address, planes[0].address + planes[0].pitch * 362);
  EXPECT_GE(surface->bytes(), planes[0].pitch * 543);
  EXPECT_EQ(surface->bitDepth(), 10);
  EXPECT_EQ(surface->device(), 0);
}

TEST(SurfacePool, HandsWhatASessionLeftToTheNext) {
  const auto device = Device::open(0);
  auto& pool = device->surfaces();
  auto session = pool.open(k1080p, 8, 4, "door");
  const uint64_t bytes = pool.stats().bytes;
  EXPECT_EQ(bySession(*device, "door"), bytes);
  session.reset();
  EXPECT_EQ(bySession(*device, "door"), 0U);
  EXPECT_EQ(pool.stats().idleBytes, bytes);
  const uint64_t allocated = fakeCudaCalls("cuMemAllocPitch_v2");
  // 1920x1088 is of the same class.
  session = pool.open({1920, 1088}, 8, 4, "gate");
  EXPECT_EQ(fakeCudaCalls("cuMemAllocPitch_v2"), allocated);
  EXPECT_EQ(pool.stats().bytes, bytes);
  EXPECT_EQ(pool.stats().idleBytes, 0U);
  session.reset();
  EXPECT_EQ(pool.trim(), bytes);
  EXPECT_EQ(pool.stats().bytes, 0U);
}

TEST(SurfacePool, KeepsPicturesThatOutliveTheirSessionAndTheirDevicesLastUser) {
  auto device = Device::open(0);
  const ContextScope scope(*device);
  auto stream = std::make_unique<Stream>(*device);
  auto session = device->surfaces().open({64, 48}, 8, 1, "door");
  auto surface = surfaceWith(
      video::frameOf(video::generate(AV_PIX_FMT_NV12, {64, 48}, {}, video::plain(77, 88, 99))),
      *session, *stream);
  session.reset();
  // What is still held is nobody's to take: the next session gets another.
  const auto next = device->surfaces().open({64, 48}, 8, 1, "gate");
  EXPECT_NE(next->acquire()->planes()[0].address, surface->planes()[0].address);
  stream->synchronize();
  stream.reset();
  const auto host = surface->download();
  EXPECT_EQ(host->data[0][0], 77);
  EXPECT_EQ(host->data[1][0], 88);
  EXPECT_EQ(host->data[1][1], 99);
  EXPECT_EQ(host->colorspace, AVCOL_SPC_BT709);
}

TEST(SurfacePool, RefusesWhatIsBeyondTheBudgetAndTheReserve) {
  const auto device = Device::open(fake::freshDevice());
  const uint64_t total = device->info().memoryBytes;
  constexpr uint64_t kLeft = uint64_t{48} << 20;
  device->budget().limit(0, total - kLeft);
  auto& pool = device->surfaces();
  const auto session = pool.open(k1080p, 8, 8, "door");
  const auto many = static_cast<int>(kLeft / session->acquire()->bytes());
  EXPECT_EQ(codeOf([&] { pool.open(k1080p, 8, many, "gate"); }), "ERR_GPU_MEMORY");
  EXPECT_NO_THROW(pool.open(k1080p, 8, many - 8, "gate"));
  // Inference has the rest.
  EXPECT_NO_THROW(DeviceBuffer(*device, 2 * kLeft, Purpose::kInference));
}

TEST(SurfacePool, FreesIdleSurfacesOfOtherSizesBeforeItRefuses) {
  const auto device = Device::open(fake::freshDevice());
  device->budget().limit(uint64_t{64} << 20, 0);
  auto& pool = device->surfaces();
  pool.open(k1080p, 8, 15, "door").reset();
  EXPECT_GT(pool.stats().idleBytes, uint64_t{45} << 20);
  EXPECT_NO_THROW(pool.open({3840, 2160}, 8, 4, "gate"));
  EXPECT_LE(device->budget().stats().usedBytes, uint64_t{64} << 20);
}

TEST(SurfacePool, LosesNothingWhereAnAllocationFails) {
  const auto device = Device::open(fake::freshDevice());
  auto& pool = device->surfaces();
  for (int nth = 1; nth <= 4; ++nth) {
    fakeCudaFailAt("cuMemAllocPitch_v2", static_cast<uint64_t>(nth), 2, false);
    const FakeCudaLive before = fakeCudaLive();
    EXPECT_EQ(codeOf([&] { pool.open(k1080p, 8, 4, "door"); }), "ERR_GPU_MEMORY") << nth;
    EXPECT_EQ(bySession(*device, "door"), 0U);
    pool.trim();
    EXPECT_EQ(fakeCudaLive().allocations, before.allocations);
    EXPECT_EQ(fakeCudaLive().events, before.events);
    EXPECT_EQ(device->budget().stats().usedBytes, 0U);
  }
  fakeCudaForgetFaults();
  EXPECT_NO_THROW(pool.open(k1080p, 8, 4, "door"));
}

TEST(SurfacePool, RefusesSizesThatAreNoPictures) {
  const auto device = Device::open(0);
  auto& pool = device->surfaces();
  const std::string invalid = "ERR_INVALID_ARGUMENT";
  EXPECT_EQ(codeOf([&] { pool.open({0, 1080}, 8, 1, ""); }), invalid);
  EXPECT_EQ(codeOf([&] { pool.open({1 << 20, 1 << 20}, 8, 1, ""); }), invalid);
  EXPECT_EQ(codeOf([&] { pool.open(k1080p, 9, 1, ""); }), invalid);
  EXPECT_EQ(codeOf([&] { pool.open(k1080p, 8, 0, ""); }), invalid);
  EXPECT_EQ(codeOf([&] { pool.open(k1080p, 8, 1 << 20, ""); }), invalid);
}

TEST(SurfacePool, StaysFlatWhileUsersComeAndGo) {
  const FakeCudaLive before = fakeCudaLive();
  for (int round = 0; round < rounds(200); ++round) {
    const auto device = Device::open(round % 3);
    const auto session = device->surfaces().open({320 + round % 5 * 64, 180}, 8, 2, "door");
    const ContextScope scope(*device);
    const Stream stream(*device);
    const auto surface = session->acquire();
    surface->beginWrite(stream);
    surface->markReady(stream);
    if (round % 8 == 0) static_cast<void>(surface->download());
    if (round % 16 == 0) device->kernels();
  }
  const FakeCudaLive after = fakeCudaLive();
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.streams, before.streams);
  EXPECT_EQ(after.events, before.events);
  EXPECT_EQ(after.modules, before.modules);
  EXPECT_EQ(after.contexts, before.contexts);
}

TEST(SurfacePool, ServesManyThreads) {
  const auto device = Device::open(0);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const ContextScope scope(*device);
      const Stream writer(*device);
      const Stream reader(*device);
      for (int round = 0; round < 40; ++round) {
        const auto session = device->surfaces().open({128, 96 + 32 * (i % 2)}, 8, 2, "door");
        for (int picture = 0; picture < 6; ++picture) {
          const auto surface = session->acquire();
          if (surface == nullptr) continue;
          surface->beginWrite(writer);
          surface->markReady(writer);
          surface->waitReady(reader);
          surface->markRead(reader);
          if (picture == 5) static_cast<void>(surface->download());
        }
        if (round % 10 == i) device->surfaces().trim();
      }
    });
  }
  threads.clear();
  EXPECT_EQ(device->surfaces().stats().inUse, 0);
}

}  // namespace
}  // namespace flux::gpu
