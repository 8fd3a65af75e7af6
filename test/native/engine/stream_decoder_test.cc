// One stream's decoding: what comes out, what is left out, and what happens when it fails.
#include "engine/stream_decoder.h"

#include "decoding_fixture.h"
#include "engine/frame_queue.h"

namespace flux::test {
namespace {

class StreamDecoderTest : public DecodingTest {
 protected:
  std::shared_ptr<StreamDecoder> makeDecoder(std::shared_ptr<DecoderBackends> backends,
                                             StreamDecoderOptions options = {}) {
    auto decoder =
        StreamDecoder::make(engine_, std::move(backends), nullptr, options, watcher_.listener());
    subscriptions_.push_back(decoder->subscribe(watcher_.sink()));
    return decoder;
  }
  /// Decodes all of units_.
  std::shared_ptr<StreamDecoder> decodeClip(std::shared_ptr<DecoderBackends> backends,
                                            StreamDecoderOptions options = {}) {
    auto decoder = makeDecoder(std::move(backends), std::move(options));
    pushAll(*decoder, units_);
    finish(*decoder);
    return decoder;
  }
  static std::vector<std::string> md5Of(const std::vector<DecodedFrame>& frames) {
    return Decoded{frames, {}}.md5();
  }

  const std::string clip_ = generatedClip({});
  const AccessUnits units_ = unitsOfClip(clip_);
  Watcher watcher_;
  std::vector<StreamDecoder::Subscription> subscriptions_;
};

TEST_F(StreamDecoderTest, GivesThePicturesThatFfmpegGives) {
  const auto decoder = decodeClip(cpu());
  EXPECT_EQ(md5Of(watcher_.frames()), ffmpegMd5(clip_));
  const StreamDecoderStats stats = decoder->stats();
  EXPECT_EQ(stats.unitsIn, 75U);
  EXPECT_EQ(stats.framesOut, 75U);
  EXPECT_STREQ(stats.backend, "libavcodec");
  EXPECT_EQ(stats.decodersMade, 1U);
  EXPECT_EQ(stats.errors, 0U);
  EXPECT_GT(stats.decodeMicros, 0U);
  EXPECT_GE(stats.decodeMicros, stats.maxDecodeMicros);
}

TEST_F(StreamDecoderTest, GivesPicturesInTheOrderOfTheirTimes) {
  const std::string path = generatedClip({.bFrames = 3});
  const auto decoder = makeDecoder(cpu());
  pushAll(*decoder, unitsOfClip(path));
  finish(*decoder);
  const auto frames = watcher_.frames();
  ASSERT_EQ(frames.size(), 75U);
  for (size_t i = 1; i < frames.size(); ++i) {
    EXPECT_GT(frames[i].timestamp, frames[i - 1].timestamp);
  }
  EXPECT_EQ(md5Of(frames), ffmpegMd5(path));
}

TEST_F(StreamDecoderTest, SaysWithWhatItDecodesAndWhyNotWithTheGpu) {
  const auto decoder = decodeClip(cpu());
  const auto events = watcher_.eventsOf<DecoderBackendEvent>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].backend, "libavcodec");
  EXPECT_EQ(events[0].reason, "no GPU here");
  EXPECT_EQ(decoder->stats().fallbacks, 1U);
}

TEST_F(StreamDecoderTest, DeliversAtMostAsManyPicturesAsAreWanted) {
  StreamDecoderOptions options;
  options.maxFrameRate = 5;
  const auto decoder = makeDecoder(cpu(), options);
  pushAll(*decoder, units_);  // three seconds of 25 a second
  finish(*decoder);
  const auto frames = watcher_.frames();
  EXPECT_EQ(frames.size(), 15U);
  for (size_t i = 1; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].timestamp - frames[i - 1].timestamp, 200'000);
  }
  EXPECT_EQ(decoder->stats().framesLimited, 60U);
}

