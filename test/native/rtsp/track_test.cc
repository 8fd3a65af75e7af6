// What the engine makes of the session descriptions of cameras, the odd ones above all.
// Descriptions marked (retina) or (go2rtc) were captured from cameras and come from the tests of
// those projects.
#include "rtsp/track.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

struct Listed {
  std::vector<Track> tracks;
  std::array<uint64_t, static_cast<size_t>(Quirk::kCount)> hits{};

  [[nodiscard]] uint64_t count(Quirk quirk) const { return hits[static_cast<size_t>(quirk)]; }
  [[nodiscard]] uint64_t all() const {
    uint64_t sum = 0;
    for (const uint64_t hit : hits) sum += hit;
    return sum;
  }
};

Listed list(const std::string& text) {
  Listed out;
  QuirkCounters quirks;
  if (const auto sdp = parseSdp(text)) out.tracks = listTracks(*sdp, quirks);
  for (size_t i = 0; i < out.hits.size(); ++i) out.hits[i] = quirks.count(static_cast<Quirk>(i));
  return out;
}

const std::string kSession = "v=0\no=- 1 1 IN IP4 192.0.2.7\ns=Camera\nt=0 0\n";
Listed listMedia(const std::string& media) {
  return list(kSession + media);
}
std::string h264(const std::string& sprop) {
  return "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
         "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=" +
         sprop + "\n";
}
constexpr const char* kSps = "Z01AFtkAoC/5cBEAAAMAAQAAAwAeDxYuSA==";
constexpr const char* kPps = "aOvDyyA=";

TEST(Track, ListsVideoAudioAndMetadataInOrder) {  // (retina: Dahua)
  const Listed listed = list(
      "v=0\no=- 2252542845 2252542845 IN IP4 0.0.0.0\ns=Media Server\nc=IN IP4 0.0.0.0\nt=0 0\n"
      "a=control:*\na=packetization-supported:DH\na=rtppayload-supported:DH\na=range:npt=now-\n"
      "m=video 0 RTP/AVP 96\na=control:trackID=0\na=framerate:15.000000\na=rtpmap:96 H264/90000\n"
      "a=fmtp:96 packetization-mode=1;profile-level-id=64001E;sprop-parameter-sets="
      "Z2QAHqwsaoLA9puCgIKgAAADACAAAAMD0IAA,aO4xshsA\na=recvonly\n"
      "m=audio 0 RTP/AVP 97\na=control:trackID=1\na=rtpmap:97 MPEG4-GENERIC/48000\n"
      "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
      "indexdeltalength=3;config=1188\na=recvonly\n"
      "m=application 0 RTP/AVP 107\na=control:trackID=4\na=rtpmap:107 vnd.onvif.metadata/90000\n"
      "a=recvonly\n");
  ASSERT_EQ(listed.tracks.size(), 3U);
  EXPECT_EQ(listed.tracks[0].codec, Codec::kH264);
  EXPECT_EQ(listed.tracks[0].control, "trackID=0");
  EXPECT_FALSE(listed.tracks[0].known);
  EXPECT_EQ(listed.tracks[1].codec, Codec::kAac);
  EXPECT_EQ(listed.tracks[1].clockRate, 48000U);
  ASSERT_TRUE(listed.tracks[1].known);
  EXPECT_EQ(listed.tracks[1].known->channels, 1);
  EXPECT_EQ(listed.tracks[2].codec, Codec::kOnvifMetadata);
  EXPECT_EQ(listed.tracks[2].payloadType, 107);
  EXPECT_EQ(listed.tracks[2].known->codec, Codec::kOnvifMetadata);
}

