// NVDEC on a real GPU: what the other tests say of the fake driver, said of NVIDIA's. Skipped where
// there is no GPU. scripts/gpu-check.sh runs it.
#include <cstdlib>
#include <random>
#include <thread>

#include "gpu/nvdec_caps.h"
#include "gpu/surface_pool.h"
#include "nvdec_clips.h"

namespace flux::gpu::test {
namespace {

/// Why there is nothing to test here; empty where there is.
std::string missing() {
  if (!driverInfo().usable) return driverInfo().why;
  return driver().nvcuvid.why;
}

class Hardware : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = missing(); !why.empty()) GTEST_SKIP() << why;
    device_ = Device::open(0);
  }

  [[nodiscard]] std::unique_ptr<NvdecDecoder> make(const Units& units, int held = 64) const {
    return makeNvdecDecoder({.parameters = units.front().parameters,
                             .device = device_,
                             .session = "gate",
                             .heldPictures = held});
  }

  std::shared_ptr<Device> device_;
};

class HardwareClip : public Hardware, public testing::WithParamInterface<Clip> {};

INSTANTIATE_TEST_SUITE_P(Clips, HardwareClip, testing::ValuesIn(kClips),
                         [](const auto& test) { return test.param.name; });

TEST_P(HardwareClip, GivesEveryPictureAsTheProcessorDoes) {
  const Units units = unitsOf(GetParam());
  const std::string refusal = nvdecRefusal(*device_, *units.front().parameters);
  if (!refusal.empty()) GTEST_SKIP() << refusal;
  const Decoded expected = onProcessor(units);
  const auto decoder = make(units);
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_EQ(decoded.errors, std::vector<std::string>());
  EXPECT_EQ(md5Of(decoded.frames), md5Of(expected.frames));
  EXPECT_EQ(timesOf(decoded.frames), timesOf(expected.frames));
  ASSERT_EQ(decoded.frames.size(), expected.frames.size());
  for (size_t i = 0; i < decoded.frames.size(); ++i) {
    EXPECT_EQ(decoded.frames[i].picture.colour(), expected.frames[i].picture.colour());
    EXPECT_EQ(decoded.frames[i].picture.displaySize(), expected.frames[i].picture.displaySize());
    EXPECT_EQ(decoded.frames[i].keyFrame, expected.frames[i].keyFrame);
    EXPECT_FALSE(decoded.frames[i].concealed);
  }
}

TEST_F(Hardware, GivesAtOnceWhatACameraWithoutVuiSends) {
  const Units units = withoutVui(unitsOf(kCamera));
  const auto decoder = make(units);
  std::vector<video::DecodedFrame> frames;
  for (size_t i = 0; i < units.size(); ++i) {
    decoder->submit(units[i]);
    decoder->collect(frames, true);
    EXPECT_EQ(frames.size(), i + 1);
  }
  RecordProperty("decodeSurfaces", decoder->stats().decodeSurfaces);
  EXPECT_EQ(md5Of(frames), md5Of(onProcessor(units).frames));
}

TEST_F(Hardware, PutsBPicturesInOrderFromTheKeyFrameAfterTheFirstOne) {
  const Units units = withoutVui(unitsOf(kWithB, 60));
  const auto decoder = make(units);
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_TRUE(std::ranges::is_sorted(timesOf(decoded.frames)));
  EXPECT_LT(decoder->stats().late, 12U);
}

TEST_F(Hardware, FollowsAChangeOfSizeInMidStream) {
  Units units = unitsOf(kPlain);
  for (const Clip& next : {Clip{"H264Larger", "320x256", X264 "-bf 2 -b_strategy 0"}, kPlain}) {
    units = flux::test::joined(std::move(units), unitsOf(next));
  }
  const auto decoder = make(units, 128);
  EXPECT_EQ(md5Of(decodeEach(*decoder, units).frames), md5Of(onProcessor(units).frames));
}

TEST_F(Hardware, SurvivesTruncatedUnitsAndGarbage) {
  for (const Clip& clip : {kPlain, kWithB, kH265}) {
    Units units = unitsOf(clip, 48);
    std::mt19937 random(7);
    for (size_t i = 1; i < units.size(); i += 3) {
      Bytes& data = units[i].data;
      if (i % 2 == 0) {
        data.resize(data.size() / 2);
      } else {
        for (int j = 0; j < 20; ++j) data[random() % data.size()] ^= 0xFF;
      }
    }
    const auto decoder = make(units, 128);
    const Decoded decoded = decodeEach(*decoder, units);
    for (const auto& code : decoded.errors) EXPECT_EQ(code, "ERR_DECODE") << clip.name;
    const Units after = unitsOf(clip);
    EXPECT_EQ(md5Of(decodeEach(*decoder, after).frames), md5Of(onProcessor(after).frames))
        << clip.name;
  }
}

/// FLUX_NVDEC_CYCLES says how many.
TEST_F(Hardware, TakesNoMoreMemoryHoweverOftenItIsOpenedAndClosed) {
  const char* text = std::getenv("FLUX_NVDEC_CYCLES");
  const int cycles = text != nullptr ? std::atoi(text) : 60;
  const Units units = unitsOf(kWithB);
  const auto once = [&] {
    const auto decoder = make(units, 4);
    decodeEach(*decoder, {units.begin(), units.begin() + 6}, false);
  };
  // What the driver keeps from its first sessions on is no leak.
  for (int i = 0; i < 10; ++i) once();
  const uint64_t before = device_->memory().freeBytes;
  for (int i = 0; i < cycles; ++i) once();
  constexpr uint64_t kSlack = 16U << 20;
  EXPECT_GE(device_->memory().freeBytes + kSlack, before);
}

TEST_F(Hardware, DecodesManyStreamsOnManyThreads) {
  const Units units = unitsOf(kWithB);
  const auto expected = md5Of(onProcessor(units).frames);
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        if (md5Of(decodeEach(*make(units), units).frames) == expected) ++right;
      });
    }
  }
  EXPECT_EQ(right, 8);
}

}  // namespace
}  // namespace flux::gpu::test