TEST_F(StreamDecoderTest, DecodesKeyFramesOnlyAndGoesOnWithTheNextOne) {
  StreamDecoderOptions options;
  options.keyFramesOnly = true;
  const auto decoder = makeDecoder(cpu(), options);
  pushAll(*decoder, units_);
  ASSERT_TRUE(eventually([&] { return decoder->stats().queuedUnits == 0; }));
  decoder->setLimits(0, false);
  // From the middle of a group of pictures on: 15 of them lead up to the next key frame.
  const AccessUnits more = repeated(units_, 2);
  pushAll(*decoder, {more.begin() + 85, more.end()});
  finish(*decoder);
  const auto frames = watcher_.frames();
  ASSERT_EQ(frames.size(), 3U + 50U);
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(frames[i].keyFrame);
  EXPECT_EQ(decoder->stats().unitsSkipped, 72U + 15U);
  EXPECT_GE(watcher_.eventsOf<KeyFrameWantedEvent>().size(), 1U);
}

TEST_F(StreamDecoderTest, GivesKeyFramesAtOnceWhereOthersWouldBeWaitedFor) {
  StreamDecoderOptions options;
  options.keyFramesOnly = true;
  const auto decoder = makeDecoder(cpu(), options);
  const AccessUnits units = unitsOfClip(generatedClip({.bFrames = 3}));
  pushAll(*decoder, {units.begin(), units.begin() + 1});
  EXPECT_TRUE(eventually([&] { return watcher_.count() == 1; }));
}

TEST_F(StreamDecoderTest, FollowsAChangeOfSizeAndSaysSo) {
  const auto decoder = makeDecoder(cpu());
  const std::string other = generatedClip({.width = 640, .height = 360});
  pushAll(*decoder, units_);
  pushAll(*decoder, unitsOfClip(other, 3'000'000));
  finish(*decoder);
  auto expected = ffmpegMd5(clip_);
  for (const std::string& sum : ffmpegMd5(other)) expected.push_back(sum);
  EXPECT_EQ(md5Of(watcher_.frames()), expected);
  const auto events = watcher_.eventsOf<DecoderParametersEvent>();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].parameters->width, 320);
  EXPECT_EQ(events[1].parameters->width, 640);
  EXPECT_EQ(decoder->stats().rebuilds, 0U);
}

TEST_F(StreamDecoderTest, MakesAnotherDecoderForAnotherCodec) {
  const auto decoder = makeDecoder(cpu());
  const std::string other = generatedVideo(kH265Clip);
  pushAll(*decoder, units_);
  pushAll(*decoder, unitsOfClip(other, 3'000'000));
  finish(*decoder);
  auto expected = ffmpegMd5(clip_);
  for (const std::string& sum : ffmpegMd5(other)) expected.push_back(sum);
  EXPECT_EQ(md5Of(watcher_.frames()), expected);
  EXPECT_EQ(decoder->stats().decodersMade, 2U);
  EXPECT_EQ(decoder->stats().rebuilds, 0U);
}

TEST_F(StreamDecoderTest, DropsToTheNextKeyFrameWhereDecodingDoesNotKeepUp) {
  StreamDecoderOptions options;
  options.maxQueuedBytes = 60'000;
  const auto decoder = makeDecoder(cpu(), options);
  std::atomic<bool> busy{true};
  const auto holder = decoder->subscribe([](const DecodedFrame&) {}, [&] { return busy.load(); });
  for (const AccessUnitPtr& unit : units_) decoder->onAccessUnit(unit);
  const uint64_t dropped = decoder->stats().unitsDropped;
  EXPECT_GT(dropped, 0U);
  busy = false;
  decoder->resume();
  finish(*decoder);
  EXPECT_EQ(watcher_.count(), 75 - dropped);
  const auto gaps = watcher_.eventsOf<DecoderGapEvent>();
  ASSERT_GE(gaps.size(), 1U);
  uint64_t inGaps = 0;
  for (const DecoderGapEvent& gap : gaps) inGaps += gap.units;
  EXPECT_EQ(inGaps, dropped);
  EXPECT_EQ(decoder->stats().errors, 0U) << "what was decoded had its references";
}

TEST_F(StreamDecoderTest, SaysWhenThereIsRoomAgainForWhatItRefused) {
  StreamDecoderOptions options;
  options.maxQueuedBytes = units_[0]->data.size();
  const auto decoder = makeDecoder(cpu(), options);
  std::atomic<int> drained{0};
  decoder->onDrained([&] { ++drained; });
  std::atomic<bool> busy{true};
  const auto holder = decoder->subscribe([](const DecodedFrame&) {}, [&] { return busy.load(); });
  ASSERT_TRUE(decoder->push(units_[0]));
  ASSERT_FALSE(decoder->push(units_[1]));
  EXPECT_EQ(drained, 0);
  busy = false;
  decoder->resume();
  EXPECT_TRUE(eventually([&] { return drained > 0; }));
  EXPECT_TRUE(decoder->push(units_[1]));
  finish(*decoder);
  EXPECT_EQ(watcher_.count(), 2U);
}

