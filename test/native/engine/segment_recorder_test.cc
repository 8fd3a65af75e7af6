#include "engine/segment_recorder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/file.h"
#include "recording_fixture.h"

namespace flux {
namespace {

TEST_F(RecordingTest, CutsOnKeyFramesWithoutAGapAndKeepsEveryByte) {
  auto recorder = makeRecorder();
  PictureSource source;
  std::vector<AccessUnitPtr> sent;
  for (int i = 0; i < 25 * 7; ++i) {
    sent.push_back(source.next());
    recorder->onAccessUnit(sent.back());
  }
  recorder->close();

  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 4U);
  EXPECT_EQ(segments[0].startMs, kStartMs);
  EXPECT_EQ(segments[3].endMs, kStartMs + 7000);
  EXPECT_EQ(segments[3].end, SegmentEnd::kClosed);
  size_t index = 0;
  for (size_t s = 0; s < segments.size(); ++s) {
    if (s > 0) {
      EXPECT_EQ(segments[s].startMs, segments[s - 1].endMs);
    }
    EXPECT_EQ(segments[s].sequence, 7 + s);
    const auto packets = packetsOf(segments[s]);
    EXPECT_EQ(packets.size(), segments[s].frames);
    EXPECT_TRUE(packets.front().keyFrame);
    for (const Packet& packet : packets) {
      ASSERT_LT(index, sent.size());
      EXPECT_EQ(packet.data, sent[index]->data) << "frame " << index;
      EXPECT_EQ(segments[s].startMs + packet.ptsMicros / 1000, sent[index]->arrivalWallMs);
      ++index;
    }
  }
  EXPECT_EQ(index, sent.size());
  EXPECT_EQ(recorder->stats().framesWritten, sent.size());
  EXPECT_EQ(recorder->stats().framesDropped, 0U);
}

TEST_F(RecordingTest, NamesFilesByCameraUtcDayAndSecondForTheOwnerAlone) {
  auto recorder = makeRecorder();
  PictureSource source;
  for (int i = 0; i < 30; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].path, storage_ + "/gate/20260126/1769421600");
  struct stat status {};
  ASSERT_EQ(::stat(segments[0].path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(static_cast<uint64_t>(status.st_size), segments[0].fileSize);
}

TEST_F(RecordingTest, WritesVersion1TheSameWay) {
  auto recorder = makeRecorder(2000, true, segment::kVersion1);
  PictureSource source;
  for (int i = 0; i < 60; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(packetsOf(segments[0]).size() + packetsOf(segments[1]).size(), 60U);
  EXPECT_EQ(segment::readHeader(segments[0].path).version, segment::kVersion1);
}

TEST_F(RecordingTest, NeverRecordsInClearWhereThereIsNoKey) {
  auto recorder = makeRecorder(2000, false);
  PictureSource source;
  for (int i = 0; i < 50; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  EXPECT_TRUE(eventsOf<SegmentEvent>().empty());
  EXPECT_TRUE(std::filesystem::is_empty(storage_));
  const auto gaps = eventsOf<GapEvent>();
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].frames, 50U);
  ASSERT_EQ(eventsOf<KeyNeededEvent>().size(), 1U);
  EXPECT_EQ(eventsOf<KeyNeededEvent>()[0].day, kStartMs / kMsPerDay);
}

TEST_F(RecordingTest, ChangesTheKeyWithTheUtcDayAndAsksForItAhead) {
  const int64_t midnight = (kStartMs / kMsPerDay + 1) * kMsPerDay;
  auto recorder = makeRecorder();
  PictureSource source(midnight - 2000);
  for (int i = 0; i < 25; ++i) recorder->onAccessUnit(source.next());
  engine_->leaseRecordingLoop()->runAndWait([] {});
  recorder->setKey(midnight / kMsPerDay, keyId(2), crypto::SecretKey::generate());
  for (int i = 0; i < 75; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto wanted = eventsOf<KeyNeededEvent>();
  ASSERT_FALSE(wanted.empty());
  EXPECT_EQ(wanted[0].day, midnight / kMsPerDay);
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].keyId, segment::formatUuid(keyId(1)));
  EXPECT_EQ(segments[1].keyId, segment::formatUuid(keyId(2)));
  EXPECT_NE(segments[1].path.find("/20260127/"), std::string::npos);
}

TEST_F(RecordingTest, KeepsRecordingWithYesterdaysKeyWhenTheNewOneIsLate) {
  const int64_t midnight = (kStartMs / kMsPerDay + 1) * kMsPerDay;
  auto recorder = makeRecorder();
  PictureSource source(midnight + 1000);
  for (int i = 0; i < 50; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].keyId, segment::formatUuid(keyId(1)));
  ASSERT_FALSE(eventsOf<KeyNeededEvent>().empty());
  EXPECT_EQ(eventsOf<KeyNeededEvent>()[0].day, midnight / kMsPerDay);
}

