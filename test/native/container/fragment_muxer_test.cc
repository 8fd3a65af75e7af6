#include "container/fragment_muxer.h"

#include <gtest/gtest.h>

#include <fstream>

#include "../find_bytes.h"
#include "codec/bit_reader.h"
#include "codec/bit_writer.h"
#include "codec/h264.h"
#include "codec/h264_low_delay.h"
#include "codec/h264_sps_layout.h"
#include "generated_clip.h"

namespace flux {
namespace {

constexpr int64_t kWallMs = 1'700'000'000'123;

/// What viewers got, and the file that a player sees of it.
struct Sent {
  std::vector<Bytes> messages;
  Bytes file;
  size_t inits = 0;

  FragmentMuxer::Allocate allocate() {
    return [this](size_t bytes) { return messages.emplace_back(bytes, uint8_t{0xAA}).data(); };
  }
  /// Into the file goes what stands behind the header: all of a fragment, an init's segment.
  void keep() {
    const Bytes& message = messages.back();
    const bool init = message[1] == 1;
    inits += init ? 1 : 0;
    const size_t from = init ? offset() : FragmentMuxer::kHeaderBytes;
    file.insert(file.end(), message.begin() + static_cast<std::ptrdiff_t>(from), message.end());
  }
  [[nodiscard]] ByteReader at(size_t place) const {
    return ByteReader(ByteView(messages.back()).subspan(place));
  }
  [[nodiscard]] size_t offset() const { return at(24).u32(); }
  [[nodiscard]] uint8_t flags() const { return messages.back()[2]; }
  [[nodiscard]] int64_t decodeTime() const { return static_cast<int64_t>(at(16).u64()); }
  [[nodiscard]] int32_t composition() const { return static_cast<int32_t>(at(28).u32()); }
  [[nodiscard]] ByteView picture() const { return ByteView(messages.back()).subspan(offset()); }
};

void send(FragmentMuxer& muxer, Sent& sent, const AccessUnit& unit, FragmentMarks marks = {}) {
  if (muxer.needsInit(unit)) {
    muxer.init(unit.parameters, sent.allocate());
    sent.keep();
  }
  muxer.fragment(unit, marks, sent.allocate());
  sent.keep();
}

/// Units as a camera sends them: presentation times alone, in decoding order.
std::vector<AccessUnit> unitsOf(const std::string& path) {
  const auto reader = PacketReader::openFile(path);
  std::vector<AccessUnit> units;
  for (const Packet& packet : test::readPackets(*reader)) {
    AccessUnit unit;
    unit.data = packet.data;
    unit.parameters = reader->parameters();
    unit.mediaTime = 1'000'000 + packet.ptsMicros * 9 / 100;
    unit.arrivalMicros = static_cast<int64_t>(units.size()) * 40'000;
    unit.arrivalWallMs = kWallMs + static_cast<int64_t>(units.size()) * 40;
    unit.keyFrame = packet.keyFrame;
    units.push_back(std::move(unit));
  }
  return units;
}

std::vector<AccessUnit> unitsOf(const test::ClipShape& shape) {
  return unitsOf(test::generatedClip(shape));
}

/// The SPS without its VUI: it says nothing of the pictures' order.
CodecParametersPtr silent(const CodecParameters& parameters) {
  h264::SpsLayout layout;
  h264::parseSps(parameters.sps, layout);
  const Bytes rbsp = nal::unescape(ByteView(parameters.sps).subspan(1));
  BitReader reader(rbsp);
  BitWriter out;
  out.copy(reader, layout.vuiFlag).flag(false);
  return h264::makeParameters(out.nal(parameters.sps[0]), parameters.pps);
}

/// Without VUI, which stands also in front of key frames as many cameras send it.
void silence(std::vector<AccessUnit>& units) {
  const CodecParametersPtr parameters = silent(*units.front().parameters);
  for (AccessUnit& unit : units) {
    unit.parameters = parameters;
    if (!unit.keyFrame) continue;
    Bytes data;
    h264::appendNal(data, parameters->sps);
    h264::appendNal(data, parameters->pps);
    data.insert(data.end(), unit.data.begin(), unit.data.end());
    unit.data = data;
  }
}

std::string refusalOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "no error";
}

class FragmentMuxerTest : public testing::Test {
 protected:
  /// What libavformat reads of what was sent.
  std::vector<Packet> demuxed() {
    return test::readPackets(*std::make_unique<PacketReader>(test::memorySource(sent_.file)));
  }
  std::string written() {
    const std::string path = dir_.file("sent.mp4");
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(sent_.file.data()),
               static_cast<std::streamsize>(sent_.file.size()));
    return path;
  }

