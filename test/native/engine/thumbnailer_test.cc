// Pictures out of sealed segments of a really encoded clip.
#include "engine/thumbnailer.h"

#include "../container/generated_media.h"
#include "codec/jpeg.h"
#include "recording_fixture.h"

namespace flux {
namespace {

constexpr int64_t kSecond = 1000000;

class ThumbnailerTest : public RecordingTest {
 protected:
  /// One segment of the clip's three seconds, a key frame each second; those in `broken` are cut.
  segment::ReaderOptions record(const test::MediaCodec& codec, const std::vector<int>& broken = {},
                                uint16_t version = segment::kVersion2) {
    const auto clip = PacketReader::openFile(test::generatedVideo(codec));
    auto recorder = makeRecorder(60000, true, version);
    Packet packet;
    for (int key = -1; clip->next(packet);) {
      if (packet.keyFrame) ++key;
      auto unit = std::make_shared<AccessUnit>();
      unit->data = packet.data;
      if (packet.keyFrame && std::ranges::count(broken, key) > 0) breakPicture(unit->data);
      unit->parameters = clip->parameters();
      unit->keyFrame = packet.keyFrame;
      unit->mediaTime = 1000000 + packet.ptsMicros * 9 / 100;
      unit->arrivalMicros = 5000000 + packet.ptsMicros;
      unit->arrivalWallMs = kStartMs + packet.ptsMicros / 1000;
      recorder->onAccessUnit(unit);
    }
    recorder->close();
    return reading(eventsOf<SegmentEvent>().at(0));
  }

  static void breakPicture(Bytes& unit) {
    for (size_t i = unit.size() / 4; i < unit.size(); ++i) unit[i] = 0xFF;
  }

  static std::vector<int64_t> timesOf(const Thumbnails& made) {
    std::vector<int64_t> times;
    for (const Thumbnail& picture : made.pictures) {
      EXPECT_TRUE(jpeg::hasEnd(picture.still.jpeg));
      times.push_back(picture.timeMicros - kStartMs * 1000);
    }
    return times;
  }

  /// Of moments in microseconds from the start.
  static Thumbnails make(const segment::ReaderOptions& segment, std::vector<int64_t> moments) {
    for (int64_t& moment : moments) moment += kStartMs * 1000;
    return makeThumbnails(
        {.segment = segment, .timesMicros = std::move(moments), .still = {.box = {.width = 80}}},
        {});
  }
};

TEST_F(ThumbnailerTest, FindsTheKeyFrameAtOrBeforeEachMoment) {
  for (const auto& codec : {test::kH264Clip, test::kH265Clip}) {
    const auto segment = record(codec);
    const Thumbnails made =
        make(segment, {0, kSecond - 1, kSecond, 2 * kSecond - 1, 2 * kSecond, 9 * kSecond});
    EXPECT_FALSE(made.error);
    EXPECT_EQ(timesOf(made), (std::vector<int64_t>{0, kSecond, 2 * kSecond})) << codec.name;
    EXPECT_EQ(made.pictures[1].wanted, 2U);
    EXPECT_EQ(made.pictures[2].wanted, 4U);
    EXPECT_EQ(made.pictures[0].still.size, (video::Size{80, 45}));
    EXPECT_EQ(made.lastMicros, (kStartMs + 2960) * 1000);
    events_.clear();
  }
}

TEST_F(ThumbnailerTest, FindsItAmongBFrames) {
  const auto segment = record(test::kH265WithBFrames);
  EXPECT_EQ(timesOf(make(segment, {kSecond, 2 * kSecond + 100000})).size(), 2U);
}

TEST_F(ThumbnailerTest, TakesEveryPictureOfMjpeg) {
  const auto segment = record(test::kMjpegClip);
  EXPECT_EQ(timesOf(make(segment, {100000, 130000, 1210000})),
            (std::vector<int64_t>{80000, 120000, 1200000}));
}

TEST_F(ThumbnailerTest, ReadsVersion1) {
  const auto segment = record(test::kH264Clip, {}, segment::kVersion1);
  EXPECT_EQ(timesOf(make(segment, {1500000})), (std::vector<int64_t>{kSecond}));
}

TEST_F(ThumbnailerTest, ReadsNoFurtherThanItMust) {
  const auto segment = record(test::kH264Clip);
  EXPECT_LT(make(segment, {1100000}).lastMicros, kStartMs * 1000 + 1300000);
}

TEST_F(ThumbnailerTest, GivesTheFirstPictureForAMomentBeforeIt) {
  const auto segment = record(test::kH264Clip);
  EXPECT_EQ(timesOf(make(segment, {-200000})), (std::vector<int64_t>{0}));
}

TEST_F(ThumbnailerTest, TakesTheKeyFrameBeforeOneThatIsBroken) {
  const auto segment = record(test::kH264Clip, {1});
  const Thumbnails made = make(segment, {1500000});
  EXPECT_FALSE(made.error);
  EXPECT_EQ(timesOf(made), (std::vector<int64_t>{0}));
  EXPECT_EQ(timesOf(make(segment, {500000, 1500000, 2500000})),
            (std::vector<int64_t>{0, 2 * kSecond}));
}

TEST_F(ThumbnailerTest, TakesTheNextKeyFrameWhereNoneBeforeIsWhole) {
  const auto segment = record(test::kH264Clip, {0, 1});
  const Thumbnails made = make(segment, {500000, 1500000, 2500000});
  EXPECT_FALSE(made.error);
  EXPECT_EQ(timesOf(made), (std::vector<int64_t>{2 * kSecond}));
}

TEST_F(ThumbnailerTest, SaysThatNothingDecodes) {
  const auto segment = record(test::kH264Clip, {0, 1, 2});
  const Thumbnails made = make(segment, {500000, 1500000});
  EXPECT_TRUE(made.pictures.empty());
  ASSERT_TRUE(made.error);
  EXPECT_EQ(made.error->code(), "ERR_DECODE");
}

TEST_F(ThumbnailerTest, KeepsWhatItMadeBeforeAnAlteredChunk) {
  const auto segment = record(test::kH264Clip);
  std::fstream file(segment.path, std::ios::in | std::ios::out | std::ios::binary);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(segment.path));
  file.seekg(size / 2);
  const char altered = static_cast<char>(file.get() ^ 1);
  file.seekp(size / 2);
  file.put(altered);
  file.close();
  const Thumbnails made = make(segment, {100000, 2900000});
  ASSERT_TRUE(made.error);
  EXPECT_EQ(made.error->code(), "ERR_AUTH_TAG");
  EXPECT_LE(made.pictures.size(), 1U);
}

TEST_F(ThumbnailerTest, EndsWhereItIsNotWanted) {
  const auto segment = record(test::kH264Clip);
  int asked = 0;
  const ThumbnailRequest request{.segment = segment, .timesMicros = {kStartMs * 1000 + kSecond}};
  try {
    makeThumbnails(request, [&] { return ++asked < 5; });
    FAIL() << "it was not aborted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_ABORTED");
  }
}

}  // namespace
}  // namespace flux