TEST_F(StreamDecoderTest, ASlowSubscriberLosesTheOldestPicturesAndHoldsNobodyUp) {
  const auto decoder = makeDecoder(cpu());
  FrameQueue queue(3);
  const auto slow = decoder->subscribe([&](const DecodedFrame& frame) { queue.push(frame); });
  pushAll(*decoder, units_);
  finish(*decoder);
  EXPECT_EQ(watcher_.count(), 75U);
  EXPECT_EQ(queue.dropped(), 72U);
  const auto oldest = queue.take();
  ASSERT_TRUE(oldest);
  EXPECT_EQ(oldest->timestamp, watcher_.frames()[72].timestamp);
}

TEST_F(StreamDecoderTest, ASinkThatLetsGoOfItsSubscriptionIsNotCalledAgain) {
  const auto decoder = makeDecoder(cpu());
  std::optional<StreamDecoder::Subscription> once;
  std::atomic<int> calls{0};
  std::promise<void> subscribed;
  auto ready = subscribed.get_future().share();
  once = decoder->subscribe([&](const DecodedFrame&) {
    ready.wait();
    ++calls;
    once.reset();
  });
  subscribed.set_value();
  pushAll(*decoder, units_);
  finish(*decoder);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(watcher_.count(), 75U);
}

TEST_F(StreamDecoderTest, HiddenUnitsAreDecodedAndNotDelivered) {
  const auto decoder = makeDecoder(cpu());
  for (size_t i = 0; i < 20; ++i) ASSERT_TRUE(decoder->push(units_[i], i < 12));
  finish(*decoder);
  const auto frames = watcher_.frames();
  ASSERT_EQ(frames.size(), 8U);
  const auto expected = ffmpegMd5(clip_);
  EXPECT_EQ(md5Of(frames), std::vector<std::string>(expected.begin() + 12, expected.begin() + 20));
}

TEST_F(StreamDecoderTest, PicturesAfterALossCountAsConcealedUpToTheNextKeyFrame) {
  const auto decoder = makeDecoder(cpu());
  AccessUnits units = units_;
  auto damaged = std::make_shared<AccessUnit>(*units[11]);
  damaged->discontinuity = true;
  units[11] = damaged;
  units.erase(units.begin() + 10);
  pushAll(*decoder, units);
  finish(*decoder);
  const auto frames = watcher_.frames();
  ASSERT_EQ(frames.size(), 74U);
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].concealed, i >= 10 && i < 24) << i;
  }
  EXPECT_EQ(decoder->stats().framesConcealed, 14U);
  EXPECT_EQ(watcher_.eventsOf<KeyFrameWantedEvent>().size(), 1U);
}

TEST_F(StreamDecoderTest, ALossThatNobodyToldOfCountsAsOneAndAsksForOneKeyFrame) {
  const auto decoder = makeDecoder(cpu());
  AccessUnits units = repeated(units_, 2);
  units.erase(units.begin() + 60);
  units.erase(units.begin() + 10);
  pushAll(*decoder, units);
  finish(*decoder);
  const auto frames = watcher_.frames();
  ASSERT_EQ(frames.size(), 148U);
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].concealed, (i >= 10 && i < 24) || (i >= 59 && i < 73)) << i;
  }
  EXPECT_EQ(decoder->stats().framesConcealed, 28U);
  EXPECT_EQ(decoder->stats().keyFrameRequests, 2U);
  EXPECT_EQ(watcher_.eventsOf<KeyFrameWantedEvent>().size(), 2U);
}

TEST_F(StreamDecoderTest, TruncatedAndGarbledUnitsNeverStopWhatComesAfterTheNextKeyFrame) {
  const auto decoder = makeDecoder(cpu());
  AccessUnits units = repeated(units_, 2);
  std::mt19937 random{7};
  for (size_t i = 0; i < 100; ++i) {
    auto damaged = std::make_shared<AccessUnit>(*units[i]);
    if (i % 3 == 0) damaged->data.resize(damaged->data.size() / 2);
    if (i % 3 == 1) {
      for (size_t at = 8; at < damaged->data.size(); at += 17) {
        damaged->data[at] = static_cast<uint8_t>(random());
      }
    }
    units[i] = damaged;
  }
  pushAll(*decoder, units);
  finish(*decoder);
  const auto expected = ffmpegMd5(clip_);
  auto sums = md5Of(watcher_.frames());
  ASSERT_GE(sums.size(), 50U);
  EXPECT_EQ(std::vector<std::string>(sums.end() - 50, sums.end()),
            std::vector<std::string>(expected.begin() + 25, expected.end()));
  EXPECT_FALSE(watcher_.frames().back().concealed);
}

