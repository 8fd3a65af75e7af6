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

TEST(Url, KnowsTlsAndTunnelsByTheirScheme) {
  using Scheme = Url::Scheme;
  const Url secure = parseUrl("rtsps://u:p@cam/live");
  EXPECT_EQ(secure.scheme, Scheme::kRtsps);
  EXPECT_EQ(secure.port, 322);
  EXPECT_EQ(secure.text, "rtsps://cam/live");
  EXPECT_TRUE(secure.isEncrypted());
  const Url tunnel = parseUrl("RTSP+HTTP://cam/live");
  EXPECT_EQ(tunnel.scheme, Scheme::kHttp);
  EXPECT_EQ(tunnel.port, 80);
  EXPECT_EQ(tunnel.text, "rtsp://cam/live");
  EXPECT_FALSE(tunnel.isEncrypted());
  const Url both = parseUrl("rtsp+https://cam:8443/live");
  EXPECT_EQ(both.scheme, Scheme::kHttps);
  EXPECT_EQ(both.port, 8443);
  EXPECT_TRUE(both.isEncrypted());
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
  const auto join = [](const char* base, const char* control) {
    return resolveControl(base, control);
  };
  EXPECT_EQ(join("rtsp://h/a", "*"), "rtsp://h/a");
  EXPECT_EQ(join("rtsp://h/a/", ""), "rtsp://h/a/");
  EXPECT_EQ(join("rtsp://h/a", "trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a/", "trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a", "/trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a/", "/trackID=1"), "rtsp://h/a/trackID=1");
  EXPECT_EQ(join("rtsp://h/a?c=1", "track1"), "rtsp://h/a?c=1/track1");
  EXPECT_EQ(join("rtsp://h/a", " rtsp://other/b "), "rtsp://other/b");
  EXPECT_EQ(join("rtsp://h/a", "rtsp://rtsp://h/a/track1"), "rtsp://h/a/track1");
  EXPECT_EQ(join("rtsps://h/a", "rtsps://h/b"), "rtsps://h/b");
  EXPECT_EQ(join("rtsps://h/a", "b"), "rtsps://h/a/b");
}

// The examples of RFC 3986 §5.4 that have no scheme of their own.
TEST(ControlUrl, IsResolvedAsRfc3986WhereItsPolicySaysSo) {
  const std::pair<const char*, const char*> examples[] = {
      {"g", "rtsp://a/b/c/g"},
      {"./g", "rtsp://a/b/c/g"},
      {"g/", "rtsp://a/b/c/g/"},
      {"/g", "rtsp://a/g"},
      {"//g", "rtsp://g"},
      {"?y", "rtsp://a/b/c/d;p?y"},
      {"g?y", "rtsp://a/b/c/g?y"},
      {";x", "rtsp://a/b/c/;x"},
      {"g;x=1", "rtsp://a/b/c/g;x=1"},
      {".", "rtsp://a/b/c/"},
      {"./", "rtsp://a/b/c/"},
      {"..", "rtsp://a/b/"},
      {"../g", "rtsp://a/b/g"},
      {"../..", "rtsp://a/"},
      {"../../g", "rtsp://a/g"},
      {"../../../../g", "rtsp://a/g"},
      {"/./g", "rtsp://a/g"},
      {"/../g", "rtsp://a/g"},
      {"g.", "rtsp://a/b/c/g."},
      {"..g", "rtsp://a/b/c/..g"},
      {"./../g", "rtsp://a/b/g"},
      {"./g/.", "rtsp://a/b/c/g/"},
      {"g/../h", "rtsp://a/b/c/h"},
      {"g?y/../x", "rtsp://a/b/c/g?y/../x"},
  };
  for (const auto& [control, expected] : examples) {
    EXPECT_EQ(resolveControl("rtsp://a/b/c/d;p?q", control, Policies::Control::kRfc3986), expected);
  }
  EXPECT_EQ(resolveControl("rtsp://a", "g", Policies::Control::kRfc3986), "rtsp://a/g");
  EXPECT_EQ(resolveControl("rtsp://a/b", "*", Policies::Control::kRfc3986), "rtsp://a/b");
}

}  // namespace
}  // namespace flux::rtsp