TEST(Track, TakesTheParameterSetsOfH265) {  // (retina: Dahua)
  const Listed listed = listMedia(
      "m=video 0 RTP/AVP 98\na=control:trackID=0\na=framerate:12.000000\na=rtpmap:98 H265/90000\n"
      "a=fmtp:98 "
      "profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE="
      ";sprop-pps=RAHA8saNA7NA;sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBarAwAAAMABAAAAwAyqA==;"
      "sprop-max-don-diff=2\na=recvonly\n"
      "m=audio 0 RTP/AVP 8\na=control:trackID=1\na=rtpmap:8 PCMA/8000\na=recvonly\n");
  ASSERT_EQ(listed.tracks.size(), 2U);
  const Track& video = listed.tracks[0];
  EXPECT_EQ(video.codec, Codec::kH265);
  EXPECT_EQ(toHex(video.vps).substr(0, 8), "40010c01");
  EXPECT_EQ(toHex(video.sps).substr(0, 8), "42010101");
  EXPECT_EQ(toHex(video.pps), "4401c0f2c68d03b340");
  EXPECT_EQ(formatParameter(video.parameters, "sprop-max-don-diff"), "2");
  EXPECT_EQ(listed.all(), 0U);
}

TEST(Track, KnowsStaticPayloadTypesWithoutRtpmap) {
  const Listed listed = listMedia(
      "m=video 0 RTP/AVP 26\nm=audio 0 RTP/AVP 0\nm=audio 0 RTP/AVP 8\nm=audio 0 RTP/AVP 10\n"
      "m=audio 0 RTP/AVP 11\nm=audio 0 RTP/AVP 2\n");
  ASSERT_EQ(listed.tracks.size(), 6U);
  EXPECT_EQ(listed.tracks[0].codec, Codec::kMjpeg);
  EXPECT_EQ(listed.tracks[0].clockRate, 90000U);
  EXPECT_EQ(listed.tracks[1].codec, Codec::kPcmu);
  EXPECT_EQ(listed.tracks[1].known->sampleRate, 8000);
  EXPECT_EQ(listed.tracks[1].known->codecString, "pcmu");
  EXPECT_EQ(listed.tracks[2].codec, Codec::kPcma);
  EXPECT_EQ(listed.tracks[3].codec, Codec::kL16);
  EXPECT_EQ(listed.tracks[3].known->channels, 2);
  EXPECT_EQ(listed.tracks[3].known->sampleRate, 44100);
  EXPECT_EQ(listed.tracks[4].known->channels, 1);
  EXPECT_EQ(listed.tracks[4].packing, Track::Packing::kUsual);
  EXPECT_EQ(listed.tracks[5].codec, Codec::kG726);
  EXPECT_EQ(listed.all(), 0U);
}

TEST(Track, KnowsEveryAudioEncodingByName) {
  const Listed listed = listMedia(
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 PCMU/16000\n"
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 L16/48000/2\n"
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-40/8000\n"
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 AAL2-G726-16/8000/1\n"
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 opus/48000/2\na=fmtp:97 sprop-stereo=0\n"
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 MP4A-LATM/16000\na=fmtp:97 cpresent=0;"
      "config=400028103fc0\n");
  ASSERT_EQ(listed.tracks.size(), 6U);
  EXPECT_EQ(listed.tracks[0].known->sampleRate, 16000);
  EXPECT_EQ(listed.tracks[1].known->channels, 2);
  EXPECT_EQ(listed.tracks[1].known->bitsPerSample, 16);
  EXPECT_EQ(listed.tracks[2].known->bitsPerSample, 5);
  EXPECT_EQ(listed.tracks[3].known->bitsPerSample, 2);
  EXPECT_EQ(listed.tracks[3].packing, Track::Packing::kAal2);
  EXPECT_EQ(listed.tracks[4].known->channels, 1);
  EXPECT_EQ(listed.tracks[4].known->decoderConfiguration.size(), 19U);
  EXPECT_EQ(listed.tracks[5].packing, Track::Packing::kLatm);
  EXPECT_EQ(toHex(listed.tracks[5].known->decoderConfiguration), "1408");
  EXPECT_EQ(listed.all(), 0U);
}

TEST(Track, TakesTheFirstFormatThatItKnows) {
  const Listed listed =
      listMedia("m=audio 0 RTP/AVP 9 18 8 0\nm=video 0 RTP/AVP 33 26\nm=audio 0 RTP/AVP 9\n");
  ASSERT_EQ(listed.tracks.size(), 2U);
  EXPECT_EQ(listed.tracks[0].payloadType, 8);
  EXPECT_EQ(listed.tracks[1].payloadType, 26);
  EXPECT_EQ(listed.count(Quirk::kUnknownMedia), 1U);
}

