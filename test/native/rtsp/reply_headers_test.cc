// Session, Transport, RTP-Info and Public headers of real servers.
#include "rtsp/reply_headers.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

TEST(SessionHeader, HasNameAndTimeout) {
  EXPECT_EQ(parseSessionHeader("47112344").id, "47112344");
  EXPECT_FALSE(parseSessionHeader("47112344").timeoutSeconds);
  EXPECT_EQ(parseSessionHeader(" 4711 ; Timeout = 30 ").id, "4711");
  EXPECT_EQ(parseSessionHeader(" 4711 ; Timeout = 30 ").timeoutSeconds, 30);
}

TEST(SessionHeader, IgnoresATimeoutThatIsNone) {
  for (const char* value : {"1;timeout=0", "1;timeout=-5", "1;timeout=x", "1;timeout",
                            "1;timeout=99999999999", "1;;;"}) {
    EXPECT_FALSE(parseSessionHeader(value).timeoutSeconds) << value;
    EXPECT_EQ(parseSessionHeader(value).id, "1");
  }
}

using Lower = TransportHeader::Lower;

std::string channels(const char* value) {
  const auto parsed = parseTransport(value);
  if (parsed.lower != Lower::kTcp || !parsed.interleaved) return "none";
  return std::to_string(parsed.interleaved->rtp) + "-" + std::to_string(parsed.interleaved->rtcp);
}

TEST(TransportHeader, TellsTheChannelsTheServerChose) {
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=60D87C0D"), "0-1");
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast;interleaved=10-11"), "10-11");
  EXPECT_EQ(channels("RTP/AVP/TCP;ssrc= 1234;unicast;interleaved=2"), "2-3");
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast; Interleaved = 4-5 "), "4-5");
  EXPECT_EQ(channels("RTP/AVP;unicast;interleaved=0-1"), "0-1");
}

TEST(TransportHeader, SaysWhereItDoesNotTell) {
  EXPECT_EQ(parseTransport("").lower, Lower::kUnknown);
  EXPECT_FALSE(parseTransport("").malformed);
  EXPECT_EQ(parseTransport("RTP/AVP/TCP;unicast").lower, Lower::kTcp);
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast"), "none");
  for (const char* value : {"RTP/AVP/TCP;interleaved=x-y", "RTP/AVP/TCP;interleaved=300-301"}) {
    EXPECT_EQ(channels(value), "none") << value;
    EXPECT_TRUE(parseTransport(value).malformed) << value;
  }
}

TEST(TransportHeader, TellsPortsSourceAndSsrcOfUdp) {
  const auto udp = parseTransport(
      "RTP/AVP;unicast;client_port=5000-5001;server_port=6970-6971;source=192.0.2.7;ssrc=60d87C0D");
  EXPECT_EQ(udp.lower, Lower::kUdp);
  EXPECT_EQ(udp.clientPort->rtp, 5000);
  EXPECT_EQ(udp.clientPort->rtcp, 5001);
  EXPECT_EQ(udp.serverPort->rtp, 6970);
  EXPECT_EQ(udp.serverPort->rtcp, 6971);
  EXPECT_EQ(udp.source, "192.0.2.7");
  EXPECT_EQ(udp.ssrc, 0x60D87C0DU);
  EXPECT_FALSE(udp.malformed);
  EXPECT_EQ(parseTransport("RTP/AVP;unicast;server_port=6970").serverPort->rtcp, 6971);
  EXPECT_EQ(parseTransport("RTP/AVP/UDP;unicast").lower, Lower::kUdp);
  EXPECT_TRUE(parseTransport("RTP/AVP;multicast;destination=239.0.0.1;port=5000-5001").multicast);
}

TEST(TransportHeader, ToleratesBlanksAndAnyOrder) {
  for (const char* value : {"RTP/AVP/TCP;unicast;interleaved=0-1;ssrc= 60D87C0D",
                            "RTP/AVP/TCP;ssrc= 60D87C0D;unicast;interleaved=0-1",
                            "ssrc=60D87C0D;RTP/AVP/TCP;interleaved=0-1"}) {
    const auto transport = parseTransport(value);
    EXPECT_EQ(transport.ssrc, 0x60D87C0DU) << value;
    EXPECT_EQ(transport.interleaved, InterleavedChannels{}) << value;
    EXPECT_TRUE(transport.malformed) << value;
  }
  EXPECT_FALSE(parseTransport("RTP/AVP/TCP;ssrc=1;unicast;interleaved=0-1").malformed);
}

TEST(TransportHeader, KeepsNoValueThatCannotBe) {
  for (const char* value : {"RTP/AVP;server_port=99999-1", "RTP/AVP;server_port=",
                            "RTP/AVP;ssrc=12345678901", "RTP/AVP;ssrc=xyz"}) {
    const auto transport = parseTransport(value);
    EXPECT_FALSE(transport.serverPort) << value;
    EXPECT_FALSE(transport.ssrc) << value;
    EXPECT_TRUE(transport.malformed) << value;
  }
}

TEST(RtpInfoHeader, IsReadPerTrack) {
  const auto info =
      parseRtpInfo("url=rtsp://h/a/track1;seq=30211;rtptime=1270711036,url=track2;seq=7");
  ASSERT_EQ(info.entries.size(), 2U);
  EXPECT_EQ(info.entries[0].url, "rtsp://h/a/track1");
  EXPECT_EQ(info.entries[0].sequence, 30211);
  EXPECT_EQ(info.entries[0].rtpTime, 1270711036U);
  EXPECT_EQ(info.entries[1].sequence, 7);
  EXPECT_FALSE(info.malformed);
}

TEST(RtpInfoHeader, IsMalformedWithNumbersThatCannotBeAndTrailingSemicolons) {
  for (const char* value :
       {"url=rtsp://h/a/track1;seq=1;rtptime=-1", "url=rtsp://h/a/track1;seq=1;rtptime=4294967296",
        "url=rtsp://h/a/track1;seq=70000;rtptime=1", "url=rtsp://h/a/track1;seq=1;rtptime=1;",
        "seq=1;rtptime=1", ",url=x"}) {
    EXPECT_TRUE(parseRtpInfo(value).malformed) << value;
  }
  std::string endless;
  for (int i = 0; i < 1000; ++i) endless += "url=x,";
  EXPECT_EQ(parseRtpInfo(endless).entries.size(), 16U);
}

TEST(PublicHeader, ListsMethods) {
  EXPECT_TRUE(listsMethod("OPTIONS, DESCRIBE,get_parameter ,PLAY", "GET_PARAMETER"));
  EXPECT_FALSE(listsMethod("OPTIONS, SET_PARAMETER", "GET_PARAMETER"));
  EXPECT_FALSE(listsMethod("", "OPTIONS"));
}

}  // namespace
}  // namespace flux::rtsp