  test::TemporaryDirectory dir_;
  FragmentMuxer muxer_{{.number = 0x01020304}};
  Sent sent_;
};

class EveryOrder : public FragmentMuxerTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(BFrames, EveryOrder, testing::Values(0, 1, 3));

TEST_P(EveryOrder, LibavformatReadsBackWhatWasSent) {
  test::ClipShape shape;
  shape.bFrames = GetParam();
  const auto units = unitsOf(shape);
  std::vector<int64_t> shown;
  int64_t last = -1;
  for (const AccessUnit& unit : units) {
    send(muxer_, sent_, unit);
    EXPECT_GT(sent_.decodeTime(), last);
    EXPECT_GE(sent_.composition(), 0);
    last = sent_.decodeTime();
    shown.push_back(last + sent_.composition());
  }
  EXPECT_EQ(sent_.inits, 1U);
  EXPECT_EQ(muxer_.fragments(), units.size());

  const std::vector<Packet> packets = demuxed();
  ASSERT_EQ(packets.size(), units.size());
  for (size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].data, units[i].data);
    EXPECT_EQ(packets[i].keyFrame, units[i].keyFrame);
    EXPECT_EQ(packets[i].ptsMicros - packets[0].ptsMicros, shown[i] - shown[0]);
    EXPECT_EQ(shown[i] - shown[0], mediaMicros(units[i]) - mediaMicros(units[0]));
  }
  EXPECT_EQ(test::decodeErrors(written()), "");
  EXPECT_EQ(test::probe(written(), "stream=nb_read_frames"), std::to_string(units.size()) + "\n");
  EXPECT_EQ(test::probe(written(), "stream=codec_tag_string,width,height"), "avc1\n320\n180\n");
}

TEST_F(FragmentMuxerTest, WritesTheHeaderThatIsDocumented) {
  test::ClipShape shape;
  const auto units = unitsOf(shape);
  ASSERT_TRUE(muxer_.needsInit(units[0]));
  muxer_.init(units[0].parameters, sent_.allocate());
  ByteReader init(sent_.messages.back());
  EXPECT_EQ(toHex(init.bytes(8)), "0101000001020304");
  init.skip(16);
  const uint32_t offset = init.u32();
  init.skip(4);
  const std::string& codec = units[0].parameters->codecString;
  ASSERT_EQ(init.u16(), codec.size());
  EXPECT_EQ(asText(init.bytes(codec.size())), codec);
  EXPECT_EQ(init.u16(), 320);
  EXPECT_EQ(init.u16(), 180);
  EXPECT_EQ(init.bytes(init.u32()).size(), units[0].parameters->decoderConfiguration.size());
  EXPECT_EQ(init.position(), offset);
  init.skip(4);
  EXPECT_EQ(asText(init.bytes(4)), "ftyp");

  muxer_.fragment(units[0], {.afterGap = true, .preroll = true, .epoch = 7}, sent_.allocate());
  ByteReader fragment(sent_.messages.back());
  EXPECT_EQ(toHex(fragment.bytes(8)), "0102070701020304");
  EXPECT_EQ(fragment.u64(), static_cast<uint64_t>(kWallMs) * 1000);
  EXPECT_EQ(fragment.u64(), 0U);
  EXPECT_EQ(fragment.u32(), FragmentMuxer::kHeaderBytes + 112);
  EXPECT_EQ(toHex(sent_.picture()), toHex(units[0].data));
  muxer_.fragment(units[1], {}, sent_.allocate());
  EXPECT_EQ(sent_.flags(), 0);
  EXPECT_EQ(sent_.decodeTime(), 40'000);
}

TEST_F(FragmentMuxerTest, SendsH265WithCompleteSetsInItsConfiguration) {
  const std::string path = dir_.file("clip.mp4");
  const auto made = test::runCommand(
      "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x180:rate=25 -frames:v 50 -c:v "
      "libx265 "
      "-preset ultrafast -x265-params log-level=none:keyint=25 -tag:v hvc1 " +
      path);
  ASSERT_EQ(made.status, 0) << made.output;
  const auto units = unitsOf(path);
  ASSERT_GT(units[0].parameters->reorderDepth, 0);
  for (const AccessUnit& unit : units) send(muxer_, sent_, unit);
  const std::vector<Packet> packets = demuxed();
  ASSERT_EQ(packets.size(), units.size());
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i].data, units[i].data);
  EXPECT_EQ(test::decodeErrors(written()), "");
  EXPECT_EQ(test::probe(written(), "stream=codec_tag_string,nb_read_frames"), "hvc1\n50\n");
  const ByteView hvcC = test::findBytes(sent_.file, asBytes("hvcC"));
  ASSERT_GT(hvcC.size(), 4U + 23U);
  EXPECT_EQ(hvcC[4 + 23] & 0xBF, 0x80 | 32) << "array_completeness of the VPS";
}

