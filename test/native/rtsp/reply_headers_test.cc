// Session, Transport and Public headers of real servers.
#include "rtsp/reply_headers.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

TEST(SessionHeader, HasATimeoutOf60SecondsByDefault) {
  EXPECT_EQ(parseSessionHeader("47112344").id, "47112344");
  EXPECT_EQ(parseSessionHeader("47112344").timeoutSeconds, 60);
  EXPECT_EQ(parseSessionHeader(" 4711 ; Timeout = 30 ").id, "4711");
  EXPECT_EQ(parseSessionHeader(" 4711 ; Timeout = 30 ").timeoutSeconds, 30);
}

TEST(SessionHeader, IgnoresATimeoutThatIsNone) {
  for (const char* value : {"1;timeout=0", "1;timeout=-5", "1;timeout=x", "1;timeout",
                            "1;timeout=99999999999", "1;;;"}) {
    EXPECT_EQ(parseSessionHeader(value).timeoutSeconds, 60) << value;
    EXPECT_EQ(parseSessionHeader(value).id, "1");
  }
}

std::string channels(const char* value) {
  const auto parsed = parseTransport(value);
  return parsed ? std::to_string(parsed->rtp) + "-" + std::to_string(parsed->rtcp) : "none";
}

TEST(TransportHeader, TellsTheChannelsTheServerChose) {
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=60D87C0D"), "0-1");
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast;interleaved=10-11"), "10-11");
  EXPECT_EQ(channels("RTP/AVP/TCP;ssrc= 1234;unicast;interleaved=2"), "2-3");
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast; Interleaved = 4-5 "), "4-5");
}

TEST(TransportHeader, FallsBackToWhatWasAskedFor) {
  EXPECT_EQ(channels(""), "0-1");
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast"), "0-1");
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast;interleaved=x-y"), "0-1");
  EXPECT_EQ(channels("RTP/AVP/TCP;unicast;interleaved=300-301"), "0-1");
}

TEST(TransportHeader, IsRefusedWhereItIsNotTcp) {
  EXPECT_EQ(channels("RTP/AVP;unicast;client_port=5000-5001"), "none");
  EXPECT_EQ(channels("RTP/AVP/UDP;unicast"), "none");
}

TEST(PublicHeader, ListsMethods) {
  EXPECT_TRUE(listsMethod("OPTIONS, DESCRIBE,get_parameter ,PLAY", "GET_PARAMETER"));
  EXPECT_FALSE(listsMethod("OPTIONS, SET_PARAMETER", "GET_PARAMETER"));
  EXPECT_FALSE(listsMethod("", "OPTIONS"));
}

}  // namespace
}  // namespace flux::rtsp