TEST_F(RecordingTest, KeepsRecordingWhenTheClockGoesBackBeforeTheFirstKey) {
  auto recorder = makeRecorder();
  PictureSource source(kStartMs - 3 * kMsPerDay);
  for (int i = 0; i < 50; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  ASSERT_EQ(eventsOf<SegmentEvent>().size(), 1U);
  EXPECT_EQ(eventsOf<SegmentEvent>()[0].frames, 50U);
  ASSERT_FALSE(eventsOf<KeyNeededEvent>().empty());
  EXPECT_EQ(eventsOf<KeyNeededEvent>()[0].day, kStartMs / kMsPerDay - 3);
}

TEST_F(RecordingTest, StartsANewSegmentForNewParameterSets) {
  auto recorder = makeRecorder(60000);
  PictureSource source;
  for (int i = 0; i < 25; ++i) recorder->onAccessUnit(source.next());
  source.parameters = otherParameters();
  for (int i = 0; i < 25; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].end, SegmentEnd::kParameters);
  EXPECT_EQ(segments[1].parameters->pps, otherParameters()->pps);
}

TEST_F(RecordingTest, RecordsAJumpOfTheCamerasClockAsADiscontinuity) {
  auto recorder = makeRecorder(60000);
  PictureSource source;
  for (int i = 0; i < 25; ++i) recorder->onAccessUnit(source.next());
  source.mediaJump = int64_t{90000} * 3600;
  for (int i = 0; i < 25; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].end, SegmentEnd::kDiscontinuity);
  EXPECT_EQ(segments[1].startMs, kStartMs + 1000) << "wall time goes on; only the camera jumped";
}

TEST_F(RecordingTest, EndsTheSegmentWithTheConnectionAndWaitsForAKeyFrame) {
  auto recorder = makeRecorder(60000);
  PictureSource source;
  for (int i = 0; i < 30; ++i) recorder->onAccessUnit(source.next());
  recorder->onStreamEnd();
  for (int i = 30; i < 75; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].end, SegmentEnd::kDisconnected);
  EXPECT_EQ(segments[0].frames, 30U);
  EXPECT_EQ(segments[1].frames, 25U) << "frames 50 to 74";
  const auto gaps = eventsOf<GapEvent>();
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].frames, 20U);
}

