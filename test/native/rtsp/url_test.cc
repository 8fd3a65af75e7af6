// Addresses as users and cameras write them.
#include "rtsp/url.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace flux::rtsp {
namespace {

TEST(Url, IsTakenApart) {
  const Url url = parseUrl("rtsp://admin:secret@192.0.2.7:8554/Streaming/Channels/101?a=b");
  EXPECT_EQ(url.username, "admin");
  EXPECT_EQ(url.password, "secret");
  EXPECT_EQ(url.host, "192.0.2.7");
  EXPECT_EQ(url.port, 8554);
  EXPECT_EQ(url.text, "rtsp://192.0.2.7:8554/Streaming/Channels/101?a=b");
}

TEST(Url, HasPort554AndNoCredentialsByDefault) {
  const Url url = parseUrl("RTSP://camera.local");
  EXPECT_EQ(url.username, "");
  EXPECT_EQ(url.host, "camera.local");
  EXPECT_EQ(url.port, 554);
  EXPECT_EQ(url.text, "rtsp://camera.local");
}

TEST(Url, DecodesEscapedCredentials) {
  const Url url = parseUrl("rtsp://us%40er:p%2Fa%3Aß%25@host/x");
  EXPECT_EQ(url.username, "us@er");
  EXPECT_EQ(url.password, "p/a:ß%");
}

TEST(Url, TakesAPasswordWithAnAtSignOrAPercentSign) {
  const Url url = parseUrl("rtsp://u:p@ss%zz%@host/x");
  EXPECT_EQ(url.password, "p@ss%zz%");
  EXPECT_EQ(url.host, "host");
}

TEST(Url, KnowsIPv6WithAndWithoutBrackets) {
  EXPECT_EQ(parseUrl("rtsp://[2001:db8::1]:8554/a").host, "2001:db8::1");
  EXPECT_EQ(parseUrl("rtsp://[2001:db8::1]:8554/a").port, 8554);
  EXPECT_EQ(parseUrl("rtsp://[2001:db8::1]:8554/a").text, "rtsp://[2001:db8::1]:8554/a");
  EXPECT_EQ(parseUrl("rtsp://::ffff:192.0.2.7/a").host, "::ffff:192.0.2.7");
  EXPECT_EQ(parseUrl("rtsp://::ffff:192.0.2.7/a").text, "rtsp://[::ffff:192.0.2.7]/a");
}

TEST(Url, IsRefusedWithoutRepeatingAPassword) {
  for (const char* text :
       {"http://u:hunter2@h/", "rtsp://u:hunter2@", "rtsp://u:hunter2/x@h/",
        "rtsp://u:hunter2@h:0/", "rtsp://u:hunter2@h:65536/", "rtsp://u:hunter2@h:/",
        "rtsp://u:hunter2@[::1/", "rtsp://u:hunter2@[::1]x/", "rtsp://u:hunter2@h/a b",
        "rtsp://u:hunter2@h/\r\nX: y", ""}) {
    try {
      parseUrl(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
      EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << text;
    }
  }
}

TEST(ControlUrl, IsJoinedAsServersExpect) {
  const auto join = resolveControl;
  EXPECT_EQ(join("rtsp://h/a", "*"), "rtsp://h/a");
  EXPECT_EQ(join("rtsp://h/a/", ""), "rtsp://h/a/");
  EXPECT_EQ(join("rtsp://h/a", "trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a/", "trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a", "/trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a/", "/trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a?c=1", "track1"), "rtsp://h/a?c=1/track1");
  EXPECT_EQ(join("rtsp://h/a", " rtsp://other/b "), "rtsp://other/b");
  EXPECT_EQ(join("rtsp://h/a", "rtsp://rtsp://h/a/track1"), "rtsp://h/a/track1");
}

}  // namespace
}  // namespace flux::rtsp