TEST_F(StreamDecoderTest, FallsBackToTheProcessorWhereTheGpuHasNoRoom) {
  faults_->failMakeAt = 1;
  const auto decoder = decodeClip(withGpu());
  EXPECT_EQ(md5Of(watcher_.frames()), ffmpegMd5(clip_));
  const auto events = watcher_.eventsOf<DecoderBackendEvent>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].backend, "libavcodec");
  EXPECT_EQ(events[0].reason, "no more room");
}

TEST_F(StreamDecoderTest, GoesToTheProcessorAtTheNextKeyFrameWhenTheGpuIsLost) {
  faults_->failUnitFrom = 31;
  faults_->unitCode = "ERR_GPU_LOST";
  const auto backends = withGpu();
  const auto decoder = decodeClip(backends);
  // 30 pictures from the GPU; 19 frames lead up to the next key frame.
  EXPECT_EQ(watcher_.count(), 30U + 25U);
  EXPECT_EQ(faults_->units, 31) << "a lost GPU is not called again";
  EXPECT_EQ(backends->lost(), "made to fail");
  const auto events = watcher_.eventsOf<DecoderBackendEvent>();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].backend, "nvdec");
  EXPECT_EQ(events[1].backend, "libavcodec");
  EXPECT_EQ(events[1].reason, "made to fail");
  ASSERT_EQ(watcher_.eventsOf<DecoderErrorEvent>().size(), 1U);
  EXPECT_EQ(watcher_.eventsOf<DecoderErrorEvent>()[0].code, "ERR_GPU_LOST");
}

TEST_F(StreamDecoderTest, ReturnsToTheGpuWhenSomebodySaysThatItWorksAgain) {
  faults_->failUnitAt = 31;
  faults_->unitCode = "ERR_GPU_LOST";
  const auto backends = withGpu();
  const auto decoder = makeDecoder(backends);
  pushAll(*decoder, units_);
  ASSERT_TRUE(eventually([&] { return decoder->stats().queuedUnits == 0; }));
  EXPECT_STREQ(decoder->stats().backend, "libavcodec");
  backends->reset();
  const AccessUnits more = repeated(units_, 2);
  pushAll(*decoder, {more.begin() + 75, more.end()});
  finish(*decoder);
  EXPECT_STREQ(decoder->stats().backend, "nvdec");
  EXPECT_EQ(watcher_.count(), 30U + 25U + 75U);
}

TEST_F(StreamDecoderTest, GoesOnWithTheProcessorAtOnceWhereAKeyFrameIsTooMuchForTheGpu) {
  faults_->failUnitAt = 26;
  faults_->unitCode = "ERR_GPU_MEMORY";
  const auto backends = withGpu();
  const auto decoder = decodeClip(backends);
  EXPECT_EQ(md5Of(watcher_.frames()), ffmpegMd5(clip_)) << "not a picture is missing";
  EXPECT_FALSE(backends->lost());
  const auto events = watcher_.eventsOf<DecoderBackendEvent>();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].backend, "libavcodec");
  EXPECT_EQ(events[1].reason, "made to fail");
}

TEST_F(StreamDecoderTest, ADecoderThatFailsIsReplacedAtTheNextKeyFrame) {
  faults_->failUnitAt = 31;
  const auto decoder = decodeClip(withGpu());
  EXPECT_EQ(watcher_.count(), 30U + 25U);
  EXPECT_EQ(decoder->stats().rebuilds, 1U);
  EXPECT_EQ(decoder->stats().decodersMade, 2U);
  EXPECT_EQ(decoder->stats().errors, 1U);
  EXPECT_EQ(watcher_.eventsOf<KeyFrameWantedEvent>().size(), 1U);
}

