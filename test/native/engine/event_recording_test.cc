// Recording around triggers: pre-roll, post-roll, and what switching modes does.
#include "recording_fixture.h"

namespace flux {
namespace {

class EventRecordingTest : public RecordingTest {
 protected:
  std::shared_ptr<SegmentRecorder> makeEventRecorder(int64_t preRollMs = 2000) {
    auto recorder =
        std::make_shared<SegmentRecorder>(engine_,
                                          SegmentRecorderOptions{.storage = storage_,
                                                                 .cameraId = "gate",
                                                                 .segmentDurationMs = 60000,
                                                                 .mode = RecordingMode::kEvent,
                                                                 .preRollMs = preRollMs},
                                          [this](RecorderEvent event) {
                                            const std::lock_guard lock(mutex_);
                                            events_.push_back(std::move(event));
                                          });
    recorder->setKey(kStartMs / kMsPerDay, keyId(1), key_);
    return recorder;
  }
  void feed(SegmentRecorder& recorder, int frames) {
    for (int i = 0; i < frames; ++i) recorder.onAccessUnit(source_.next());
    engine_->leaseRecordingLoop()->runAndWait([] {});
  }

  PictureSource source_;
};

TEST_F(EventRecordingTest, WritesNothingWhileNothingHappens) {
  auto recorder = makeEventRecorder();
  feed(*recorder, 200);
  EXPECT_GT(recorder->stats().preRollBytes, 0U);
  recorder->close();
  EXPECT_TRUE(eventsOf<SegmentEvent>().empty());
  EXPECT_TRUE(eventsOf<GapEvent>().empty()) << "what was not wanted is not missing";
  EXPECT_TRUE(std::filesystem::is_empty(storage_));
}

TEST_F(EventRecordingTest, BeginsWithThePreRollAndEndsWithThePostRoll) {
  auto recorder = makeEventRecorder();
  feed(*recorder, 250);                 // 10 s
  recorder->trigger(kStartMs + 13000);  // 3 s from now on
  feed(*recorder, 250);                 // up to 20 s
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_TRUE(segments[0].event);
  EXPECT_EQ(segments[0].end, SegmentEnd::kEventEnd);
  EXPECT_LE(segments[0].startMs, kStartMs + 8000);
  EXPECT_GT(segments[0].startMs, kStartMs + 6900) << "not more than one group before";
  EXPECT_EQ(segments[0].endMs, kStartMs + 13000);
  EXPECT_TRUE(packetsOf(segments[0]).front().keyFrame);
  EXPECT_EQ(static_cast<int64_t>(segments[0].frames),
            (segments[0].endMs - segments[0].startMs) / 40);
}

TEST_F(EventRecordingTest, GoesOnWithoutACutWhileTriggersFollow) {
  auto recorder = makeEventRecorder();
  feed(*recorder, 100);
  recorder->trigger(kStartMs + 6000);
  feed(*recorder, 25);
  recorder->trigger(kStartMs + 9000);
  recorder->trigger(kStartMs + 7000);  // an earlier end does not shorten it
  feed(*recorder, 200);
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].endMs, kStartMs + 9000);
}

TEST_F(EventRecordingTest, NeverRecordsAFrameTwiceWhereOneEventFollowsAnother) {
  auto recorder = makeEventRecorder(5000);
  feed(*recorder, 100);
  recorder->trigger(kStartMs + 5000);
  feed(*recorder, 75);  // up to 7 s: over for 2 s
  recorder->trigger(kStartMs + 9000);
  feed(*recorder, 100);
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_GE(segments[1].startMs, segments[0].endMs);
  EXPECT_TRUE(packetsOf(segments[1]).front().keyFrame);
}

TEST_F(EventRecordingTest, SwitchesToContinuousFromThePreRollOnAndToOffAtOnce) {
  auto recorder = makeEventRecorder();
  feed(*recorder, 100);
  recorder->setMode(RecordingMode::kContinuous);
  feed(*recorder, 50);
  recorder->setMode(RecordingMode::kOff);
  feed(*recorder, 0);
  feed(*recorder, 50);
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_FALSE(segments[0].event);
  EXPECT_LE(segments[0].startMs, kStartMs + 2000);
  EXPECT_EQ(segments[0].endMs, kStartMs + 6000);
  EXPECT_EQ(segments[0].end, SegmentEnd::kStopped);
}

TEST_F(EventRecordingTest, ForgetsThePreRollOfAConnectionThatEnded) {
  auto recorder = makeEventRecorder();
  feed(*recorder, 100);
  recorder->onStreamEnd();
  feed(*recorder, 25);
  recorder->trigger(kStartMs + 6000);
  feed(*recorder, 50);
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_GE(segments[0].startMs, kStartMs + 4000);
}

}  // namespace
}  // namespace flux