TEST(Track, LeavesBackchannelsOut) {
  // A camera that offers to take sound in twenty formats, in one section each and all in one.
  std::string media = h264(std::string(kSps) + "," + kPps) + "a=control:v\n" +
                      "m=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=control:a\na=recvonly\n";
  std::string many = "m=audio 0 RTP/AVP";
  std::string maps;
  for (int i = 0; i < 20; ++i) {
    const std::string type = std::to_string(100 + i);
    const std::string encoding = i % 2 == 0 ? " PCMA/" : " G726-32/";
    media += "m=audio 0 RTP/AVP " + type + "\na=control:back" + type + "\na=rtpmap:" + type +
             encoding + std::to_string(8000 * (i + 1)) + "\na=sendonly\n";
    many += " " + type;
    maps += "a=rtpmap:" + type + encoding + std::to_string(8000 * (i + 1)) + "\n";
  }
  const Listed listed = listMedia(media + many + "\na=control:back\n" + maps + "a=sendonly\n");
  ASSERT_EQ(listed.tracks.size(), 2U);
  EXPECT_EQ(listed.tracks[0].control, "v");
  EXPECT_EQ(listed.tracks[1].control, "a");
  EXPECT_EQ(listed.all(), 0U);
}

TEST(Track, TakesDirectionsThatTheCameraMeansOfItself) {  // (go2rtc; the second: gortsplib)
  const Listed video = listMedia(
      "m=video 0 RTP/AVP 99\na=rtpmap:99 H264/90000\na=fmtp:99 profile-level-id=42A01E;"
      "packetization-mode=1;sprop-parameter-sets=Z0KgKedAPAET8uAIEAABd2AAK/IGAAADAC+vCAAAHc1lP//"
      "jAAAD"
      "ABfXhAAADuayn//wIA==,aN48gA==\na=control:trackID=1\na=sendonly\n"
      "m=audio 0 RTP/AVP 127\na=rtpmap:127 mpeg4-generic/8000/1\na=fmtp:127 streamtype=5; "
      "profile-level-id=15; mode=AAC-hbr; sizeLength=13; indexLength=3; indexDeltalength=3; "
      "config=1588; CTSDeltaLength=0; DTSDeltaLength=0;\na=control:trackID=2\na=sendonly\n");
  EXPECT_EQ(video.tracks.size(), 2U);
  const Listed metadata = listMedia(
      "m=application 0 RTP/AVP 106\na=rtpmap:106 vnd.onvif.metadata/90000\n"
      "a=control:?ctype=app106\na=sendonly\n");
  EXPECT_EQ(metadata.tracks.size(), 1U);
}

TEST(Track, NeedsNeitherOriginNorTimingNorSaneConnections) {
  // (retina: macro-video) no o=, c= behind the attributes.
  const Listed macro = list(
      "v=0\ns=streamed by the macro-video rtsp server\nt=0 0\na=control:*\na=range:npt=0-\n"
      "a=x-qt-text-nam:streamed by the macro-video rtsp server\nc=IN IP4 0.0.0.0\n"
      "m=video 0 RTP/AVP 96\nb=AS:500\na=rtpmap:96 H264/90000\na=fmtp:96 profile-level-id=TeAo;"
      "packetization-mode=1;sprop-parameter-sets=J03gKI1oBQBboQAAAwABAAADACgPFCKg,KO4BNJI=\n"
      "a=control:track1\n");
  ASSERT_EQ(macro.tracks.size(), 1U);
  EXPECT_EQ(toHex(macro.tracks[0].pps), "28ee013492");
  EXPECT_EQ(macro.count(Quirk::kSdpIncomplete), 1U);
  EXPECT_EQ(macro.count(Quirk::kSpropInvalid), 0U);
  // Each of these alone is odd, and keeps nothing from being read.
  const std::string media = "m=audio 0 RTP/AVP 0\n";
  for (const char* head :
       {"v=0\ns=x\nt=0 0\n", "v=0\no=- 1 1 IN IP4 0\ns=x\n", "v=0\no=- 1 1 IN IP4 0\nt=0 0\n",
        "v=0\no=- 1 1 IN IP4 0\ns=x\ns=y\nt=0 0\n", "v=0\no=- 1 1 IN IP4 0\ns=x\nt=now-\n",
        "v=0\no=- 1 1 IN IP4 0\ns=x\nc=IN\nt=0 0\n",
        "v=0\no=- 1 1 IN IP4 0\ns=x\nc=IN c=IN IP4 192.0.2.7\nt=0 0\n",
        "v=0\no=- 1 1 IN IP4 0\ns=x\nt=0 0\nnot a line\n"}) {
    const Listed listed = list(head + media);
    EXPECT_EQ(listed.tracks.size(), 1U) << head;
    EXPECT_EQ(listed.count(Quirk::kSdpIncomplete), 1U) << head;
    EXPECT_EQ(listed.all(), 1U) << head;
  }
  EXPECT_EQ(listMedia(media).all(), 0U);
}

