#include "container/packet_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "codec/h264.h"
#include "container/matroska_writer.h"
#include "generated_clip.h"

namespace flux {
namespace {

using test::readPackets;

Bytes readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void writeText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string errorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "no error";
}

/// The coded slices of a packet, one behind the other.
Bytes slices(const Packet& packet) {
  Bytes out;
  EXPECT_TRUE(h264::forEachNal(packet.data, [&](ByteView nal) {
    const uint8_t type = h264::nalType(nal);
    if (type == h264::kNalSlice || type == h264::kNalIdr) h264::appendNal(out, nal);
  }));
  return out;
}

class PacketReaderTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    test::ClipShape shape;
    shape.bFrames = GetParam();
    mp4_ = test::generatedClip(shape);
    frames_ = readPackets(mp4_);
    ASSERT_EQ(frames_.size(), 75U);
  }
  [[nodiscard]] std::string remux(const std::string& name) const {
    const std::string path = dir_.file(name);
    const auto result =
        test::runCommand("ffmpeg -nostdin -v error -i " + mp4_ + " -c copy " + path);
    EXPECT_EQ(result.status, 0) << result.output;
    return path;
  }

  test::TemporaryDirectory dir_;
  std::string mp4_;
  std::vector<Packet> frames_;
};

INSTANTIATE_TEST_SUITE_P(BFrames, PacketReaderTest, testing::Values(0, 3));

TEST_P(PacketReaderTest, ReadsTheTimesOfAnMp4File) {
  const int64_t first = frames_.front().ptsMicros;
  EXPECT_EQ(first, 0);
  EXPECT_TRUE(frames_.front().keyFrame);
  std::vector<int64_t> shown;
  for (const Packet& frame : frames_) {
    EXPECT_LE(frame.dtsMicros, frame.ptsMicros);
    if (GetParam() == 0) {
      EXPECT_EQ(frame.durationMicros, 40000);
    }
    shown.push_back(frame.ptsMicros);
  }
  std::sort(shown.begin(), shown.end());
  for (size_t i = 0; i < shown.size(); ++i) EXPECT_EQ(shown[i], static_cast<int64_t>(i) * 40000);
}

TEST_P(PacketReaderTest, ReadsTheSamePacketsFromMatroska) {
  const std::vector<Packet> packets = readPackets(remux("clip.mkv"));
  ASSERT_EQ(packets.size(), frames_.size());
  const int64_t shift = packets[0].ptsMicros - frames_[0].ptsMicros;  // ffmpeg's, for negative dts
  int64_t lastDts = INT64_MIN;
  for (size_t i = 0; i < packets.size(); ++i) {
    SCOPED_TRACE("frame " + std::to_string(i));
    EXPECT_EQ(packets[i].data, frames_[i].data);
    EXPECT_EQ(packets[i].keyFrame, frames_[i].keyFrame);
    EXPECT_EQ(packets[i].ptsMicros - shift, frames_[i].ptsMicros);
    EXPECT_LE(packets[i].dtsMicros, packets[i].ptsMicros);
    EXPECT_GT(packets[i].dtsMicros, lastDts);
    EXPECT_EQ(packets[i].dtsMicros - shift, frames_[i].dtsMicros);
    lastDts = packets[i].dtsMicros;
  }
}

TEST_P(PacketReaderTest, ReadsTheSamePicturesAndTimesFromARawByteStream) {
  const std::vector<Packet> packets = readPackets(remux("clip.h264"));
  ASSERT_EQ(packets.size(), frames_.size());
  int64_t lastDts = INT64_MIN;
  for (size_t i = 0; i < packets.size(); ++i) {
    SCOPED_TRACE("frame " + std::to_string(i));
    EXPECT_EQ(slices(packets[i]), slices(frames_[i]));
    EXPECT_EQ(packets[i].keyFrame, frames_[i].keyFrame);
    EXPECT_EQ(packets[i].ptsMicros, frames_[i].ptsMicros);
    EXPECT_LE(packets[i].dtsMicros, packets[i].ptsMicros);
    EXPECT_GT(packets[i].dtsMicros, lastDts);
    lastDts = packets[i].dtsMicros;
  }
}

TEST_P(PacketReaderTest, KnowsTheParametersWithoutReadingAPacket) {
  for (const char* name : {"p.mkv", "p.h264"}) {
    const auto reader = PacketReader::openFile(remux(name));
    EXPECT_EQ(reader->parameters()->width, 320);
    EXPECT_EQ(reader->parameters()->height, 180);
    EXPECT_EQ(reader->parameters()->decoderConfiguration.at(0), 1);
    EXPECT_EQ(reader->parameters()->sps, PacketReader::openFile(mp4_)->parameters()->sps);
  }
}