TEST_F(FragmentMuxerTest, PromisesTheOrderThatAStreamWithoutBSlicesKeeps) {
  auto units = unitsOf(test::ClipShape{});
  silence(units);
  for (const AccessUnit& unit : units) {
    send(muxer_, sent_, unit);
    EXPECT_EQ(sent_.composition(), 0);
  }
  EXPECT_EQ(sent_.inits, 1U);
  const Bytes promising = h264::withoutReordering(units[0].parameters->sps);
  size_t found = 0;
  for (ByteView rest = sent_.file;;) {
    const ByteView next = test::findBytes(rest, promising);
    if (next.empty()) break;
    ++found;
    rest = next.subspan(promising.size());
  }
  EXPECT_EQ(found, 1U + 3U) << "in the init and in front of each key frame";
  EXPECT_TRUE(test::findBytes(sent_.file, units[0].parameters->sps).empty());
  EXPECT_EQ(demuxed().size(), units.size());
  EXPECT_EQ(test::decodeErrors(written()), "");
  EXPECT_EQ(test::probe(written(), "stream=nb_read_frames"), "75\n");
}

TEST_F(FragmentMuxerTest, TakesThePromiseBackAtTheKeyFrameBehindTheFirstBSlice) {
  test::ClipShape shape;
  shape.bFrames = 2;
  auto units = unitsOf(shape);
  silence(units);
  std::vector<size_t> inits;
  int64_t last = -1;
  for (size_t i = 0; i < units.size(); ++i) {
    const size_t before = sent_.inits;
    send(muxer_, sent_, units[i]);
    if (sent_.inits > before) inits.push_back(i);
    EXPECT_GT(sent_.decodeTime(), last);
    last = sent_.decodeTime();
    if (i > 25) {
      EXPECT_GE(sent_.composition(), 0) << i;
    }
  }
  EXPECT_EQ(inits, (std::vector<size_t>{0, 25}));
  EXPECT_FALSE(test::findBytes(sent_.file, units[0].parameters->sps).empty());
}