TEST(Track, ReadsSessionLinesInsideAMediaSection) {  // (go2rtc: several s= and controls)
  const Listed listed = list(
      "v=0\no=- 91674849066 1 IN IP4 192.168.1.123\ns=RtspServer\ni=live\nt=0 0\na=control:*\n"
      "a=range:npt=0-\nm=video 0 RTP/AVP 96\nc=IN IP4 0.0.0.0\ns=RtspServer\ni=live\n"
      "a=control:track0\na=range:npt=0-\na=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;"
      "profile-level-id=42001E;sprop-parameter-sets=Z0IAHvQCgC3I,aM48gA==\na=control:track0\n"
      "m=audio 0 RTP/AVP 97\nc=IN IP4 0.0.0.0\ns=RtspServer\ni=live\na=control:track1\n"
      "a=range:npt=0-\na=rtpmap:97 MPEG4-GENERIC/8000/1\na=fmtp:97 profile-level-id=1;mode=AAC-hbr;"
      "sizelength=13;indexlength=3;indexdeltalength=3;config=1588\na=control:track1\n");
  ASSERT_EQ(listed.tracks.size(), 2U);
  EXPECT_EQ(listed.tracks[0].control, "track0");
  EXPECT_EQ(listed.tracks[1].control, "track1");
  EXPECT_EQ(listed.count(Quirk::kSdpIncomplete), 1U);
}

TEST(Track, PassesOverMediaThatMeansNothing) {  // (retina: TP-Link), with m=vana of others
  const Listed listed = list(
      "v=0\no=- 14665860 31787219 1 IN IP4 192.168.2.29\n"
      "s=Session streamed by \"TP-LINK RTSP Server\"\nt=0 0\nm=video 0 RTP/AVP 96\nc=IN IP4 "
      "0.0.0.0\n"
      "b=AS:4096\na=range:npt=0-\na=control:track1\na=rtpmap:96 H265/90000\na=fmtp:96 "
      "profile-space=0;"
      "profile-id=1;tier-flag=0;level-id=150;interop-constraints=000000000000;"
      "sprop-vps=QAEMAf//"
      "AWAAAAMAAAMAAAMAAAMAlqwJ;sprop-sps=QgEBAWAAAAMAAAMAAAMAAAMAlqABQCAFof4qtO6JL"
      "uaAgA27oADN/mAE;sprop-pps=RAHAcvAbJA==\nm=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n"
      "a=control:track2\nm=application/TP-LINK 0 RTP/AVP smart/1/90000\na=rtpmap:95 TP-LINK/90000\n"
      "a=control:track3\nm=vana 0 RTP/AVP 97\n");
  ASSERT_EQ(listed.tracks.size(), 2U);
  EXPECT_EQ(listed.tracks[0].codec, Codec::kH265);
  EXPECT_EQ(listed.tracks[1].codec, Codec::kPcma);
  EXPECT_EQ(listed.count(Quirk::kUnknownMedia), 2U);
  EXPECT_EQ(listed.all(), 2U);
}

TEST(Track, LeavesCompressedMetadataOut) {
  const Listed listed =
      listMedia("m=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata.gzip/90000\n");
  EXPECT_TRUE(listed.tracks.empty());
  EXPECT_EQ(listed.count(Quirk::kUnknownMedia), 1U);
}