TEST_F(RecordingTest, GivesTwoSegmentsOfOneSecondTwoNames) {
  auto recorder = makeRecorder(60000);
  PictureSource first;
  for (int i = 0; i < 5; ++i) recorder->onAccessUnit(first.next());
  recorder->onStreamEnd();
  PictureSource second(kStartMs + 300);
  for (int i = 0; i < 5; ++i) recorder->onAccessUnit(second.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_NE(segments[0].path, segments[1].path);
  EXPECT_EQ(packetsOf(segments[0]).size(), 5U);
  EXPECT_EQ(packetsOf(segments[1]).size(), 5U);
}

TEST_F(RecordingTest, DropsWholeGroupsOfPicturesWhenTheQueueIsFullAndSaysSo) {
  auto recorder = makeRecorder(60000, true, segment::kVersion2, 30000);
  PictureSource source;
  // Hold the recording thread, so that the queue fills.
  std::mutex gate;
  gate.lock();
  EventLoop& recording = *engine_->leaseRecordingLoop();
  recording.post([&] { const std::lock_guard lock(gate); });
  for (int i = 0; i < 100; ++i) recorder->onAccessUnit(source.next());
  gate.unlock();
  recording.runAndWait([] {});
  for (int i = 0; i < 50; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  uint64_t lost = 0;
  for (const GapEvent& gap : eventsOf<GapEvent>()) {
    EXPECT_EQ(gap.reason, "overflow");
    lost += gap.frames;
  }
  uint64_t written = 0;
  for (const auto& segment : eventsOf<SegmentEvent>()) written += segment.frames;
  EXPECT_GE(lost, 85U);
  EXPECT_EQ(written + lost, 150U) << "every frame is either recorded or reported";
  EXPECT_EQ(recorder->stats().framesDropped, lost);
}

TEST_F(RecordingTest, ReportsAFailingDiskAndGoesOnWhenItIsBack) {
  auto recorder = makeRecorder(60000);
  std::ofstream(storage_ + "/gate") << "a file where the camera's folder should be";
  PictureSource source;
  for (int i = 0; i < 50; ++i) recorder->onAccessUnit(source.next());
  engine_->leaseRecordingLoop()->runAndWait([] {});
  EXPECT_TRUE(eventsOf<SegmentEvent>().empty());
  EXPECT_FALSE(eventsOf<RecorderErrorEvent>().empty());
  std::filesystem::remove(storage_ + "/gate");
  for (int i = 0; i < 50; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].frames, 50U);
  ASSERT_EQ(eventsOf<GapEvent>().size(), 1U);
  EXPECT_EQ(eventsOf<GapEvent>()[0].frames, 50U);
}

/// An unmounted disk leaves a folder on another device, or none.
TEST_F(RecordingTest, RecordsNothingWhereTheStorageIsGoneOrOnAnotherDevice) {
  auto recorder = makeRecorder(1000);
  PictureSource source;
  const auto record = [&] {
    for (int i = 0; i < 50; ++i) recorder->onAccessUnit(source.next());
    engine_->leaseRecordingLoop()->runAndWait([] {});
  };
  const std::string away = storage_ + ".away";
  std::filesystem::rename(storage_, away);
  record();
  EXPECT_FALSE(std::filesystem::exists(storage_));
  // In memory, where a temporary folder seldom is.
  const std::string other = "/dev/shm/flux-engine-" + std::to_string(::getpid());
  if (std::filesystem::create_directory(other) && deviceOf(other) != deviceOf(away)) {
    std::filesystem::create_directory_symlink(other, storage_);
    record();
    EXPECT_TRUE(std::filesystem::is_empty(other));
    std::filesystem::remove(storage_);
  }
  std::filesystem::remove_all(other);
  EXPECT_TRUE(eventsOf<SegmentEvent>().empty());
  for (const auto& error : eventsOf<RecorderErrorEvent>()) {
    EXPECT_EQ(error.code, "ERR_STORAGE_MISSING");
  }
  EXPECT_FALSE(eventsOf<RecorderErrorEvent>().empty());

  std::filesystem::rename(away, storage_);
  record();
  recorder->close();
  EXPECT_FALSE(eventsOf<SegmentEvent>().empty());
}

/// What a kill -9 leaves: the file as it is on disk while the recorder still holds the rest.
TEST_F(RecordingTest, LosesUnderASecondWhenTheProcessDiesAtAnyMoment) {
  for (const size_t frameBytes : {300U, 4000U, 60000U}) {
    auto recorder = makeRecorder(60000);
    PictureSource source(kStartMs, frameBytes);
    const std::string path = storage_ + "/gate/20260126/1769421600";
    for (int frame = 1; frame <= 200; ++frame) {
      recorder->onAccessUnit(source.next());
      if (frame % 13 != 0) continue;
      engine_->leaseRecordingLoop()->runAndWait([] {});
      const std::string copy =
          storage_ + "/crash-" + std::to_string(frameBytes) + "-" + std::to_string(frame);
      std::filesystem::copy_file(path, copy);
      const auto left = recoverSegment({.path = copy, .key = key_});
      EXPECT_FALSE(left.verification.finished);
      EXPECT_GE(static_cast<int>(left.frames), frame - 25) << frameBytes << " bytes a frame";
      EXPECT_LE(static_cast<int>(left.frames), frame);
    }
    recorder->close();
    std::filesystem::remove_all(storage_ + "/gate");
  }
}

TEST_F(RecordingTest, SealsWhatItHasWhenTheCameraFallsSilent) {
  auto recorder = makeRecorder(60000);
  PictureSource source(kStartMs, 300);
  for (int i = 0; i < 30; ++i) {
    auto unit = std::make_shared<AccessUnit>(*source.next());
    unit->arrivalMicros = monotonicMicros();
    recorder->onAccessUnit(unit);
  }
  const std::string path = storage_ + "/gate/20260126/1769421600";
  uint64_t frames = 0;
  for (int attempt = 0; attempt < 100 && frames < 30; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::string copy = storage_ + "/copy-" + std::to_string(attempt);
    std::filesystem::copy_file(path, copy);
    frames = recoverSegment({.path = copy, .key = key_}).frames;
  }
  EXPECT_EQ(frames, 30U) << "all frames reach the disk without another one to push them";
  recorder->close();
}

}  // namespace
}  // namespace flux
