// What segments hold of a camera's sound that comes earlier or later than its pictures.
#include <algorithm>

#include "recording_fixture.h"

namespace flux {
namespace {

CodecParametersPtr soundParameters() {
  static const CodecParametersPtr parameters = [] {
    auto made = std::make_shared<CodecParameters>();
    made->codec = Codec::kPcma;
    made->codecString = "pcma";
    made->sampleRate = 8000;
    made->channels = 1;
    made->bitsPerSample = 8;
    return made;
  }();
  return parameters;
}

class SoundRecordingTest : public RecordingTest {
 protected:
  static constexpr int64_t kPictureMs = 40;
  static constexpr int64_t kSoundMs = 20;

  /// Pictures of PictureSource, captured when they arrive, and sound that arrives `laterMs` after
  /// its picture. What moment it is of stands in its first bytes.
  void record(SegmentRecorder& recorder, int64_t millis, int64_t laterMs, bool reports = true) {
    recorder.onTracks({soundParameters()});
    for (int64_t at = 0; at < millis; at += kSoundMs) {
      if (at % kPictureMs == 0) recorder.onAccessUnit(pictures_.next());
      const int64_t captured = at - laterMs;
      auto unit = std::make_shared<AccessUnit>();
      unit->parameters = soundParameters();
      unit->clockRate = 8000;
      unit->duration = 160;
      unit->mediaTime = 4000000 + captured * 8;
      unit->data.assign(160, 0xD5);
      const auto index = static_cast<uint16_t>(captured / kSoundMs + 1000);
      unit->data[0] = static_cast<uint8_t>(index >> 8);
      unit->data[1] = static_cast<uint8_t>(index);
      if (reports) unit->pictureTime = 1000000 + captured * 90;
      unit->arrivalWallMs = kStartMs + at;
      unit->arrivalMicros = 5000000 + at * 1000;
      unit->keyFrame = true;
      recorder.onAccessUnit(unit);
    }
    recorder.close();
  }

  struct Heard {
    int64_t capturedMs;  ///< from the recording's start
    int64_t atMs;
  };
  std::vector<Heard> soundOf(const SegmentEvent& event) const {
    std::vector<Heard> heard;
    SegmentSource source(reading(event), Tracks::kAll);
    Packet packet;
    while (source.next(packet)) {
      if (packet.track != 1) continue;
      const int64_t index = packet.data[0] << 8 | packet.data[1];
      heard.push_back(
          {(index - 1000) * kSoundMs, event.startMs - kStartMs + packet.ptsMicros / 1000});
    }
    return heard;
  }

  /// Each segment of two seconds has the sound of its own pictures, at their time, in order.
  void expectWholeAndInStep(int64_t laterMs) {
    const auto segments = eventsOf<SegmentEvent>();
    ASSERT_EQ(segments.size(), 4U);
    int64_t next = laterMs < 0 ? -laterMs : 0;  // what came before the first picture is lost
    for (size_t i = 0; i < segments.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_EQ(segments[i].sequence, 7 + i);
      EXPECT_EQ(segments[i].startMs, kStartMs + static_cast<int64_t>(i) * 2000);
      EXPECT_EQ(segments[i].endMs, kStartMs + static_cast<int64_t>(i + 1) * 2000);
      EXPECT_EQ(segments[i].run, 7U);
      for (const Heard& heard : soundOf(segments[i])) {
        EXPECT_LE(std::abs(heard.atMs - heard.capturedMs), 2);
        EXPECT_EQ(heard.capturedMs, next);
        EXPECT_EQ(heard.capturedMs / 2000, static_cast<int64_t>(i));
        next = heard.capturedMs + kSoundMs;
      }
    }
    EXPECT_GE(next, 8000 - std::max<int64_t>(laterMs, 0));
  }

  PictureSource pictures_;
};

TEST_F(SoundRecordingTest, HoldsTheSoundOfItsOwnPicturesWherePicturesComeLater) {
  record(*makeRecorder(), 8000, -300);
  // Sound of after the last picture that came is in the last segment.
  auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 4U);
  for (size_t i = 0; i < segments.size(); ++i) {
    SCOPED_TRACE(i);
    const auto heard = soundOf(segments[i]);
    ASSERT_FALSE(heard.empty());
    const auto start = static_cast<int64_t>(i) * 2000;
    EXPECT_EQ(heard.front().capturedMs, i == 0 ? 300 : start);
    EXPECT_EQ(heard.back().capturedMs, i == 3 ? 8280 : start + 1980);
    for (const Heard& one : heard) EXPECT_LE(std::abs(one.atMs - one.capturedMs), 2);
  }
}

TEST_F(SoundRecordingTest, HoldsTheSoundOfItsOwnPicturesWhereSoundComesLater) {
  record(*makeRecorder(), 8000, 300);
  expectWholeAndInStep(300);
}

TEST_F(SoundRecordingTest, IsAsItAlwaysWasWhereBothComeTogether) {
  record(*makeRecorder(), 8000, 0);
  expectWholeAndInStep(0);
}

TEST_F(SoundRecordingTest, GoesByArrivalWhereNoReportsTell) {
  record(*makeRecorder(), 8000, 300, false);
  ASSERT_EQ(eventsOf<SegmentEvent>().size(), 4U);
  for (const SegmentEvent& segment : eventsOf<SegmentEvent>()) {
    for (const Heard& heard : soundOf(segment)) {
      EXPECT_LE(std::abs(heard.atMs - heard.capturedMs - 300), 2);
    }
  }
}

TEST_F(SoundRecordingTest, CompletesASegmentThatStillWaitsForItsSoundWhenAllEnds) {
  // 100 ms after the cut, and 200 ms before the first segment's last sound.
  record(*makeRecorder(), 2100, 300);
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].sequence, 7U);
  EXPECT_EQ(segments[0].audioFrames, 90U);
  EXPECT_EQ(segments[0].end, SegmentEnd::kCut);
  EXPECT_EQ(segments[0].endMs, segments[1].startMs);
  EXPECT_EQ(segments[1].audioFrames, 0U);
  EXPECT_EQ(segments[1].end, SegmentEnd::kClosed);
}

}  // namespace
}  // namespace flux
