// Session descriptions as cameras really write them.
#include "rtsp/sdp.h"

#include <gtest/gtest.h>

#include "rtsp/track.h"

namespace flux::rtsp {
namespace {

constexpr const char* kSps = "Z01AFtkAoC/5cBEAAAMAAQAAAwAeDxYuSA==";
constexpr const char* kSpsHex = "674d4016d900a02ff970110000030001000003001e0f162e48";
constexpr const char* kPps = "aOvDyyA=";
constexpr const char* kPpsHex = "68ebc3cb20";

std::optional<Track> firstTrack(const Sdp& sdp) {
  QuirkCounters quirks;
  for (const Track& track : listTracks(sdp, quirks)) {
    if (track.kind() == MediaKind::kVideo) return track;
  }
  return std::nullopt;
}

/// The first track with video.
std::optional<Track> choose(const std::string& text) {
  const auto sdp = parseSdp(text);
  return sdp ? firstTrack(*sdp) : std::nullopt;
}

TEST(Sdp, OrdinaryCameraIsUnderstood) {
  const auto sdp = parseSdp(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=Media Presentation\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
      "a=control:rtsp://192.0.2.7/live/\r\n"
      "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
      "a=fmtp:96 profile-level-id=4D4016;packetization-mode=1;sprop-parameter-sets=" +
      std::string(kSps) + "," + kPps +
      "\r\na=control:trackID=1\r\n"
      "m=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\n");
  ASSERT_TRUE(sdp);
  EXPECT_EQ(sdp->control, "rtsp://192.0.2.7/live/");
  ASSERT_EQ(sdp->media.size(), 2U);
  const auto track = firstTrack(*sdp);
  ASSERT_TRUE(track);
  EXPECT_EQ(track->control, "trackID=1");
  EXPECT_EQ(track->payloadType, 96);
  EXPECT_EQ(track->clockRate, 90000U);
  EXPECT_EQ(formatParameter(track->parameters, "profile-level-id"), "4D4016");
  EXPECT_EQ(toHex(track->sps), kSpsHex);
  EXPECT_EQ(toHex(track->pps), kPpsHex);
}

TEST(Sdp, NeedsNoneOfTheLinesCamerasForget) {
  // Neither v, o, s nor t; a bare connection line; attributes before rtpmap; bare line feeds.
  const auto track = choose(
      "c=IN\nt=now-\ns=\ns=again\nm=video 0 RTP/AVP 98 \na=control:track1\n"
      "a=fmtp:98 packetization-mode=1\na=rtpmap:98 h264/90000 \n");
  ASSERT_TRUE(track);
  EXPECT_EQ(track->control, "track1");
  EXPECT_EQ(track->payloadType, 98);
}

TEST(Sdp, PassesOverMediaItDoesNotKnow) {
  const auto track = choose(
      "v=0\nm=application/TP-LINK 0 RTP/AVP smart/1/90000\na=rtpmap:95 TP-LINK/90000\n"
      "m=vana 0 RTP/AVP 97\nm=audio 0 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
      "m=video 0 RTP/AVP 97\na=rtpmap:97 H264/90000\na=control:v\n");
  ASSERT_TRUE(track);
  EXPECT_EQ(track->control, "v");
}

TEST(Sdp, IgnoresParametersOfOtherPayloadTypesAndWithoutValue) {
  const auto track = choose(
      "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96\na=fmtp:97 packetization-mode=0\n"
      "a=fmtp:96 packetization-mode;packetization-mode=1; sprop-parameter-sets = " +
      std::string(kSps) + " , " + kPps + " ;\na=fmtp:96 packetization-mode=2\n");
  ASSERT_TRUE(track);
  EXPECT_EQ(formatParameter(track->parameters, "packetization-mode"), "1");
  EXPECT_EQ(toHex(track->sps), kSpsHex);
  EXPECT_EQ(toHex(track->pps), kPpsHex);
}

TEST(Sdp, WaitsForInBandParametersWhereSpropIsMissingOrBroken) {
  for (const char* sprop : {"", "sprop-parameter-sets=", "sprop-parameter-sets=,,",
                            "sprop-parameter-sets=!!!,???", "sprop-parameter-sets=AAAA"}) {
    const auto track = choose(std::string("m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n") +
                              "a=fmtp:96 packetization-mode=1;" + sprop + "\n");
    ASSERT_TRUE(track) << sprop;
    EXPECT_TRUE(track->sps.empty()) << sprop;
    EXPECT_TRUE(track->pps.empty()) << sprop;
  }
}

TEST(Sdp, TakesSpropInAnnexB) {
  const Bytes annexB = fromHex(std::string("00000001") + kSpsHex + "00000001" + kPpsHex);
  const Bytes later = fromHex(std::string(kSpsHex) + "00000001" + kPpsHex);
  for (const Bytes& blob : {annexB, later}) {
    const auto track = choose(
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        "a=fmtp:96 sprop-parameter-sets=" +
        toBase64(blob) + "\n");
    ASSERT_TRUE(track);
    EXPECT_TRUE(toHex(track->sps).starts_with(kSpsHex));
    EXPECT_EQ(toHex(track->pps), kPpsHex);
  }
}

TEST(Sdp, KnowsH264WithoutRtpmapByItsParameters) {
  EXPECT_TRUE(choose("m=video 0 RTP/AVP 96\na=fmtp:96 packetization-mode=1\n"));
  EXPECT_FALSE(choose("m=video 0 RTP/AVP 96\na=fmtp:96 x=1\n"));
}

TEST(Sdp, TellsWhatIsOffered) {
  const auto sdp = parseSdp(
      "m=video 0 RTP/AVP 96 26\na=rtpmap:96 H265/90000\nm=audio 0 RTP/AVP 0 8 104\n"
      "a=rtpmap:104 mpeg4-generic/16000\nm=video 0 RTP/AVP 99\nm=audio 0 RTP/AVP 11\n"
      "a=sendonly\n");
  ASSERT_TRUE(sdp);
  EXPECT_EQ(describeOffers(*sdp),
            "video H265 JPEG, audio PCMU PCMA mpeg4-generic, video payload type 99, "
            "audio L16 (backchannel)");
}

TEST(Sdp, ShowsNoControlCharactersOfTheServer) {
  const auto sdp = parseSdp("m=vi\x1B[2Jdeo 0 RTP/AVP 96\na=rtpmap:96 H\x07x/1\n");
  ASSERT_TRUE(sdp);
  EXPECT_EQ(describeOffers(*sdp), "vi?[2Jdeo H?x");
}

TEST(Sdp, IsRefusedWithoutAMediaLine) {
  EXPECT_FALSE(parseSdp(""));
  EXPECT_FALSE(parseSdp("<html>not found</html>"));
  EXPECT_FALSE(parseSdp("v=0\r\na=control:*\r\n"));
}

TEST(Sdp, HoldsABoundedNumberOfMediaAndFormats) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "m=audio 0 RTP/AVP 0\n";
  EXPECT_LE(parseSdp(text)->media.size(), 64U);
  text = "m=audio 0 RTP/AVP";
  for (int i = 0; i < 5000; ++i) text += " 96";
  EXPECT_LE(parseSdp(text)->media[0].formats.size(), 32U);
}

}  // namespace
}  // namespace flux::rtsp
