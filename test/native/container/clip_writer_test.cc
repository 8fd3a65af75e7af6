#include "container/clip_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "codec/h264.h"
#include "generated_clip.h"

namespace flux {
namespace {

using test::readPackets;

constexpr int64_t kStartMs = 1700000000123;

struct Source {
  CodecParametersPtr parameters;
  std::vector<Packet> packets;
};

Source makeSource(const test::ClipShape& shape) {
  const auto reader = PacketReader::openFile(test::generatedClip(shape));
  return {reader->parameters(), readPackets(*reader)};
}

std::string errorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "no error";
}

struct Case {
  ClipFormat format;
  int bFrames;
};

class ClipWriterTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    test::ClipShape shape;
    shape.bFrames = GetParam().bFrames;
    source_ = makeSource(shape);
  }
  [[nodiscard]] bool isMp4() const { return GetParam().format == ClipFormat::kMp4; }

  test::TemporaryDirectory dir_;
  Source source_;
  std::string out_ = dir_.file(isMp4() ? "out.mp4" : "out.mkv");
};

INSTANTIATE_TEST_SUITE_P(Formats, ClipWriterTest,
                         testing::Values(Case{ClipFormat::kMp4, 0}, Case{ClipFormat::kMp4, 3},
                                         Case{ClipFormat::kMatroska, 0},
                                         Case{ClipFormat::kMatroska, 3}));

TEST_P(ClipWriterTest, TheClipPlaysWithoutADecodeErrorAndStartsAtZero) {
  ClipWriter writer(out_, GetParam().format, {source_.parameters}, kStartMs);
  for (Packet packet : source_.packets) {
    packet.ptsMicros += 5000000;  // an interval from the middle of a recording
    packet.dtsMicros += 5000000;
    writer.write(packet);
  }
  const uint64_t size = writer.finish();

  EXPECT_EQ(size, std::filesystem::file_size(out_));
  EXPECT_EQ(test::decodeErrors(out_), "");
  EXPECT_EQ(test::probe(out_, "stream=nb_read_frames"), "75\n");
  EXPECT_EQ(test::probe(out_, "format=start_time,duration"), "0.000000\n3.000000\n");
  const std::string created = test::probe(out_, "format_tags=creation_time");
  EXPECT_EQ(created.substr(0, 19), "2023-11-14T22:13:20");
  const std::vector<Packet> packets = readPackets(out_);
  ASSERT_EQ(packets.size(), source_.packets.size());
  for (size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].data, source_.packets[i].data);
    EXPECT_EQ(packets[i].ptsMicros, source_.packets[i].ptsMicros);
    EXPECT_EQ(packets[i].keyFrame, source_.packets[i].keyFrame);
  }
}

TEST_P(ClipWriterTest, UnevenFrameIntervalsAreKept) {
  ClipWriter writer(out_, GetParam().format, {source_.parameters}, kStartMs);
  std::vector<int64_t> expected;
  int64_t late = 0;
  for (size_t i = 0; i < source_.packets.size(); ++i) {
    Packet packet = source_.packets[i];
    if (packet.keyFrame) late += 731000;  // a gap in front of each sequence
    packet.ptsMicros += late;
    packet.dtsMicros += late;
    packet.durationMicros = 0;
    expected.push_back(packet.ptsMicros - 731000);
    writer.write(packet);
  }
  writer.finish();

  EXPECT_EQ(test::decodeErrors(out_), "");
  const std::vector<Packet> packets = readPackets(out_);
  ASSERT_EQ(packets.size(), expected.size());
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i].ptsMicros, expected[i]);
}

TEST_P(ClipWriterTest, NothingStandsUnderTheFinalNameBeforeFinish) {
  {
    ClipWriter writer(out_, GetParam().format, {source_.parameters}, kStartMs);
    writer.write(source_.packets[0]);
    EXPECT_FALSE(std::filesystem::exists(out_));
  }
  EXPECT_FALSE(std::filesystem::exists(out_));
  EXPECT_FALSE(std::filesystem::exists(out_ + ".part"));
}

