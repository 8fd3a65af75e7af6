// Files that hold the same pictures and sound in less usual ways.
#include <gtest/gtest.h>

#include <random>

#include "codec/h265.h"
#include "container/clip_writer.h"
#include "container/matroska_writer.h"
#include "generated_media.h"

namespace flux {
namespace {

using test::Media;
using test::MediaCodec;

std::string codeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "no error";
}

Bytes matroska(const std::vector<CodecParametersPtr>& tracks, const std::vector<Packet>& packets) {
  Bytes bytes;
  MatroskaWriter writer(tracks, test::appendTo(bytes));
  for (const Packet& packet : packets) {
    writer.write(packet.track, packet.data, packet.ptsMicros, packet.keyFrame);
  }
  writer.finish();
  return bytes;
}

/// The slices of a packet, one behind the other.
Bytes slices(const Packet& packet) {
  Bytes out;
  nal::forEachNal(packet.data, [&](ByteView nal) {
    if (h265::isSlice(h265::nalType(nal))) nal::appendNal(out, nal);
  });
  return out;
}

/// The packets with the parameter sets in front of each key frame.
std::vector<Packet> withSetsInBand(const Media& media) {
  std::vector<Packet> packets = media.packets;
  const CodecParameters& sets = *media.tracks.front();
  for (Packet& packet : packets) {
    if (!packet.keyFrame) continue;
    Bytes data;
    if (!sets.vps.empty()) nal::appendNal(data, sets.vps);
    nal::appendNal(data, sets.sps);
    nal::appendNal(data, sets.pps);
    data.insert(data.end(), packet.data.begin(), packet.data.end());
    packet.data = data;
  }
  return packets;
}

Bytes asAnnexB(ByteView unit) {
  Bytes out;
  nal::forEachNal(unit, [&](ByteView nal) {
    out.insert(out.end(), {0, 0, 0, 1});
    out.insert(out.end(), nal.begin(), nal.end());
  });
  return out;
}

class RawH265 : public testing::TestWithParam<MediaCodec> {};

INSTANTIATE_TEST_SUITE_P(Gops, RawH265, testing::Values(test::kH265Clip, test::kH265WithBFrames));

TEST_P(RawH265, GivesThePicturesAndTimesOfTheFileItWasMadeOf) {
  const test::TemporaryDirectory dir;
  const std::string source = test::generatedVideo(GetParam()), raw = dir.file("clip.h265");
  test::mustRun("ffmpeg -nostdin -v error -i " + source + " -c copy " + raw);
  const Media expected = test::readMedia(source), actual = test::readMedia(raw);
  ASSERT_EQ(actual.packets.size(), expected.packets.size());
  EXPECT_EQ(actual.tracks.at(0)->codec, Codec::kH265);
  EXPECT_EQ(actual.tracks.at(0)->sps, expected.tracks.at(0)->sps);
  int64_t lastDts = INT64_MIN;
  for (size_t i = 0; i < actual.packets.size(); ++i) {
    SCOPED_TRACE("picture " + std::to_string(i));
    const Packet &packet = actual.packets[i], &like = expected.packets[i];
    EXPECT_EQ(slices(packet), slices(like));
    EXPECT_EQ(packet.keyFrame, like.keyFrame);
    EXPECT_EQ(packet.ptsMicros - actual.packets[0].ptsMicros,
              like.ptsMicros - expected.packets[0].ptsMicros);
    EXPECT_LE(packet.dtsMicros, packet.ptsMicros);
    EXPECT_GT(packet.dtsMicros, lastDts);
    lastDts = packet.dtsMicros;
  }
}

class SetsInBand : public testing::TestWithParam<MediaCodec> {};

INSTANTIATE_TEST_SUITE_P(Codecs, SetsInBand, testing::Values(test::kH264Clip, test::kH265Clip));

TEST_P(SetsInBand, AreFoundWhereTheHeaderHasStartCodesInsteadOfARecord) {
  const Media media = test::readMedia(test::generatedVideo(GetParam()));
  const std::vector<Packet> packets = withSetsInBand(media);
  std::vector<Packet> annexB = packets;
  for (Packet& packet : annexB) packet.data = asAnnexB(packet.data);
  Bytes file = matroska(media.tracks, annexB);
  // The CodecPrivate element becomes a Void.
  const Bytes& record = media.tracks[0]->decoderConfiguration;
  const auto at = std::search(file.begin(), file.end(), record.begin(), record.end());
  ASSERT_NE(at, file.end());
  auto element = at;
  const auto isId = [](auto byte) { return byte[0] == 0x63 && byte[1] == 0xA2; };
  while (element > file.begin() && !isId(element)) --element;
  const auto end = at + static_cast<ptrdiff_t>(record.size());
  ASSERT_LT(at - element, 12);
  const Bytes padding = MatroskaWriter::padding(static_cast<size_t>(end - element));
  std::copy(padding.begin(), padding.end(), element);

  PacketReader reader(test::memorySource(file));
  EXPECT_EQ(reader.parameters()->codec, GetParam().codec);
  EXPECT_EQ(reader.parameters()->sps, media.tracks[0]->sps);
  const std::vector<Packet> again = test::readPackets(reader);
  ASSERT_EQ(again.size(), packets.size());
  for (size_t i = 0; i < again.size(); ++i) EXPECT_EQ(again[i].data, packets[i].data);
}

TEST(H265File, SetsAreFoundInBandWhereTheRecordHasNone) {
  const Media media = test::readMedia(test::generatedVideo(test::kH265Clip));
  CodecParameters bare = *media.tracks.front();
  bare.decoderConfiguration.resize(23);
  bare.decoderConfiguration[22] = 0;  // numOfArrays
  const Bytes file =
      matroska({std::make_shared<const CodecParameters>(bare)}, withSetsInBand(media));
  PacketReader reader(test::memorySource(file));
  EXPECT_EQ(reader.parameters()->sps, media.tracks[0]->sps);
  EXPECT_EQ(test::readPackets(reader).size(), media.packets.size());
}

TEST(LittleEndianPcm, ComesOutAsL16) {
  const test::TemporaryDirectory dir;
  const std::string little = dir.file("little.mkv");
  test::mustRun("ffmpeg -nostdin -v error -i " + test::generatedMedia(test::kH264Clip, test::kL16) +
                " -c:v copy -c:a pcm_s16le " + little);
  Bytes expected, actual;
  for (const Packet& p : test::readMedia(test::generatedMedia(test::kH264Clip, test::kL16)).of(1)) {
    expected.insert(expected.end(), p.data.begin(), p.data.end());
  }
  const Media media = test::readMedia(little);
  EXPECT_EQ(media.tracks.at(1)->codec, Codec::kL16);
  for (const Packet& p : media.of(1)) actual.insert(actual.end(), p.data.begin(), p.data.end());
  EXPECT_EQ(actual, expected);
}

TEST(TrackThatIsNotRecorded, IsPassedOver) {
  const test::TemporaryDirectory dir;
  const std::string path = dir.file("flac.mkv");
  test::mustRun("ffmpeg -nostdin -v error -i " + test::generatedMedia(test::kH264Clip, test::kL16) +
                " -map 0:a -map 0:a -map 0:v" + " -c:v copy -c:a:0 flac -c:a:1 pcm_alaw " + path);
  const Media media = test::readMedia(path);
  ASSERT_EQ(media.tracks.size(), 2U);
  EXPECT_EQ(media.tracks[0]->codec, Codec::kH264);
  EXPECT_EQ(media.tracks[1]->codec, Codec::kPcma);
  EXPECT_EQ(media.of(0).size(), 75U);
}

TEST(DamagedFiles, EndInAnErrorOrFewerPacketsWhateverTheyHold) {
  std::mt19937 random(11);
  const std::pair<MediaCodec, MediaCodec> kinds[] = {{test::kH265WithBFrames, test::kOpus},
                                                     {test::kMjpegClip, test::kAac},
                                                     {test::kH264Clip, test::kG726At24}};
  const test::TemporaryDirectory dir;
  for (const auto& [video, audio] : kinds) {
    const Media media = test::readMedia(test::generatedMedia(video, audio));
    const std::string mp4 = dir.file(std::string(video.name) + ".mp4");
    ClipWriter writer(mp4, ClipFormat::kMp4, media.tracks, 0);
    for (const Packet& packet : media.of(0)) writer.write(packet);
    for (const Packet& packet : media.of(1)) writer.write(packet);
    writer.finish();
    std::ifstream file(mp4, std::ios::binary);
    const Bytes wholes[] = {matroska(media.tracks, media.packets),
                            Bytes((std::istreambuf_iterator<char>(file)), {})};
    for (const Bytes& whole : wholes) {
      for (int round = 0; round < 40; ++round) {
        Bytes damaged = whole;
        const size_t range =
            round % 2 == 0 ? std::min<size_t>(3000, damaged.size()) : damaged.size();
        for (int i = 0; i < 8; ++i) damaged[random() % range] = static_cast<uint8_t>(random());
        size_t count = 0;
        const std::string outcome = codeOf([&] {
          PacketReader reader(test::memorySource(damaged), Tracks::kAll);
          Packet packet;
          while (count <= 5000 && reader.next(packet)) {
            ASSERT_LT(packet.track, reader.tracks().size());
            ++count;
          }
        });
        EXPECT_LE(count, 5000U);
        EXPECT_TRUE(outcome == "no error" || outcome == "ERR_CONTAINER") << outcome;
      }
    }
  }
}

TEST(Writers, RefuseTracksThatNoFileCanHold) {
  const Media media = test::readMedia(test::generatedMedia(test::kH264Clip, test::kG726At32));
  const auto sound = [&](auto change) {
    auto copy = std::make_shared<CodecParameters>(*media.tracks[1]);
    change(*copy);
    return std::vector<CodecParametersPtr>{media.tracks[0], copy};
  };
  const std::vector<CodecParametersPtr> refused[] = {
      {},
      {media.tracks[1], media.tracks[0]},
      sound([](CodecParameters& p) { p.codec = Codec::kOnvifMetadata; }),
      sound([](CodecParameters& p) { p.channels = 2; }),
      sound([](CodecParameters& p) { p.bitsPerSample = 8; }),
      sound([](CodecParameters& p) { p.sampleRate = 0; }),
      sound([](CodecParameters& p) { p.codec = Codec::kAac; }),
      sound([](CodecParameters& p) { p.codec = Codec::kOpus; }),
  };
  const test::TemporaryDirectory dir;
  for (const auto& tracks : refused) {
    EXPECT_EQ(codeOf([&] { MatroskaWriter(tracks, [](ByteViews) {}); }), "ERR_MUX");
    EXPECT_EQ(codeOf([&] { ClipWriter(dir.file("a.mkv"), ClipFormat::kMatroska, tracks, 0); }),
              "ERR_MUX");
    EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  }
}

TEST(MatroskaWithSound, EveryFrameOfEveryTrackIsInTheSinkAfterAFlush) {
  const Media media = test::readMedia(test::generatedMedia(test::kH265Clip, test::kPcmu));
  Bytes bytes;
  MatroskaWriter writer(media.tracks, test::appendTo(bytes));
  for (size_t i = 0; i < media.packets.size(); ++i) {
    const Packet& packet = media.packets[i];
    writer.write(packet.track, packet.data, packet.ptsMicros, packet.keyFrame);
    writer.flush();
    PacketReader reader(test::memorySource(bytes), Tracks::kAll);
    ASSERT_EQ(test::readPackets(reader).size(), i + 1);
  }
}

TEST(MatroskaWithSound, TracksMayBeASecondAhead) {
  const Media media = test::readMedia(test::generatedMedia(test::kH264Clip, test::kPcmu));
  std::vector<Packet> packets = media.packets;
  std::stable_sort(packets.begin(), packets.end(), [](const Packet& a, const Packet& b) {
    const auto place = [](const Packet& p) { return p.ptsMicros - (p.track == 1 ? 1000000 : 0); };
    return place(a) < place(b);
  });
  Bytes bytes = matroska(media.tracks, packets);
  PacketReader reader(test::memorySource(bytes), Tracks::kAll);
  const std::vector<Packet> again = test::readPackets(reader);
  ASSERT_EQ(again.size(), packets.size());
  for (size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].track, packets[i].track);
    EXPECT_NEAR(static_cast<double>(again[i].ptsMicros), static_cast<double>(packets[i].ptsMicros),
                500);
  }
  const test::TemporaryDirectory dir;
  test::writeBytes(dir.file("ahead.mkv"), bytes);
  EXPECT_EQ(test::strictDecodeErrors(dir.file("ahead.mkv")), "");
}

