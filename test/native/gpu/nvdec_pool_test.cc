// A pool of decoders on a GPU, from its units to its pictures: what one session promises holds for
// many streams on the engine's threads, also where the GPU fails them.
#include "../engine/decoding_fixture.h"
#include "engine/open_decoder_backends.h"
#include "nvdec_fixture.h"

namespace flux::gpu::test {
namespace {

using flux::test::AccessUnits;
using flux::test::eventually;
using flux::test::finish;
using flux::test::pushAll;

class NvdecPool : public NvdecTest {
 protected:
  static constexpr int kFrames = 24;  ///< two groups of pictures

  std::unique_ptr<DecoderPool> open() {
    return std::make_unique<DecoderPool>(
        engine_,
        openDecoderBackends({.backend = DecoderBackend::kNvdec, .device = device_->ordinal()}));
  }
  AccessUnits units(const Clip& clip = kPlain) const {
    return flux::test::unitsOfClip(pathOf(clip, kFrames));
  }
  static std::vector<std::shared_ptr<StreamDecoder>> decodersOf(DecoderPool& pool, int count) {
    std::vector<std::shared_ptr<StreamDecoder>> decoders;
    for (int i = 0; i < count; ++i) decoders.push_back(pool.decoder());
    return decoders;
  }

  std::shared_ptr<Engine> engine_ = Engine::start(1, 1);
};

TEST_F(NvdecPool, DecodesFortyTwoStreamsAsTheProcessorDoes) {
  const auto pool = open();
  const auto decoders = decodersOf(*pool, 42);
  std::vector<std::vector<std::string>> sums(decoders.size());
  std::vector<StreamDecoder::Subscription> sinks;
  for (size_t i = 0; i < decoders.size(); ++i) {
    sinks.push_back(decoders[i]->subscribe([&own = sums[i]](const video::DecodedFrame& frame) {
      EXPECT_NE(frame.picture.onDevice(), nullptr);
      own.push_back(md5Of(frame.picture));
    }));
  }
  const AccessUnits plain = units();
  const AccessUnits reordered = units(kWithB);
  for (size_t unit = 0; unit < plain.size(); ++unit) {
    for (size_t i = 0; i < decoders.size(); ++i) {
      pushAll(*decoders[i], {i % 2 == 0 ? plain[unit] : reordered[unit]});
    }
  }
  for (const auto& decoder : decoders) finish(*decoder);

  const auto plainSums = md5Of(onProcessor(unitsOf(kPlain, kFrames)).frames);
  const auto reorderedSums = md5Of(onProcessor(unitsOf(kWithB, kFrames)).frames);
  for (size_t i = 0; i < sums.size(); ++i) {
    EXPECT_EQ(sums[i], i % 2 == 0 ? plainSums : reorderedSums) << "stream " << i;
  }
  EXPECT_EQ(pool->stats().onGpu, 42U);
  EXPECT_EQ(pool->stats().errors, 0U);
  EXPECT_EQ(NvdecTest::decoders(), 42);
  pool->close();
}

TEST_F(NvdecPool, PutsStreamsThatFindNoRoomOnTheProcessor) {
  control().failCreateAt = 4;
  const auto pool = open();
  const auto decoders = decodersOf(*pool, 8);
  const AccessUnits all = units();
  for (const auto& decoder : decoders) {
    pushAll(*decoder, all);
    finish(*decoder);
    EXPECT_EQ(decoder->stats().framesOut, static_cast<uint64_t>(kFrames)) << "none was lost";
  }
  EXPECT_EQ(pool->stats().onGpu, 3U);
  EXPECT_EQ(pool->stats().onCpu, 5U);
  EXPECT_EQ(pool->stats().fallbacks, 5U);
  EXPECT_TRUE(pool->stats().gpuAvailable);
  pool->close();
}

/// What cameras do: a stream that nobody needs to read.
void feed(StreamDecoder& decoder, const AccessUnits& units) {
  const auto done = [&decoder] {
    const StreamDecoderStats stats = decoder.stats();
    return stats.framesOut + stats.unitsSkipped;
  };
  const uint64_t before = done();
  for (const AccessUnitPtr& unit : units) decoder.onAccessUnit(unit);
  ASSERT_TRUE(eventually([&] { return done() == before + units.size(); }));
}

class IdleNvdecPool : public NvdecPool {
 protected:
  void SetUp() override {
    NvdecPool::SetUp();
    control().maxSessions = static_cast<int>(control().decoders) + 2;
    pool_->backends()->setIdleAfter(0);
  }
  void TearDown() override {
    pool_->close();
    NvdecPool::TearDown();
  }
  static StreamDecoder::Subscription watch(StreamDecoder& decoder) {
    return decoder.subscribe([](const video::DecodedFrame&) {});
  }
  /// Decoders of the first units, which begin with a key frame.
  std::vector<std::shared_ptr<StreamDecoder>> begun(int count) {
    auto decoders = decodersOf(*pool_, count);
    for (const auto& decoder : decoders) feed(*decoder, few_);
    return decoders;
  }