TEST(Track, TakesParametersThatAreEmptyTwiceOrElsewhere) {
  // (retina: Ubiquiti) two tracks of one payload type, one fmtp without anything.
  const Listed ubiquiti = list(
      "v=0\no=- 221 0 IN IP4 192.168.0.1\ns=68D79AE46148_0\nu=www.evostream.com\n"
      "e=contact@evostream.com\nc=IN IP4 192.168.0.1\nt=0 0\na=recvonly\na=control:*\n"
      "a=range:npt=now-\nm=audio 0 RTP/AVP 96\na=recvonly\na=rtpmap:96 mpeg4-generic/48000/1\n"
      "a=control:trackID=0\na=fmtp:96 streamtype=5; profile-level-id=15; mode=AAC-hbr; "
      "config=1188; "
      "SizeLength=13; IndexLength=3; IndexDeltaLength=3;\nm=audio 0 RTP/AVP 96\na=recvonly\n"
      "a=rtpmap:96 opus/48000/2\na=control:trackID=1\na=fmtp:96\nm=video 0 RTP/AVP 97\na=recvonly\n"
      "a=control:trackID=2\na=rtpmap:97 H264/90000\na=fmtp:97 profile-level-id=4d402a; "
      "packetization-mode=1; "
      "sprop-parameter-sets=Z01AKo2NQDwBE/LgLcBAQFAAAD6AABX5CdoIhGo=,aO44gA==\n");
  ASSERT_EQ(ubiquiti.tracks.size(), 3U);
  EXPECT_EQ(ubiquiti.tracks[0].codec, Codec::kAac);
  EXPECT_EQ(ubiquiti.tracks[1].codec, Codec::kOpus);
  EXPECT_EQ(ubiquiti.count(Quirk::kFmtpMalformed), 1U);
  EXPECT_EQ(ubiquiti.all(), 1U);
  // (go2rtc) The video's parameters stand in the audio's section; a blank behind the clock rate; a
  // rtpmap of a payload type that is not there.
  const Listed elsewhere = list(
      "v=0\no=- 1675628282 1675628283 IN IP4 192.168.1.123\ns=streamed by the RTSP server\nt=0 0\n"
      "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000 \na=control:track0\nm=audio 0 RTP/AVP 8\n"
      "a=rtpmap:0 pcma/8000/1\na=control:track1\na=framerate:25\na=range:npt=now-\n"
      "a=fmtp:96 packetization-mode=1;profile-level-id=64001F;"
      "sprop-parameter-sets=Z0IAH5WoFAFuQA==,aM48gA== \n");
  ASSERT_EQ(elsewhere.tracks.size(), 2U);
  EXPECT_EQ(toHex(elsewhere.tracks[0].pps), "68ce3c80");
  EXPECT_EQ(elsewhere.tracks[0].clockRate, 90000U);
  EXPECT_EQ(elsewhere.tracks[1].codec, Codec::kPcma);
  EXPECT_EQ(elsewhere.count(Quirk::kFmtpMalformed), 1U);
  EXPECT_EQ(elsewhere.count(Quirk::kAudioMisdeclared), 1U);
  // Twice: the first value counts.
  const Listed twice = listMedia(h264(std::string(kSps) + "," + kPps) +
                                 "a=fmtp:96 packetization-mode=0;sprop-parameter-sets=AAAA\n");
  ASSERT_EQ(twice.tracks.size(), 1U);
  EXPECT_EQ(formatParameter(twice.tracks[0].parameters, "packetization-mode"), "1");
  EXPECT_EQ(twice.count(Quirk::kFmtpMalformed), 1U);
  EXPECT_EQ(twice.all(), 1U);
}