TEST(ClipOfH265, ChangedParameterSetsGoInBandSoThatBothPartsDecode) {
  const test::TemporaryDirectory dir;
  const std::string small = dir.file("small.mkv");
  test::mustRun(std::string("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=192x128:rate=25 "
                            "-t 1 -threads 1 ") +
                test::kH265Clip.arguments + " " + small);
  const Media first = test::readMedia(test::generatedVideo(test::kH265Clip));
  const Media second = test::readMedia(small);
  for (const ClipFormat format : {ClipFormat::kMp4, ClipFormat::kMatroska}) {
    const std::string out = dir.file(format == ClipFormat::kMp4 ? "out.mp4" : "out.mkv");
    ClipWriter writer(out, format, first.tracks, 0);
    int64_t shift = 0;
    for (const Media* part : {&first, &second, &first}) {
      writer.setParameters(*part->tracks.front());
      for (Packet packet : part->packets) {
        packet.ptsMicros += shift;
        packet.dtsMicros += shift;
        writer.write(packet);
      }
      shift += 4000000;
    }
    EXPECT_EQ(codeOf([&] {
                CodecParameters other;
                writer.setParameters(other);
              }),
              "ERR_MUX");
    writer.finish();
    EXPECT_EQ(test::strictDecodeErrors(out), "");
    EXPECT_EQ(test::probe(out, "stream=nb_read_frames"), "175\n");
    const std::string widths = test::probe(out, "frame=width");
    EXPECT_EQ(widths.substr(0, 4), "320\n");
    EXPECT_NE(widths.find("192\n"), std::string::npos);
    EXPECT_EQ(widths.substr(widths.size() - 4), "320\n");
  }
}

TEST(ClipWithSound, MustBeginWithAPictureAndHasNoOtherTracks) {
  const test::TemporaryDirectory dir;
  const Media media = test::readMedia(test::generatedMedia(test::kH264Clip, test::kPcmu));
  ClipWriter writer(dir.file("a.mp4"), ClipFormat::kMp4, media.tracks, 0);
  EXPECT_EQ(codeOf([&] { writer.write(media.of(1).front()); }), "ERR_INVALID_ARGUMENT");
  Packet packet = media.of(0).front();
  writer.write(packet);
  packet.track = 2;
  EXPECT_EQ(codeOf([&] { writer.write(packet); }), "ERR_INVALID_ARGUMENT");
}

}  // namespace
}  // namespace flux
