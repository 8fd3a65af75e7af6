#include "rtsp/http_tunnel.h"

#include <gtest/gtest.h>

#include "rtsp/tcp_channel.h"
#include "scripted_server.h"

namespace flux::rtsp {
namespace {

using test::ChannelProbe;
using test::Peer;
using test::ScriptedServer;

const char* const kAnswer =
    "HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\nCache-Control: no-cache\r\n"
    "\r\n";

ChannelProbe::Make client(const std::string& login = "", const std::string& password = "",
                          const char* path = "/live?channel=1") {
  return [=](EventLoop& loop) {
    Url url;
    url.scheme = Url::Scheme::kHttp;
    url.host = "camera.local";
    url.text = std::string("rtsp://camera.local:8080") + path;
    return std::make_shared<HttpTunnel>(
        loop, [&loop] { return std::make_shared<TcpChannel>(loop); }, url,
        std::make_shared<Authenticator>(login, password), "test");
  };
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string header(const std::string& head, const std::string& name) {
  const auto block = std::string_view(head).substr(head.find('\n') + 1);
  return std::string(parseHeaders(block).get(name).value_or("(none)"));
}

std::string decode(const std::string& text) {
  Bytes out;
  EXPECT_TRUE(fromBase64(text, out)) << text;
  return std::string(asText(out));
}

std::string encoded(const std::string& text) {
  return toBase64(asBytes(text));
}

TEST(HttpTunnel, JoinsAGetAndAPostToOneStream) {
  std::string get;
  std::string post;
  std::string said;
  {
    const ScriptedServer server([&](ScriptedServer& self) {
      Peer down = self.accept();
      get = down.readUntil("\r\n\r\n");
      down.send(kAnswer);
      Peer up = self.accept();
      post = up.readUntil("\r\n\r\n");
      said = decode(up.read(encoded("OPTIONS").size()));
      down.send("$\x01\x02raw");
    });
    ChannelProbe probe(client(), server.address());
    ASSERT_TRUE(probe.waitForOpen()) << probe.what();
    probe.write("OPTIONS");
    EXPECT_EQ(probe.waitForBytes(6), "$\x01\x02raw");
    EXPECT_TRUE(probe.waitForEnd());
  }
  EXPECT_EQ(said, "OPTIONS");
  EXPECT_TRUE(get.starts_with("GET /live?channel=1 HTTP/1.0\r\n")) << get;
  EXPECT_EQ(header(get, "Host"), "camera.local:8080");
  EXPECT_EQ(header(get, "Accept"), "application/x-rtsp-tunnelled");
  EXPECT_EQ(header(get, "Authorization"), "(none)");
  EXPECT_TRUE(post.starts_with("POST /live?channel=1 HTTP/1.0\r\n")) << post;
  EXPECT_EQ(header(post, "Content-Type"), "application/x-rtsp-tunnelled");
  EXPECT_EQ(header(post, "Content-Length"), "32767");
  EXPECT_EQ(header(get, "x-sessioncookie").size(), 22U);
  EXPECT_EQ(header(post, "x-sessioncookie"), header(get, "x-sessioncookie"));
}

TEST(HttpTunnel, AsksForTheRootWhereTheUrlHasNoPath) {
  std::string get;
  {
    const ScriptedServer server(
        [&](ScriptedServer& self) { get = self.accept().readUntil("\r\n\r\n"); });
    ChannelProbe probe(client("", "", ""), server.address());
    EXPECT_EQ(probe.waitForFailure(), "ERR_RTSP_CLOSED");
  }
  EXPECT_TRUE(get.starts_with("GET / HTTP/1.0\r\n")) << get;
}

TEST(HttpTunnel, TakesAnAnswerThatComesInPiecesAndMediaThatComesWithIt) {
  const ScriptedServer server([](ScriptedServer& self) {
    Peer down = self.accept();
    down.readUntil("\r\n\r\n");
    for (const char c : std::string_view(kAnswer)) down.send({&c, 1});
    down.send("early");
    Peer up = self.accept();
    up.readUntil("\r\n\r\n");
    up.read(1);
    down.send("late");
  });
  ChannelProbe probe(client(), server.address());
  EXPECT_EQ(probe.waitForBytes(5), "early");
  probe.write("x");
  EXPECT_EQ(probe.waitForBytes(9), "earlylate");
}

TEST(HttpTunnel, LogsInToTheWebServerAndSignsThePostFromTheStart) {
  std::vector<std::string> heads;
  {
    const ScriptedServer server([&](ScriptedServer& self) {
      {
        Peer refused = self.accept();
        heads.push_back(refused.readUntil("\r\n\r\n"));
        refused.send(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"cam\", "
            "nonce=\"n1\"\r\nContent-Length: 0\r\n\r\n");
      }
      Peer down = self.accept();
      heads.push_back(down.readUntil("\r\n\r\n"));
      down.send(kAnswer);
      Peer up = self.accept();
      heads.push_back(up.readUntil("\r\n\r\n"));
      up.read(4);
      down.send("ok");
    });
    ChannelProbe probe(client("admin", "secret"), server.address());
    ASSERT_TRUE(probe.waitForOpen()) << probe.what();
    probe.write("abc");
    EXPECT_EQ(probe.waitForBytes(2), "ok");
  }
  ASSERT_EQ(heads.size(), 3U);
  EXPECT_EQ(header(heads[0], "Authorization"), "(none)");
  const std::vector<Challenge> offered = parseChallenges("Digest realm=\"cam\", nonce=\"n1\"");
  EXPECT_TRUE(
      verifyAuthorization(header(heads[1], "Authorization"), offered, "admin", "secret", "GET"));
  EXPECT_TRUE(
      verifyAuthorization(header(heads[2], "Authorization"), offered, "admin", "secret", "POST"));
  EXPECT_TRUE(contains(heads[2], "uri=\"/live?channel=1\"")) << heads[2];
}

TEST(HttpTunnel, RepeatsWhatAPostBroughtThatWasRefused) {
  std::string said;
  {
    const ScriptedServer server([&](ScriptedServer& self) {
      Peer down = self.accept();
      down.readUntil("\r\n\r\n");
      down.send(kAnswer);
      {
        Peer refused = self.accept();
        refused.readUntil("\r\n\r\n");
        refused.read(encoded("OPTIONS").size());
        refused.send("HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n");
        refused.readToEnd();
      }
      Peer up = self.accept();
      EXPECT_EQ(header(up.readUntil("\r\n\r\n"), "Authorization"), "Basic YTpi");
      said = decode(up.read(encoded("OPTIONS").size()));
      down.send("heard");
    });
    ChannelProbe probe(client("a", "b"), server.address());
    ASSERT_TRUE(probe.waitForOpen());
    probe.write("OPTIONS");
    EXPECT_EQ(probe.waitForBytes(5), "heard");
  }
  EXPECT_EQ(said, "OPTIONS");
}

TEST(HttpTunnel, OpensANewPostWhereTheServerEndedTheOldOne) {
  std::string said;
  {
    const ScriptedServer server([&](ScriptedServer& self) {
      Peer down = self.accept();
      const std::string cookie = header(down.readUntil("\r\n\r\n"), "x-sessioncookie");
      down.send(kAnswer);
      {
        Peer up = self.accept();
        up.readUntil("\r\n\r\n");
        up.read(encoded("one").size());
        up.send("HTTP/1.0 200 OK\r\n\r\n");
        down.send("1");
      }
      Peer up = self.accept();
      EXPECT_EQ(header(up.readUntil("\r\n\r\n"), "x-sessioncookie"), cookie);
      said = decode(up.read(encoded("two").size()));
      down.send("2");
    });
    ChannelProbe probe(client(), server.address());
    ASSERT_TRUE(probe.waitForOpen());
    probe.write("one");
    EXPECT_EQ(probe.waitForBytes(1), "1");
    // The end of the old POST comes on a connection of its own; only then a new one is due.
    size_t connections = 2;
    while (connections != 1) {
      probe.withChannel([&](Channel& channel) {
        connections = dynamic_cast<HttpTunnel&>(channel).connections();
      });
    }
    probe.write("two");
    EXPECT_EQ(probe.waitForBytes(2), "12");
  }
  EXPECT_EQ(said, "two");
}

TEST(HttpTunnel, FailsWhereTheServerEndsThePostBeforeItAnswersAnything) {
  const ScriptedServer server([](ScriptedServer& self) {
    Peer down = self.accept();
    down.readUntil("\r\n\r\n");
    down.send(kAnswer);
    self.accept().readUntil("\r\n\r\n");
    down.readToEnd();
  });
  ChannelProbe probe(client(), server.address());
  EXPECT_EQ(probe.waitForFailure(), "ERR_RTSP_CLOSED");
  EXPECT_TRUE(contains(probe.what(), "POST")) << probe.what();
}

struct Refusal {
  const char* answer;
  const char* code;
  const char* part;
};

class HttpTunnelRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(HttpTunnelRefusal, HasATypedError) {
  const ScriptedServer server([](ScriptedServer& self) {
    Peer down = self.accept();
    down.readUntil("\r\n\r\n");
    down.send(GetParam().answer);
    down.readToEnd();
  });
  ChannelProbe probe(client(), server.address());
  EXPECT_EQ(probe.waitForFailure(), GetParam().code);
  EXPECT_TRUE(contains(probe.what(), GetParam().part)) << probe.what();
}

const std::string kEndlessHead =
    "HTTP/1.0 200 OK\r\n" + std::string(20000, 'h');  // a header that never ends

INSTANTIATE_TEST_SUITE_P(
    Answers, HttpTunnelRefusal,
    testing::Values(
        Refusal{"HTTP/1.1 404 Not Found\r\n\r\n", "ERR_RTSP_NOT_FOUND", "check the path"},
        Refusal{"HTTP/1.1 503 Busy\r\n\r\n", "ERR_RTSP_STATUS", "503 Busy"},
        Refusal{"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", "ERR_RTSP_STATUS", "302 Found"},
        Refusal{"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n",
                "ERR_RTSP_UNAUTHORIZED", "give a user name"},
        Refusal{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "ERR_RTSP_UNSUPPORTED",
                "text/html"},
        Refusal{"RTSP/1.0 405 Method Not Allowed\r\n\r\n", "ERR_RTSP_PROTOCOL", "not HTTP"},
        Refusal{"HTTP/1.1 twohundred\r\n\r\n", "ERR_RTSP_PROTOCOL", "no status"},
        Refusal{kEndlessHead.c_str(), "ERR_RTSP_PROTOCOL", "16 KiB"}));

TEST(HttpTunnel, TellsWhatItWaitsFor) {
  const ScriptedServer server([](ScriptedServer& self) {
    Peer down = self.accept();
    down.readUntil("\r\n\r\n");
    down.readToEnd();
  });
  ChannelProbe probe(client(), server.address());
  std::string awaited;
  while (!contains(awaited, "GET")) {
    probe.withChannel([&](Channel& channel) { awaited = channel.awaited(); });
  }
  EXPECT_EQ(awaited, "the answer to the HTTP tunnel's GET");
}

TEST(ParseHttpReply, FindsTheSameHoweverMuchIsThere) {
  const std::string text = "HTTP/1.1 200 Very OK\r\nServer: x\r\n\r\nrest";
  for (size_t length = 0; length + 4 < text.size(); ++length) {
    EXPECT_FALSE(parseHttpReply(text.substr(0, length)).has_value()) << length;
  }
  const auto reply = parseHttpReply(text);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->response.status, 200);
  EXPECT_EQ(reply->response.reason, "Very OK");
  EXPECT_EQ(reply->response.headers.get("server"), "x");
  EXPECT_EQ(text.substr(reply->length), "rest");
}

}  // namespace
}  // namespace flux::rtsp
