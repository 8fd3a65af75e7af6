#include "engine/exporter.h"

#include <fstream>

#include "recording_fixture.h"

namespace flux {
namespace {

class ExportTest : public RecordingTest {
 protected:
  /// Records `seconds` from kStartMs + offset into segments of two seconds.
  void record(int seconds, int64_t offsetMs = 0) {
    auto recorder = makeRecorder();
    PictureSource source(kStartMs + offsetMs);
    for (int i = 0; i < 25 * seconds; ++i) recorder->onAccessUnit(source.next());
    recorder->close();
  }

  ExportOptions options(int64_t fromMs, int64_t toMs, ClipFormat format) {
    ExportOptions out{.fromMs = kStartMs + fromMs,
                      .toMs = kStartMs + toMs,
                      .out = storage_ + (format == ClipFormat::kMp4 ? "/clip.mp4" : "/clip.mkv"),
                      .format = format};
    for (const auto& event : eventsOf<SegmentEvent>()) {
      if (event.startMs < out.toMs && event.endMs > out.fromMs) {
        out.segments.push_back(reading(event));
      }
    }
    return out;
  }

  static std::vector<Packet> packetsIn(const std::string& path) {
    const auto reader = PacketReader::openFile(path);
    std::vector<Packet> packets;
    Packet packet;
    while (reader->next(packet)) packets.push_back(packet);
    return packets;
  }
};

TEST_F(ExportTest, CutsExactlyTheHalfOpenRangeAcrossSegments) {
  record(8);
  for (const ClipFormat format : {ClipFormat::kMp4, ClipFormat::kMatroska}) {
    const auto request = options(1000, 5000, format);
    ASSERT_EQ(request.segments.size(), 3U);
    const ExportResult result = exportClip(request, {});
    EXPECT_EQ(result.frames, 100U);
    EXPECT_EQ(result.fromMs, kStartMs + 1000);
    EXPECT_EQ(result.toMs, kStartMs + 5000);
    EXPECT_TRUE(result.gaps.empty());
    EXPECT_EQ(result.bytes, std::filesystem::file_size(request.out));
    const auto packets = packetsIn(request.out);
    ASSERT_EQ(packets.size(), 100U);
    EXPECT_TRUE(packets.front().keyFrame);
    EXPECT_EQ(packets.front().ptsMicros, 0);
    EXPECT_NEAR(static_cast<double>(packets.back().ptsMicros), 99 * 40000, 1000);
  }
}

TEST_F(ExportTest, BeginsAtTheKeyFrameAtOrBeforeTheRange) {
  record(4);
  const ExportResult result = exportClip(options(1500, 3000, ClipFormat::kMp4), {});
  EXPECT_EQ(result.fromMs, kStartMs + 1000);
  EXPECT_EQ(result.frames, 50U);
}

TEST_F(ExportTest, TellsWhereFootageIsMissing) {
  record(4);
  record(4, 10000);
  const ExportResult result = exportClip(options(0, 20000, ClipFormat::kMatroska), {});
  EXPECT_EQ(result.frames, 200U);
  ASSERT_EQ(result.gaps.size(), 2U);
  EXPECT_EQ(result.gaps[0].fromMs, kStartMs + 4000);
  EXPECT_EQ(result.gaps[0].toMs, kStartMs + 10000);
  EXPECT_EQ(result.gaps[1].fromMs, kStartMs + 14000);
  EXPECT_EQ(result.gaps[1].toMs, kStartMs + 20000);
}

TEST_F(ExportTest, ReportsProgressAndLeavesNothingWhenAborted) {
  record(8);
  const auto request = options(0, 8000, ClipFormat::kMp4);
  double last = -1;
  int calls = 0;
  try {
    exportClip(request, [&](double done) {
      EXPECT_GE(done, last);
      EXPECT_LE(done, 1.0);
      last = done;
      return ++calls < 2;
    });
    FAIL() << "the export was not aborted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_ABORTED");
  }
  for (const auto& entry : std::filesystem::directory_iterator(storage_)) {
    EXPECT_EQ(entry.path().filename(), "gate") << "left behind";
  }
}

TEST_F(ExportTest, NamesAnEmptyRangeAndMissingFootage) {
  record(4);
  auto request = options(1000, 2000, ClipFormat::kMp4);
  request.toMs = request.fromMs;
  try {
    exportClip(request, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
  }
  request = options(1000, 2000, ClipFormat::kMp4);
  request.segments.clear();
  try {
    exportClip(request, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_NO_FOOTAGE");
  }
}

TEST_F(ExportTest, ExportsNothingFromAnAlteredSegment) {
  record(4);
  const auto request = options(0, 4000, ClipFormat::kMp4);
  std::fstream file(request.segments[0].path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(20000);
  const char altered = static_cast<char>(file.get() ^ 1);
  file.seekp(20000);
  file.put(altered);
  file.close();
  try {
    exportClip(request, {});
    FAIL() << "altered footage was exported";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_AUTH_TAG");
  }
  EXPECT_FALSE(std::filesystem::exists(request.out));
}

}  // namespace
}  // namespace flux