TEST_P(ClipWriterTest, TheFinishedClipIsForItsOwnerOnlyAndStands) {
  {
    ClipWriter writer(out_, GetParam().format, {source_.parameters}, kStartMs);
    writer.write(source_.packets[0]);
    writer.finish();
  }
  struct stat status {};
  ASSERT_EQ(::stat(out_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_FALSE(std::filesystem::exists(out_ + ".part"));
}

TEST_P(ClipWriterTest, AnExistingFileIsNeverReplaced) {
  std::ofstream(out_) << "mine";
  EXPECT_EQ(errorOf([&] { ClipWriter(out_, GetParam().format, {source_.parameters}, kStartMs); }),
            "ERR_EXISTS");
  EXPECT_EQ(std::filesystem::file_size(out_), 4U);
}

TEST_P(ClipWriterTest, AFileThatAppearsMeanwhileIsNotReplacedEither) {
  {
    ClipWriter writer(out_, GetParam().format, {source_.parameters}, kStartMs);
    writer.write(source_.packets[0]);
    std::ofstream(out_) << "mine";
    EXPECT_EQ(errorOf([&] { writer.finish(); }), "ERR_EXISTS");
  }
  EXPECT_EQ(std::filesystem::file_size(out_), 4U);
  EXPECT_FALSE(std::filesystem::exists(out_ + ".part"));
}

TEST_P(ClipWriterTest, ASecondWriterOfTheSameNameIsRefusedAndLeavesTheFirstAlone) {
  ClipWriter first(out_, GetParam().format, {source_.parameters}, kStartMs);
  EXPECT_EQ(errorOf([&] { ClipWriter(out_, GetParam().format, {source_.parameters}, kStartMs); }),
            "ERR_EXISTS");
  first.write(source_.packets[0]);
  EXPECT_GT(first.finish(), 0U);
}

TEST_P(ClipWriterTest, AMissingFolderIsNamed) {
  const std::string nowhere = dir_.file("nowhere/out.mp4");
  try {
    ClipWriter writer(nowhere, GetParam().format, {source_.parameters}, kStartMs);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_NOT_FOUND");
    EXPECT_NE(std::string(error.what()).find(nowhere), std::string::npos);
  }
}

TEST_P(ClipWriterTest, MustBeginWithAKeyFrameAndHoldOne) {
  ClipWriter writer(out_, GetParam().format, {source_.parameters}, kStartMs);
  EXPECT_EQ(errorOf([&] { writer.write(source_.packets[1]); }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(errorOf([&] { writer.finish(); }), "ERR_MUX");
}

TEST_P(ClipWriterTest, AChangedParameterSetGoesInBandSoThatBothPartsDecode) {
  test::ClipShape small;
  small.width = 160;
  small.height = 90;
  small.bFrames = GetParam().bFrames;
  const Source second = makeSource(small);
  ClipWriter writer(out_, GetParam().format, {source_.parameters}, kStartMs);
  const auto writeAll = [&](const Source& source, int64_t shift) {
    writer.setParameters(*source.parameters);
    for (Packet packet : source.packets) {
      packet.ptsMicros += shift;
      packet.dtsMicros += shift;
      writer.write(packet);
    }
  };
  writeAll(source_, 0);
  writeAll(second, 4000000);
  writeAll(source_, 8000000);
  writer.finish();

  EXPECT_EQ(test::runCommand("ffmpeg -nostdin -v error -threads 1 -i " + out_ +
                             " -fps_mode passthrough -f null -")
                .output,
            "");
  EXPECT_EQ(test::probe(out_, "stream=nb_read_frames"), "225\n");
  const std::string widths = test::probe(out_, "frame=width");
  EXPECT_EQ(widths.substr(0, 4), "320\n");
  EXPECT_NE(widths.find("160\n"), std::string::npos);
  const std::vector<Packet> packets = readPackets(out_);
  ASSERT_EQ(packets.size(), 225U);
  const auto hasSets = [&](size_t index, const CodecParameters& sets) {
    bool found = false;
    h264::forEachNal(packets[index].data, [&](ByteView nal) {
      found = found || Bytes(nal.begin(), nal.end()) == sets.sps;
    });
    return found;
  };
  EXPECT_EQ(packets[0].data, source_.packets[0].data);
  EXPECT_TRUE(hasSets(75, *second.parameters));
  EXPECT_TRUE(hasSets(100, *second.parameters));
  EXPECT_TRUE(hasSets(150, *source_.parameters));
}

TEST(ClipWriterMp4, TheIndexStandsInFrontOfTheMedia) {
  const test::TemporaryDirectory dir;
  const Source source = makeSource({});
  ClipWriter writer(dir.file("out.mp4"), ClipFormat::kMp4, {source.parameters}, kStartMs);
  for (const Packet& packet : source.packets) writer.write(packet);
  writer.finish();
  std::ifstream file(dir.file("out.mp4"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  ASSERT_NE(bytes.find("moov"), std::string::npos);
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
  EXPECT_EQ(test::probe(dir.file("out.mp4"), "stream=time_base"), "1/90000\n");
}

}  // namespace
}  // namespace flux
