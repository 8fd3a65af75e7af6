// NVENC, on the fake driver: what every encoder promises, the interface's contracts, and faults.
#include "gpu/nvenc_encoder.h"

#include <ffnvcodec/nvEncodeAPI.h>

#include "../video/encoder_contract.h"
#include "fake_driver.h"
#include "fake_nvenc.h"
#include "gpu/surface_pool.h"

namespace flux::test {
namespace {

std::shared_ptr<gpu::Device> device() {
  // Never let go: a driver may be gone before what is static here.
  static const auto& shared =
      *new std::shared_ptr<gpu::Device>(gpu::Device::open(fake::freshDevice()));
  return shared;
}

INSTANTIATE_TEST_SUITE_P(Nvenc, EncoderContract,
                         testing::Values(EncoderCase{.name = "H264",
                                                     .codec = Codec::kH264,
                                                     .make =
                                                         [](const video::EncoderOptions& options) {
                                                           return gpu::makeNvencEncoder(device(),
                                                                                        options);
                                                         }}),
                         [](const auto& tested) { return tested.param.name; });

constexpr video::Size kSize{320, 180};

class NvencEncoder : public testing::Test {
 protected:
  NvencEncoder() { fakeNvencForgetFaults(); }
  ~NvencEncoder() override {
    fakeNvencForgetFaults();
    fakeNvencSetSessions(8);
    fakeNvencSetUnsupported(false);
    const FakeNvencLive live = fakeNvencLive();
    EXPECT_EQ(live.sessions, 0U);
    EXPECT_EQ(live.registered, 0U);
    EXPECT_EQ(live.mapped, 0U);
    EXPECT_EQ(live.bitstreams, 0U);
    EXPECT_EQ(fakeCudaViolations(), violationsBefore_);
  }
  /// Other tests of this program break contracts on purpose.
  const size_t violationsBefore_ = fakeCudaViolations();

