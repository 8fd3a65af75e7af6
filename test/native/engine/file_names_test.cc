// What a recorder calls its files, kind by kind; each is read back by the engine and by the Python
// reader of the documentation.

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>

#include "recording_fixture.h"

namespace flux {
namespace {

using segment::FileNames;

const std::string kReader = FLUX_TEST_DATA "/../../../docs/segment-reader.py";

struct Kind {
  FileNames names;
  const char* form;  ///< of the file's name
};

class FileNamesTest : public RecordingTest, public testing::WithParamInterface<Kind> {
 protected:
  std::shared_ptr<SegmentRecorder> makeNamed(FileNames names,
                                             uint16_t version = segment::kVersion2) {
    auto recorder =
        std::make_shared<SegmentRecorder>(engine_,
                                          SegmentRecorderOptions{.storage = storage_,
                                                                 .cameraId = "gate",
                                                                 .segmentDurationMs = 2000,
                                                                 .formatVersion = version,
                                                                 .fileNames = names},
                                          [this](RecorderEvent event) {
                                            const std::lock_guard lock(mutex_);
                                            events_.push_back(std::move(event));
                                          });
    recorder->setKey(kStartMs / kMsPerDay, keyId(1), key_);
    return recorder;
  }

  std::vector<SegmentEvent> record(int frames, uint16_t version = segment::kVersion2) {
    auto recorder = makeNamed(GetParam().names, version);
    PictureSource source;
    for (int i = 0; i < frames; ++i) recorder->onAccessUnit(source.next());
    recorder->close();
    return eventsOf<SegmentEvent>();
  }

  static Bytes slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
};

INSTANTIATE_TEST_SUITE_P(, FileNamesTest,
                         testing::Values(Kind{FileNames::kSeconds, "17694216\\d\\d"},
                                         Kind{FileNames::kFvd, "17694216\\d\\d\\.fvd"},
                                         Kind{FileNames::kHash, "[0-9a-f]{32}"},
                                         Kind{FileNames::kJpeg, "thumb_360\\d\\d\\.jpg"}));

TEST_P(FileNamesTest, EverySegmentIsFoundUnderItsNameAndReadBack) {
  const auto segments = record(25 * 5);
  ASSERT_EQ(segments.size(), 3U);
  uint64_t frames = 0;
  for (const SegmentEvent& event : segments) {
    EXPECT_TRUE(std::regex_match(
        event.path, std::regex(storage_ + "/gate/20260126/" + std::string(GetParam().form))))
        << event.path;
    EXPECT_EQ(packetsOf(event).size(), event.frames);
    EXPECT_EQ(std::filesystem::file_size(event.path), event.fileSize);
    EXPECT_EQ(segment::Reader(reading(event)).verify().verifiedFileBytes, event.fileSize);
    frames += event.frames;
  }
  EXPECT_EQ(frames, 125U);
}

TEST_P(FileNamesTest, AProgramByTheDocumentReadsIt) {
  const auto segments = record(3);
  ASSERT_EQ(segments.size(), 1U);
  const std::string out = storage_ + "/out";
  const std::string command = "python3 -B '" + kReader + "' '" + segments[0].path + "' " +
                              toHex(key_->view()) + " gate " + std::to_string(kStartMs) + " >'" +
                              out + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  segment::Reader reader(reading(segments[0]));
  Bytes expected(reader.plaintextSize());
  reader.read(0, expected.data(), expected.size());
  EXPECT_EQ(slurp(out), expected);
}

TEST_P(FileNamesTest, TwoSegmentsOfOneMomentGetTwoNames) {
  for (int life = 0; life < 3; ++life) record(5);  // the same camera, time and sequence
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 3U);
  EXPECT_NE(segments[0].path, segments[1].path);
  EXPECT_NE(segments[1].path, segments[2].path);
  for (const SegmentEvent& event : segments) EXPECT_EQ(packetsOf(event).size(), 5U);
}

TEST_P(FileNamesTest, AKilledRecordersFileIsRecoveredWhereItStands) {
  auto recorder = makeNamed(GetParam().names);
  PictureSource source;
  for (int i = 0; i < 45; ++i) recorder->onAccessUnit(source.next());
  engine_->leaseRecordingLoop()->runAndWait([] {});
  std::string open;
  for (const auto& entry : std::filesystem::directory_iterator(storage_ + "/gate/20260126")) {
    open = entry.path().string();
  }
  const std::string copy = storage_ + "/crashed";
  std::filesystem::copy_file(open, copy);
  recorder->close();
  std::filesystem::resize_file(copy, std::filesystem::file_size(copy) - 100);  // a torn chunk
  const RecoveredSegment left = recoverSegment({.path = copy, .key = key_, .cameraId = "gate"});
  EXPECT_FALSE(left.verification.finished);
  EXPECT_GT(left.frames, 0U);
  EXPECT_EQ(left.verification.verifiedFileBytes, std::filesystem::file_size(copy));
  EXPECT_EQ(recoverSegment({.path = copy, .key = key_}).frames, left.frames)
      << "nothing more to cut";
}

TEST_P(FileNamesTest, Version1IsNamedTheSameWayButHasNoPictures) {
  if (GetParam().names == FileNames::kJpeg) {
    try {
      makeNamed(FileNames::kJpeg, segment::kVersion1);
      FAIL() << "nothing thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
      EXPECT_NE(std::string(error.what()).find("version 2"), std::string::npos) << error.what();
    }
    return;
  }
  const auto segments = record(30, segment::kVersion1);
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(packetsOf(segments[0]).size(), 30U);
  EXPECT_FALSE(std::filesystem::exists(segments[0].path + ".part"));
}

TEST_F(RecordingTest, EveryPictureIsAnotherAndNoneIsOfTheFootage) {
  auto recorder =
      std::make_shared<SegmentRecorder>(engine_,
                                        SegmentRecorderOptions{.storage = storage_,
                                                               .cameraId = "gate",
                                                               .segmentDurationMs = 1000,
                                                               .fileNames = FileNames::kJpeg},
                                        [this](RecorderEvent event) {
                                          const std::lock_guard lock(mutex_);
                                          events_.push_back(std::move(event));
                                        });
  recorder->setKey(kStartMs / kMsPerDay, keyId(1), key_);
  PictureSource source;
  for (int i = 0; i < 25 * 4; ++i) recorder->onAccessUnit(source.next());
  recorder->close();
  std::set<std::array<uint8_t, 32>> pictures;
  for (const SegmentEvent& event : eventsOf<SegmentEvent>()) {
    pictures.insert(segment::readHeader(event.path).cover.sha256);
    EXPECT_EQ(std::system(("ffmpeg -v error -xerror -i '" + event.path + "' -f null -").c_str()),
              0);
  }
  EXPECT_EQ(pictures.size(), 4U);
}

}  // namespace
}  // namespace flux