TEST_F(StreamDecoderTest, ADecoderThatFailsAtAKeyFrameIsReplacedAtTheNextOne) {
  faults_->failUnitAt = 26;
  const auto decoder = decodeClip(withGpu());
  EXPECT_EQ(watcher_.count(), 25U + 25U);
  EXPECT_EQ(decoder->stats().errors, 1U);
  EXPECT_EQ(decoder->stats().decodersMade, 2U);
}

TEST_F(StreamDecoderTest, DecodersThatKeepFailingAreMadeLessAndLessOften) {
  faults_->failUnitFrom = 1;
  const auto decoder = makeDecoder(withGpu());
  pushAll(*decoder, repeated(units_, 40));  // two minutes with a key frame every second
  finish(*decoder);
  EXPECT_EQ(watcher_.count(), 0U);
  // At 0, 1, 2, 3, 5, 9, 17, 33, 65 seconds.
  EXPECT_GE(decoder->stats().decodersMade, 7U);
  EXPECT_LE(decoder->stats().decodersMade, 10U);
  EXPECT_EQ(decoder->stats().errors, decoder->stats().decodersMade);
  EXPECT_LE(watcher_.eventsOf<KeyFrameWantedEvent>().size(), 10U);
}

TEST_F(StreamDecoderTest, ADecoderThatGivesNoPicturesIsReplaced) {
  // 40 of the clip: three wait for the key frame that the second decoder begins with.
  faults_->swallowUpTo = 37;
  const auto decoder = decodeClip(withGpu());
  EXPECT_EQ(watcher_.count(), 35U);
  EXPECT_EQ(decoder->stats().rebuilds, 1U) << "behind the 22nd unit";
  ASSERT_EQ(watcher_.eventsOf<DecoderErrorEvent>().size(), 1U);
  EXPECT_EQ(watcher_.eventsOf<DecoderErrorEvent>()[0].code, "ERR_DECODER");
}

TEST_F(StreamDecoderTest, UnitsWithoutAPictureAreCountedAndDoNotReplaceTheDecoder) {
  faults_->failUnitAt = 31;
  faults_->unitCode = "ERR_DECODE";
  const auto decoder = decodeClip(withGpu());
  EXPECT_EQ(watcher_.count(), 74U);
  EXPECT_EQ(decoder->stats().decodersMade, 1U);
  EXPECT_EQ(decoder->stats().errors, 1U);
  EXPECT_EQ(watcher_.eventsOf<DecoderErrorEvent>().size(), 0U);
}

TEST_F(StreamDecoderTest, NvdecAloneMeansNoPictureWhereItCannot) {
  faults_->refusal = "its samples have 10 bits";
  StreamDecoderOptions options;
  options.backend = DecoderBackend::kNvdec;
  const auto decoder = decodeClip(withGpu(), options);
  EXPECT_EQ(watcher_.count(), 0U);
  const auto errors = watcher_.eventsOf<DecoderErrorEvent>();
  ASSERT_EQ(errors.size(), 1U) << "once for all key frames";
  EXPECT_EQ(errors[0].code, "ERR_UNSUPPORTED");
  EXPECT_NE(errors[0].message.find("10 bits"), std::string::npos);
}

TEST_F(StreamDecoderTest, ClosesWhileItDecodesAndCallsNobodyAfterwards) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> closed{false};
    std::atomic<int> late{0};
    const auto decoder =
        StreamDecoder::make(engine_, cpu(), nullptr, {}, [&](const StreamDecoderEvent&) {
          if (closed) ++late;
        });
    const auto sink = decoder->subscribe([&](const DecodedFrame&) {
      if (closed) ++late;
    });
    for (int i = 0; i < 25; ++i) decoder->push(units_[static_cast<size_t>(i)]);
    decoder->close();
    closed = true;
    decoder->close();
    EXPECT_EQ(late, 0);
  }
}

TEST_F(StreamDecoderTest, MayBeClosedByItsOwnSink) {
  std::promise<void> over;
  auto decoder = StreamDecoder::make(engine_, cpu(), nullptr, {}, {});
  auto* const raw = decoder.get();
  const auto sink = decoder->subscribe([&](const DecodedFrame&) {
    raw->close();
    over.set_value();
  });
  for (size_t i = 0; i < 20; ++i) decoder->push(units_[i]);
  ASSERT_EQ(over.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(decoder->stats().framesOut, 1U);
}

}  // namespace
}  // namespace flux::test