TEST(Track, CountsParameterSetsThatAreMissingOrBroken) {
  const Bytes sps = [] {
    Bytes out;
    fromBase64(kSps, out);
    return out;
  }();
  Bytes pps;
  fromBase64(kPps, pps);
  const auto joined = [](std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return toBase64(out);
  };
  const Bytes code = {0, 0, 0, 1};
  EXPECT_EQ(listMedia(h264(std::string(kSps) + "," + kPps)).all(), 0U);
  // In Annex B: start codes in front, in between, behind; then bytes too many behind the SPS.
  for (const std::string& sprop : {joined({code, sps, code, pps}), joined({sps, code, pps}),
                                   joined({sps, code}) + "," + joined({pps, code}),
                                   joined({sps, {0, 0, 0}}) + "," + std::string(kPps)}) {
    const Listed listed = listMedia(h264(sprop));
    ASSERT_EQ(listed.tracks.size(), 1U) << sprop;
    EXPECT_EQ(toHex(listed.tracks[0].sps), toHex(sps)) << sprop;
    EXPECT_EQ(toHex(listed.tracks[0].pps), toHex(pps)) << sprop;
    EXPECT_EQ(listed.count(Quirk::kSpropInvalid), 1U) << sprop;
  }
  // Missing, no base64, no parameter set, an SPS that says nothing.
  for (const char* sprop : {"", "!!!,???", "AAAA", "Z00=,aO48gA=="}) {
    const Listed listed = listMedia(h264(sprop));
    ASSERT_EQ(listed.tracks.size(), 1U) << sprop;
    EXPECT_EQ(listed.count(Quirk::kSpropInvalid), 1U) << sprop;
  }
  const Listed none = listMedia("m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\n");
  ASSERT_EQ(none.tracks.size(), 1U);
  EXPECT_EQ(none.count(Quirk::kSpropInvalid), 1U);
}

TEST(Track, TakesTheStartCodeOffTheEndOfAPps) {  // (retina: GW Security)
  const Listed listed = listMedia(
      "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:video\na=fmtp:96 "
      "packetization-mode=1;profile-level-id=5046302;sprop-parameter-sets=Z00AHpWoLQ9puAgICBAAAAAB,"
      "aO48gAAAAAE=\n");
  ASSERT_EQ(listed.tracks.size(), 1U);
  EXPECT_EQ(toHex(listed.tracks[0].sps), "674d001e95a82d0f69b808080810");
  EXPECT_EQ(toHex(listed.tracks[0].pps), "68ee3c80");
  EXPECT_EQ(listed.count(Quirk::kSpropInvalid), 1U);
}

TEST(Track, ReadsAttributesInAnyOrder) {
  const std::string lines[] = {"a=control:t1\n", "a=fmtp:97 mode=AAC-hbr;config=1408\n",
                               "a=rtpmap:97 MPEG4-GENERIC/16000\n"};
  for (const auto& order : {std::array{0, 1, 2}, std::array{2, 0, 1}, std::array{1, 2, 0}}) {
    std::string media = "m=audio 0 RTP/AVP 97\n";
    for (const int i : order) media += lines[i];
    const Listed listed = listMedia(media);
    ASSERT_EQ(listed.tracks.size(), 1U);
    EXPECT_EQ(listed.tracks[0].control, "t1");
    EXPECT_EQ(toHex(listed.tracks[0].known->decoderConfiguration), "1408");
    EXPECT_EQ(listed.all(), 0U);
  }
}

TEST(Track, LeavesG723ThatIsNoneOut) {
  const Listed listed = listMedia("m=audio 0 RTP/AVP 4\na=rtpmap:4 G723.1/8000\na=control:a\n");
  EXPECT_TRUE(listed.tracks.empty());
  EXPECT_EQ(listed.count(Quirk::kAudioMisdeclared), 1U);
}

TEST(Track, TakesPcmOfAStaticTypeAsLittleEndian) {
  const Listed listed = listMedia("m=audio 0 RTP/AVP 11\na=rtpmap:11 PCM/48000\na=control:a\n");
  ASSERT_EQ(listed.tracks.size(), 1U);
  EXPECT_EQ(listed.tracks[0].codec, Codec::kL16);
  EXPECT_EQ(listed.tracks[0].packing, Track::Packing::kLittleEndian);
  EXPECT_EQ(listed.tracks[0].clockRate, 48000U);
  EXPECT_EQ(listed.tracks[0].known->sampleRate, 48000);
  EXPECT_EQ(listed.tracks[0].known->channels, 1);
  EXPECT_EQ(listed.count(Quirk::kAudioMisdeclared), 1U);
}

