// That the fake driver sees what breaks its contracts: what it does not see, no other test does.
#include "fake_cuda.h"

#include <gtest/gtest.h>

#include <thread>

#include "fake_driver.h"
#include "gpu/device.h"
#include "gpu/memory.h"
#include "gpu/result.h"
#include "gpu/stream.h"

namespace flux::gpu {
namespace {

class FakeCuda : public testing::Test {
 protected:
  void SetUp() override {
    fakeCudaCollectViolations(true);
    before_ = fakeCudaViolations();
  }
  void TearDown() override { fakeCudaCollectViolations(false); }

  /// One more breach than before, of these words.
  void expectBreach(const std::string& words) {
    EXPECT_EQ(fakeCudaViolations(), before_ + 1) << words;
    EXPECT_NE(std::string(fakeCudaLastViolation()).find(words), std::string::npos)
        << fakeCudaLastViolation();
    before_ = fakeCudaViolations();
  }

  std::shared_ptr<Device> device_ = Device::open(0);
  const Driver& cuda_ = driver();
  size_t before_ = 0;
};

TEST_F(FakeCuda, NeedsACurrentContextAndEachPushItsPop) {
  CUdeviceptr address = 0;
  EXPECT_EQ(cuda_.cuMemAlloc(&address, 64), code(kInvalidContext));
  expectBreach("cuMemAlloc_v2 without a current context");
  CUcontext popped = nullptr;
  cuda_.cuCtxPopCurrent(&popped);
  expectBreach("popped that was not pushed");
  std::thread([&] { cuda_.cuCtxPushCurrent(device_->context()); }).join();
  expectBreach("a thread ended with a context pushed");
  cuda_.cuDevicePrimaryCtxRelease(fake::freshDevice());
  expectBreach("released more often than retained");
}

TEST_F(FakeCuda, SeesMemoryThatIsFreedTwiceOrNeverWasAllocated) {
  const ContextScope scope(*device_);
  CUdeviceptr address = 0;
  ASSERT_EQ(cuda_.cuMemAlloc(&address, 64), CUDA_SUCCESS);
  EXPECT_EQ(cuda_.cuMemFree(address), CUDA_SUCCESS);
  cuda_.cuMemFree(address);
  expectBreach("freed before");
  cuda_.cuMemFree(address + 8);
  expectBreach("not allocated");
}

TEST_F(FakeCuda, SeesCopiesBeyondAnAllocationAndIntoFreedMemory) {
  const ContextScope scope(*device_);
  const Stream stream(*device_);
  CUdeviceptr address = 0;
  ASSERT_EQ(cuda_.cuMemAlloc(&address, 64), CUDA_SUCCESS);
  std::vector<uint8_t> host(128);
  cuda_.cuMemcpyDtoHAsync(host.data(), address, 65, stream.get());
  expectBreach("not all of one allocation");
  cuda_.cuMemFree(address);
  cuda_.cuMemcpyHtoDAsync(address, host.data(), 64, stream.get());
  expectBreach("not all of one allocation");
}

TEST_F(FakeCuda, SeesWritesBesideAnAllocation) {
  const ContextScope scope(*device_);
  CUdeviceptr address = 0;
  ASSERT_EQ(cuda_.cuMemAlloc(&address, 64), CUDA_SUCCESS);
  static_cast<uint8_t*>(fakeCudaMemory(address, 64))[64] = 1;
  cuda_.cuMemFree(address);
  expectBreach("written to beside an allocation");
}

TEST_F(FakeCuda, SeesTheDefaultStreamAndHandlesThatAreGone) {
  const ContextScope scope(*device_);
  const DeviceBuffer buffer(*device_, 64, Purpose::kEncoders);
  cuda_.cuMemsetD8Async(buffer.address(), 0, 64, nullptr);
  expectBreach("the default stream was used");
  CUstream stream = nullptr;
  ASSERT_EQ(cuda_.cuStreamCreateWithPriority(&stream, CU_STREAM_NON_BLOCKING, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuda_.cuMemsetD8Async(buffer.address(), 0, 64, stream), CUDA_SUCCESS);
  cuda_.cuStreamDestroy(stream);
  expectBreach("destroyed with work that nobody waited for");
  cuda_.cuStreamSynchronize(stream);
  expectBreach("does not exist");
  CUevent event = nullptr;
  ASSERT_EQ(cuda_.cuEventCreate(&event, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  cuda_.cuEventDestroy(event);
  cuda_.cuEventQuery(event);
  expectBreach("an event was used that does not exist");
}

TEST_F(FakeCuda, RunsWorkOnlyWhenItIsWaitedForAndInOrderAcrossStreams) {
  const ContextScope scope(*device_);
  const Stream one(*device_);
  const Stream other(*device_);
  const DeviceBuffer buffer(*device_, 64, Purpose::kEncoders);
  const auto* memory = static_cast<const uint8_t*>(fakeCudaMemory(buffer.address(), 64));
  const auto fill = [&](uint8_t value, const Stream& stream) {
    check(cuda_.cuMemsetD8Async(buffer.address(), value, 64, stream.get()), "filling");
  };
  fill(1, one);
  EXPECT_EQ(memory[0], 0xCD);
  Event done(*device_);
  done.record(one);
  other.wait(done);
  fill(2, other);
  // After what the event stands for: not the other stream's to wait for.
  fill(3, one);
  other.synchronize();
  EXPECT_EQ(memory[0], 2);
  EXPECT_TRUE(done.done());
  one.synchronize();
  EXPECT_EQ(memory[0], 3);
  fakeCudaSetStreams("eager");
  fill(4, one);
  EXPECT_EQ(memory[0], 4);
  fakeCudaSetStreams("lazy");
}

TEST_F(FakeCuda, SeesAContextThatEndsWithThingsInIt) {
  auto leaking = Device::open(fake::freshDevice());
  CUdeviceptr address = 0;
  {
    const ContextScope scope(*leaking);
    ASSERT_EQ(cuda_.cuMemAlloc(&address, 64), CUDA_SUCCESS);
  }
  leaking.reset();
  expectBreach("a context ended with 1 allocations");
}

TEST_F(FakeCuda, RunsOutOfMemoryAtItsSize) {
  const auto device = Device::open(fake::freshDevice());
  const ContextScope scope(*device);
  const size_t usual = device->memory().totalBytes;
  fakeCudaSetMemory(4 << 20);
  CUdeviceptr first = 0;
  CUdeviceptr second = 0;
  ASSERT_EQ(cuda_.cuMemAlloc(&first, 3 << 20), CUDA_SUCCESS);
  EXPECT_EQ(cuda_.cuMemAlloc(&second, (1 << 20) + 1), code(kOutOfMemory));
  EXPECT_EQ(device->memory().freeBytes, 1U << 20);
  EXPECT_EQ(cuda_.cuMemFree(first), CUDA_SUCCESS);
  fakeCudaSetMemory(usual);
}

}  // namespace
}  // namespace flux::gpu