TEST_F(FragmentMuxerTest, AnnouncesOtherParameterSetsAndGoesOn) {
  test::ClipShape small;
  small.width = 160;
  small.height = 90;
  const auto first = unitsOf(test::ClipShape{});
  auto second = unitsOf(small);
  for (const AccessUnit& unit : first) send(muxer_, sent_, unit);
  const int64_t last = sent_.decodeTime();
  for (AccessUnit& unit : second) {
    unit.mediaTime += 75 * 3600;
    unit.arrivalMicros += 75 * 40'000;
    send(muxer_, sent_, unit);
  }
  EXPECT_EQ(sent_.inits, 2U);
  EXPECT_EQ(sent_.decodeTime(), last + 75 * 40'000);
  auto same = std::make_shared<CodecParameters>(*second[0].parameters);
  second[0].parameters = same;
  EXPECT_FALSE(muxer_.needsInit(second[0])) << "equal sets are the same sets";
}

TEST_F(FragmentMuxerTest, GoesOnBehindAClockThatJumpedOrWentRound) {
  auto units = unitsOf(test::ClipShape{});
  int64_t last = -1;
  for (size_t i = 0; i < units.size(); ++i) {
    if (i >= 25) units[i].mediaTime -= int64_t{1} << 32;
    if (i >= 50) units[i].mediaTime += int64_t{1} << 52;
    send(muxer_, sent_, units[i]);
    if (i > 0) {
      EXPECT_EQ(sent_.decodeTime(), last + 40'000) << i;
    }
    last = sent_.decodeTime();
  }
  EXPECT_EQ(demuxed().size(), units.size());
  EXPECT_EQ(test::decodeErrors(written()), "");
}

TEST_F(FragmentMuxerTest, SendsJpegsAsTheyAre) {
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = Codec::kMjpeg;
  parameters->codecString = "mjpeg";
  parameters->width = 640;
  parameters->height = 480;
  AccessUnit unit;
  unit.parameters = parameters;
  unit.data = {0xFF, 0xD8, 0xFF, 0xD9};
  unit.keyFrame = true;
  muxer_.init(parameters, sent_.allocate());
  EXPECT_EQ(sent_.offset(), sent_.messages.back().size()) << "no segment";
  EXPECT_EQ(sent_.offset(), FragmentMuxer::kHeaderBytes + 2 + 5 + 8);
  muxer_.fragment(unit, {}, sent_.allocate());
  EXPECT_EQ(sent_.offset(), FragmentMuxer::kHeaderBytes);
  EXPECT_EQ(toHex(sent_.picture()), "ffd8ffd9");
}

TEST_F(FragmentMuxerTest, KeyFramesAloneLastUntilTheNext) {
  FragmentMuxer muxer{{.number = 1, .keyFramesOnly = true}};
  test::ClipShape shape;
  shape.bFrames = 3;
  for (const AccessUnit& unit : unitsOf(shape)) {
    if (!unit.keyFrame) continue;
    send(muxer, sent_, unit);
    EXPECT_EQ(sent_.composition(), 0);
    EXPECT_EQ(sent_.at(32 + 8 + 16 + 8 + 16 + 20 + 20).u32(), 1'000'000U) << "its duration";
  }
  EXPECT_EQ(sent_.decodeTime(), 2'000'000);
}

TEST_F(FragmentMuxerTest, SendsHugeUnitsAndDamagedOnes) {
  auto units = unitsOf(test::ClipShape{});
  silence(units);
  AccessUnit& huge = units[0];
  h264::appendNal(huge.data, Bytes(48U << 20, 0x06));
  send(muxer_, sent_, huge);
  EXPECT_GT(sent_.picture().size(), 48U << 20);
  AccessUnit& damaged = units[25];
  damaged.data.resize(damaged.data.size() - 7);  // its last length leads outside
  send(muxer_, sent_, damaged);
  EXPECT_EQ(toHex(sent_.picture()), toHex(damaged.data));
  AccessUnit& tiny = units[26];
  tiny.data = {0};
  send(muxer_, sent_, tiny);
  EXPECT_EQ(toHex(sent_.picture()), "00");
}

TEST_F(FragmentMuxerTest, RefusesWhatIsNoPictureOfTheStream) {
  auto units = unitsOf(test::ClipShape{});
  EXPECT_EQ(refusalOf([&] { muxer_.fragment(units[0], {}, sent_.allocate()); }), "ERR_UNSUPPORTED");
  send(muxer_, sent_, units[0]);
  units[1].data.clear();
  EXPECT_EQ(refusalOf([&] { muxer_.fragment(units[1], {}, sent_.allocate()); }), "ERR_UNSUPPORTED");
  auto sound = std::make_shared<CodecParameters>();
  sound->codec = Codec::kAac;
  EXPECT_EQ(refusalOf([&] { muxer_.init(sound, sent_.allocate()); }), "ERR_UNSUPPORTED");
  EXPECT_EQ(muxer_.fragments(), 1U);
}

}  // namespace
}  // namespace flux