TEST_P(PacketReaderTest, ATornMp4FileGivesOnlyWholePackets) {
  const std::string path = dir_.file("front.mp4");
  ASSERT_EQ(test::runCommand("ffmpeg -nostdin -v error -i " + mp4_ +
                             " -c copy -movflags +faststart " + path)
                .status,
            0);
  const Bytes bytes = readFile(path);
  PacketReader reader(test::memorySource(ByteView(bytes).first(bytes.size() - 3)));
  const std::vector<Packet> packets = readPackets(reader);
  ASSERT_EQ(packets.size(), frames_.size() - 1);
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i].data, frames_[i].data);
}

TEST_P(PacketReaderTest, AnErrorOfTheSourceReachesTheCallerUnchanged) {
  const Bytes bytes = readFile(remux("clip.mkv"));
  for (const uint64_t limit : {uint64_t{0}, uint64_t{70000}, uint64_t{bytes.size() / 2}}) {
    if (limit >= bytes.size()) continue;
    ByteSource source = test::memorySource(bytes);
    source.read = [whole = source.read, limit](uint64_t offset, uint8_t* out, size_t count) {
      if (offset + count > limit && offset >= limit) throw Error("ERR_AUTH_TAG", "chunk 7");
      return whole(offset, out, std::min(count, static_cast<size_t>(limit - offset)));
    };
    EXPECT_EQ(errorOf([&] {
                PacketReader reader(source);
                readPackets(reader);
              }),
              "ERR_AUTH_TAG");
  }
}

TEST_P(PacketReaderTest, TurnsShortLengthPrefixesIntoFourBytes) {
  const CodecParametersPtr original = PacketReader::openFile(mp4_)->parameters();
  CodecParameters shortened = *original;
  shortened.decoderConfiguration.at(4) = 0xFD;  // lengthSizeMinusOne = 1
  Bytes file;
  MatroskaWriter writer({std::make_shared<const CodecParameters>(shortened)}, test::appendTo(file));
  for (const Packet& frame : frames_) {
    ByteWriter unit;
    h264::forEachNal(frame.data, [&](ByteView nal) {
      ASSERT_LT(nal.size(), 65536U);
      unit.u16(static_cast<uint16_t>(nal.size())).bytes(nal);
    });
    writer.write(0, unit.view(), frame.ptsMicros, frame.keyFrame);
  }
  writer.finish();

  PacketReader reader(test::memorySource(file));
  EXPECT_EQ(reader.parameters()->decoderConfiguration, original->decoderConfiguration);
  const std::vector<Packet> packets = readPackets(reader);
  ASSERT_EQ(packets.size(), frames_.size());
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i].data, frames_[i].data);
}

TEST_P(PacketReaderTest, DamagedFilesEndInAnErrorOrFewerPacketsButNeverInACrash) {
  std::mt19937 random(7);
  for (const char* name : {"d.mkv", "d.mp4", "d.h264"}) {
    const Bytes whole = readFile(remux(name));
    for (int round = 0; round < 40; ++round) {
      Bytes damaged = whole;
      // Half of the damage hits the headers, where lengths and counts stand.
      const size_t range = round % 2 == 0 ? std::min<size_t>(2048, damaged.size()) : damaged.size();
      for (int i = 0; i < 8; ++i) damaged[random() % range] = static_cast<uint8_t>(random());
      size_t count = 0;
      const std::string outcome = errorOf([&] {
        PacketReader reader(test::memorySource(damaged));
        Packet packet;
        while (count <= 1000 && reader.next(packet)) ++count;
      });
      EXPECT_LE(count, 1000U);
      EXPECT_TRUE(outcome == "no error" || outcome == "ERR_CONTAINER") << outcome;
    }
  }
}

class UnreadableFile : public testing::Test {
 protected:
  test::TemporaryDirectory dir_;
};

TEST_F(UnreadableFile, GarbageIsNoContainer) {
  Bytes noise(100000);
  std::mt19937 random(1);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
  EXPECT_EQ(errorOf([&] { PacketReader reader(test::memorySource(noise)); }), "ERR_CONTAINER");
  EXPECT_EQ(errorOf([&] { PacketReader reader(test::memorySource({})); }), "ERR_CONTAINER");
}

TEST_F(UnreadableFile, APlaylistThatNamesOtherFilesIsRefused) {
  writeText(dir_.file("a.m3u8"),
            "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n");
  EXPECT_EQ(errorOf([&] { PacketReader::openFile(dir_.file("a.m3u8")); }), "ERR_CONTAINER");
}

TEST_F(UnreadableFile, AFileWithoutH264IsRefused) {
  const std::string path = dir_.file("sound.mkv");
  ASSERT_EQ(
      test::runCommand("ffmpeg -nostdin -v error -f lavfi -i sine -t 0.2 -c:a aac " + path).status,
      0);
  EXPECT_EQ(errorOf([&] { PacketReader::openFile(path); }), "ERR_CONTAINER");
}

TEST_F(UnreadableFile, AMissingFileIsNotFound) {
  EXPECT_EQ(errorOf([&] { PacketReader::openFile(dir_.file("none.mkv")); }), "ERR_NOT_FOUND");
}

}  // namespace
}  // namespace flux