  static std::unique_ptr<video::Encoder> make(video::EncoderOptions options = {.size = kSize}) {
    return gpu::makeNvencEncoder(device(), options);
  }
  static std::string codeOf(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.code();
    }
    return "none";
  }
  static video::Encoder::Input input(int number, bool keyFrame = false) {
    return {.picture = movingPicture(number, kSize),
            .timestamp = int64_t{number} * 40000,
            .keyFrame = keyFrame};
  }
  /// A picture that is on the GPU already.
  static video::Frame onDevice(int number, video::Size size) {
    const video::Frame host = movingPicture(number, size, AV_PIX_FMT_NV12);
    const gpu::ContextScope scope(*device());
    const auto session = device()->surfaces().open(size, 8, 1, "test");
    auto surface = session->acquire();
    const auto stream = device()->surfaces().borrowStream();
    surface->beginWrite(*stream);
    for (size_t plane = 0; plane < 2; ++plane) {
      CUDA_MEMCPY2D copy{};
      copy.srcMemoryType = CU_MEMORYTYPE_HOST;
      copy.srcHost = host.av().data[plane];
      copy.srcPitch = static_cast<size_t>(host.av().linesize[plane]);
      copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
      copy.dstDevice = surface->planes()[plane].address;
      copy.dstPitch = surface->planes()[plane].pitch;
      copy.WidthInBytes = static_cast<size_t>(size.width);
      copy.Height = static_cast<size_t>(size.height) >> plane;
      EXPECT_EQ(gpu::driver().cuMemcpy2DAsync(&copy, stream->get()), CUDA_SUCCESS);
    }
    surface->markReady(*stream);
    stream->synchronize();
    return video::Frame(std::shared_ptr<const video::DeviceImage>(std::move(surface)));
  }
};

TEST_F(NvencEncoder, EncodesPicturesThatAreOnTheGpuWithoutCopyingThemToTheMachine) {
  const auto encoder = make();
  const uint64_t copied = fakeCudaCalls("cuMemcpy2DAsync_v2");
  UnitDecoder decoder(Codec::kH264);
  for (const video::Size size : {kSize, video::Size{640, 360}}) {
    const video::Frame picture = onDevice(3, size);
    const uint64_t before = fakeCudaCalls("cuMemcpy2DAsync_v2");
    const auto decoded = decoder.decode(*encoder->encode({.picture = picture}));
    EXPECT_EQ(fakeCudaCalls("cuMemcpy2DAsync_v2"), before);
    ASSERT_EQ(decoded.size(), 1U);
    EXPECT_EQ(decoded[0]->width, kSize.width);
    if (size == kSize) {
      EXPECT_GT(lumaPsnr(*decoded[0], movingPicture(3, kSize).av()), 35);
    }
  }
  EXPECT_GT(fakeCudaCalls("cuMemcpy2DAsync_v2"), copied) << "the test's own";
}

TEST_F(NvencEncoder, EncodesH265) {
  const auto encoder = make({.codec = Codec::kH265, .size = kSize});
  UnitDecoder decoder(Codec::kH265);
  for (int i = 0; i < 6; ++i) {
    const AccessUnitPtr unit = encoder->encode(input(i, i == 4));
    EXPECT_EQ(unit->keyFrame, i == 0 || i == 4);
    const auto decoded = decoder.decode(*unit);
    ASSERT_EQ(decoded.size(), 1U);
    EXPECT_GT(lumaPsnr(*decoded[0], movingPicture(i, kSize).av()), 35);
  }
}

TEST_F(NvencEncoder, SaysThatAGpuHasNoEncoder) {
  fakeNvencSetUnsupported(true);
  EXPECT_EQ(codeOf([] { make(); }), "ERR_UNSUPPORTED");
}

TEST_F(NvencEncoder, SaysThatTheDriverOpensNoFurtherSession) {
  fakeNvencSetSessions(2);
  const auto first = make();
  auto second = make();
  EXPECT_EQ(codeOf([] { make(); }), "ERR_GPU_SESSIONS");
  EXPECT_TRUE(first->encode(input(0))->keyFrame) << "the others go on";
  second.reset();
  EXPECT_EQ(codeOf([] { make(); }), "none");
}

TEST_F(NvencEncoder, TakesNoPicturesThatAreTooSmallForTheCircuits) {
  EXPECT_EQ(codeOf([] { make({.size = {64, 64}}); }), "ERR_LIMIT");
}

TEST_F(NvencEncoder, LeavesNothingBehindWhereAnyCallFails) {
  for (const char* function :
       {"nvEncOpenEncodeSessionEx", "nvEncGetEncodeGUIDCount", "nvEncGetEncodeGUIDs",
        "nvEncGetEncodeCaps", "nvEncGetEncodePresetConfigEx", "nvEncInitializeEncoder",
        "nvEncCreateBitstreamBuffer", "nvEncRegisterResource"}) {
    fakeNvencFailAt(function, 1, NV_ENC_ERR_GENERIC, false);
    EXPECT_EQ(codeOf([] { make(); }), "ERR_ENCODE") << function;
    EXPECT_EQ(fakeNvencLive().sessions, 0U) << function;
  }
}

TEST_F(NvencEncoder, GivesAnErrorWhereEncodingFailsAndEncodesTheNextPicture) {
  for (const char* function :
       {"nvEncMapInputResource", "nvEncEncodePicture", "nvEncLockBitstream"}) {
    const auto encoder = make();
    encoder->encode(input(0));
    fakeNvencFailAt(function, 2, NV_ENC_ERR_GENERIC, false);
    encoder->encode(input(1));
    EXPECT_EQ(codeOf([&] { encoder->encode(input(2)); }), "ERR_ENCODE") << function;
    EXPECT_EQ(codeOf([&] { encoder->encode(input(3)); }), "none") << function;
  }
}

TEST_F(NvencEncoder, ChangesTheBitrateInTheSameSession) {
  const auto encoder = make();
  encoder->encode(input(0));
  const uint64_t opened = fakeNvencCalls("nvEncOpenEncodeSessionEx");
  encoder->setBitrate(300'000);
  EXPECT_FALSE(encoder->encode(input(1))->keyFrame);
  EXPECT_EQ(fakeNvencCalls("nvEncOpenEncodeSessionEx"), opened);
  EXPECT_THROW(encoder->setBitrate(0), Error);
}

TEST_F(NvencEncoder, SaysThatTheGpuIsLost) {
  const auto doomed = gpu::Device::open(fake::freshDevice());
  const auto encoder = gpu::makeNvencEncoder(doomed, {.size = kSize});
  encoder->encode(input(0));
  fakeCudaFailAt("cuMemcpy2DAsync_v2", 1, 719, false);  // CUDA_ERROR_LAUNCH_FAILED
  EXPECT_EQ(codeOf([&] { encoder->encode(input(1)); }), "ERR_GPU_LOST");
  EXPECT_EQ(codeOf([&] { encoder->encode(input(2)); }), "ERR_GPU_LOST");
  EXPECT_TRUE(doomed->lost());
}

TEST_F(NvencEncoder, KeepsNothingOverManySessions) {
  const char* wanted = std::getenv("FLUX_TEST_CYCLES");
  const int cycles = wanted != nullptr ? std::atoi(wanted) : 100;
  make()->encode(input(0));  // what is made once
  const FakeCudaLive before = fakeCudaLive();
  for (int i = 0; i < cycles; ++i) make()->encode(input(i));
  const FakeCudaLive after = fakeCudaLive();
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.bytes, before.bytes);
  EXPECT_EQ(after.streams, before.streams);
  EXPECT_EQ(after.events, before.events);
  EXPECT_EQ(after.hostAllocations, before.hostAllocations);
}

}  // namespace
}  // namespace flux::test