TEST(Track, OfTwoRtpmapsForAStaticTypeTakesTheOneThatBelongsToIt) {
  const std::string audio = "m=audio 0 RTP/AVP 0\na=control:a\n";
  for (const char* maps : {"a=rtpmap:0 PCMA/8000\na=rtpmap:0 PCMU/8000\n",
                           "a=rtpmap:0 PCMU/8000\na=rtpmap:0 PCMA/8000\n"}) {
    const Listed listed = listMedia(audio + maps);
    ASSERT_EQ(listed.tracks.size(), 1U);
    EXPECT_EQ(listed.tracks[0].codec, Codec::kPcmu) << maps;
    EXPECT_EQ(listed.count(Quirk::kAudioMisdeclared), 1U) << maps;
  }
  // None at all is as it should be, one that contradicts the number is believed.
  EXPECT_EQ(listMedia(audio).tracks.at(0).codec, Codec::kPcmu);
  const Listed other = listMedia(audio + "a=rtpmap:0 PCMA/8000\n");
  EXPECT_EQ(other.tracks.at(0).codec, Codec::kPcma);
  EXPECT_EQ(other.count(Quirk::kAudioMisdeclared), 1U);
}

TEST(Track, MakesAConfigurationWhereAacHasNone) {
  const Listed listed = listMedia(
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/48000/2\na=fmtp:97 mode=AAC-hbr\n"
      "m=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/16000\na=fmtp:97 config=zz\n");
  ASSERT_EQ(listed.tracks.size(), 2U);
  EXPECT_EQ(toHex(listed.tracks[0].known->decoderConfiguration), "1190");
  EXPECT_EQ(toHex(listed.tracks[1].known->decoderConfiguration), "1408");
  EXPECT_EQ(listed.count(Quirk::kFmtpMalformed), 2U);
}

TEST(Track, CountsAClockThatIsNotTheConfigurations) {
  const Listed odd =
      listMedia("m=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/8000\na=fmtp:97 config=1190\n");
  EXPECT_EQ(odd.tracks.at(0).known->sampleRate, 48000);
  EXPECT_EQ(odd.tracks.at(0).clockRate, 8000U);
  EXPECT_EQ(odd.count(Quirk::kAudioMisdeclared), 1U);
  // SBR that is not signalled: the clock counts what a decoder puts out.
  EXPECT_EQ(listMedia("m=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/32000\na=fmtp:97 "
                      "config=1408\n")
                .all(),
            0U);
}

TEST(Track, LeavesAudioOutThatNobodyCouldDecode) {
  for (const char* map :
       {"97 MP4A-LATM/16000\na=fmtp:97 cpresent=1", "97 MP4A-LATM/16000\na=fmtp:97 cpresent=0",
        "97 G726-48/8000", "97 G726-32/8000/2", "97 PCMU/4000000000", "97 telephone-event/8000"}) {
    const Listed listed = listMedia("m=audio 0 RTP/AVP 97\na=rtpmap:" + std::string(map) + "\n");
    EXPECT_TRUE(listed.tracks.empty()) << map;
    EXPECT_EQ(listed.count(Quirk::kUnknownMedia), 1U) << map;
  }
}

TEST(Track, TellsThePictureSizeThatVideoDescribes) {
  for (const char* line : {"a=x-dimensions:1920,1080", "a=framesize:26 1920-1080",
                           "a=x-dimensions: 1920 , 1080", "a=x-dimensions:1920x1080"}) {
    const Listed listed = listMedia("m=video 0 RTP/AVP 26\n" + std::string(line) + "\n");
    EXPECT_EQ(listed.tracks.at(0).width, 1920) << line;
    EXPECT_EQ(listed.tracks.at(0).height, 1080) << line;
  }
  for (const char* line : {"a=x-dimensions:0,1080", "a=framesize:26 99999-1", "a=framesize:26"}) {
    const Listed listed = listMedia("m=video 0 RTP/AVP 26\n" + std::string(line) + "\n");
    EXPECT_EQ(listed.tracks.at(0).width, 0) << line;
  }
}

}  // namespace
}  // namespace flux::rtsp