  std::unique_ptr<DecoderPool> pool_ = open();
  const AccessUnits all_ = units();
  const AccessUnits few_{all_.begin(), all_.begin() + 2};
};

TEST_F(IdleNvdecPool, TakesTheSessionOfWhoIsIdleForLongest) {
  const auto decoders = begun(2);
  watch(*decoders[0]).reset();
  const auto third = pool_->decoder();
  const auto sink = watch(*third);
  feed(*third, few_);
  EXPECT_TRUE(third->stats().onGpu);
  EXPECT_TRUE(decoders[0]->stats().onGpu) << "was read a moment ago";
  EXPECT_FALSE(decoders[1]->stats().onGpu);
  EXPECT_EQ(decoders[1]->stats().sessionsGivenUp, 1U);
  EXPECT_EQ(pool_->stats().sessionsGivenUp, 1U);
  EXPECT_EQ(pool_->stats().fallbacks, 0U);
  EXPECT_EQ(pool_->stats().onGpu, 2U);
}

TEST_F(IdleNvdecPool, NeverTakesASessionThatIsInUse) {
  const auto decoders = begun(2);
  const auto first = watch(*decoders[0]);
  const auto second = watch(*decoders[1]);
  const auto third = pool_->decoder();
  feed(*third, few_);
  EXPECT_FALSE(third->stats().onGpu);
  EXPECT_EQ(third->stats().framesOut, 2U);
  EXPECT_EQ(pool_->stats().sessionsGivenUp, 0U);
  EXPECT_EQ(pool_->stats().fallbacks, 1U);
}

TEST_F(IdleNvdecPool, TakesNoSessionBeforeItWasIdleForLongEnough) {
  pool_->backends()->setIdleAfter(DecoderBackends::kIdleMicros);
  const auto decoders = begun(3);
  EXPECT_FALSE(decoders[2]->stats().onGpu);
  EXPECT_EQ(pool_->stats().sessionsGivenUp, 0U);
}

TEST_F(IdleNvdecPool, AsksAgainWhereTheGpuWasFullAMomentAgo) {
  const auto decoders = begun(2);
  auto first = watch(*decoders[0]);
  const auto second = watch(*decoders[1]);
  feed(*pool_->decoder(), few_);
  first.reset();
  const auto fourth = pool_->decoder();
  feed(*fourth, few_);
  EXPECT_TRUE(fourth->stats().onGpu);
  EXPECT_FALSE(decoders[0]->stats().onGpu);
}

TEST_F(IdleNvdecPool, ComesBackAtAKeyFrameWhenItIsReadAgain) {
  const auto decoders = begun(3);
  const auto& parked = decoders[0];
  ASSERT_EQ(parked->stats().sessionsGivenUp, 1U);
  feed(*parked, {all_.begin() + 2, all_.begin() + 14});
  EXPECT_EQ(parked->stats().framesOut, 2U) << "a key frame that nobody reads is no reason";
  std::vector<std::string> sums;
  const auto sink = parked->subscribe([&sums](const video::DecodedFrame& frame) {
    EXPECT_FALSE(frame.concealed);
    sums.push_back(md5Of(frame.picture));
  });
  feed(*parked, {all_.begin() + 14, all_.begin() + 16});
  EXPECT_EQ(parked->stats().keyFrameRequests, 1U);
  feed(*parked, {all_.begin() + 12, all_.end()});
  EXPECT_TRUE(parked->stats().onGpu);
  finish(*parked);
  EXPECT_EQ(pool_->stats().sessionsGivenUp, 2U) << "another had to go";
  const auto expected = md5Of(onProcessor(unitsOf(kPlain, kFrames)).frames);
  EXPECT_EQ(sums, std::vector<std::string>(expected.begin() + 12, expected.end()));
}

TEST_F(IdleNvdecPool, ManyStreamsTakeTheirTurnsOnFewSessions) {
  const auto decoders = decodersOf(*pool_, 8);
  for (int round = 0; round < 3; ++round) {
    for (const auto& decoder : decoders) {
      const auto sink = watch(*decoder);
      feed(*decoder, few_);
      EXPECT_TRUE(decoder->stats().onGpu);
      EXPECT_LE(NvdecTest::decoders(), 2);
    }
  }
  EXPECT_EQ(pool_->stats().framesOut, 3U * 8U * 2U);
  EXPECT_EQ(pool_->stats().fallbacks, 0U);
}

TEST_F(NvdecPool, GoesOnWithoutTheGpuThatIsLostInMidStream) {
  device_ = Device::open(::fake::freshDevice());
  const auto pool = open();
  const auto decoders = decodersOf(*pool, 6);
  const AccessUnits all = units();
  for (const auto& decoder : decoders) pushAll(*decoder, {all.begin(), all.begin() + 5});
  for (const auto& decoder : decoders) {
    ASSERT_TRUE(eventually([&] { return decoder->stats().framesOut == 5; }));
  }
  control().lostAt = 1;
  for (const auto& decoder : decoders) {
    pushAll(*decoder, {all.begin() + 5, all.end()});
    finish(*decoder);
    const StreamDecoderStats stats = decoder->stats();
    EXPECT_EQ(stats.framesOut, 5U + 12U) << "all from the next key frame on";
    EXPECT_FALSE(stats.onGpu);
    EXPECT_LE(stats.decodersMade, 2U) << "a GPU that is lost is not asked again";
  }
  EXPECT_EQ(pool->stats().onCpu, 6U);
  EXPECT_FALSE(pool->stats().gpuAvailable);
  EXPECT_NE(pool->stats().whyNoGpu, "");
  pool->close();
}

TEST_F(NvdecPool, HidesWhatIsDecodedForOthersAtTimesThatAreNoWholeMicroseconds) {
  const auto pool = open();
  const auto decoder = pool->decoder();
  std::vector<int64_t> times;
  const auto sink = decoder->subscribe(
      [&times](const video::DecodedFrame& frame) { times.push_back(frame.timestamp); });
  int64_t ticks = 0;
  for (const AccessUnitPtr& unit : units()) {
    auto copy = std::make_shared<AccessUnit>(*unit);
    copy->mediaTime = ticks;
    ticks += 3004;  // 33 377 and 7/9 microseconds
    const bool hidden = ticks / 3004 % 4 != 0;
    ASSERT_TRUE(eventually([&] { return decoder->push(copy, hidden); }));
  }
  finish(*decoder);
  EXPECT_EQ(times, (std::vector<int64_t>{100133, 233644, 367156, 500667, 634178, 767689}));
  pool->close();
}

/// FLUX_NVDEC_CYCLES says how many; 10,000 make a soak.
TEST_F(NvdecPool, TakesNothingAlongFromStreamToStream) {
  const char* wanted = std::getenv("FLUX_NVDEC_CYCLES");
  const int cycles = wanted != nullptr ? std::atoi(wanted) : 50;
  const auto pool = open();
  const AccessUnits all = units();
  const AccessUnits few(all.begin(), all.begin() + 2);
  const auto once = [&] {
    const auto decoder = pool->decoder();
    pushAll(*decoder, few);
    finish(*decoder);
    EXPECT_EQ(decoder->stats().framesOut, 2U);
    pool->remove(decoder);
  };
  once();
  const uint64_t used = device_->budget().stats().usedBytes;
  for (int i = 0; i < cycles; ++i) once();
  EXPECT_EQ(device_->budget().stats().usedBytes, used);
  EXPECT_EQ(decoders(), 0);
  EXPECT_EQ(pool->stats().framesOut, 2U * static_cast<uint64_t>(cycles + 1));
  pool->close();
}

}  // namespace
}  // namespace flux::gpu::test
