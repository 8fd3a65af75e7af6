// Messages and frames out of a byte stream, however it is cut and whatever lies between them.
#include <gtest/gtest.h>

#include <algorithm>

#include "rtsp/message.h"

namespace flux::rtsp {
namespace {

/// Everything a parser finds, as text.
class Feed final {
 public:
  void operator()(std::string_view bytes, size_t step = std::string_view::npos) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, step);
      const auto room = parser_.space(part.size());
      ASSERT_GE(room.size(), part.size());
      std::copy(part.begin(), part.end(), room.begin());
      parser_.fed(part.size());
      bytes.remove_prefix(part.size());
      drain();
    }
  }
  [[nodiscard]] const std::vector<std::string>& items() const { return items_; }
  [[nodiscard]] const StreamParser& parser() const { return parser_; }
  [[nodiscard]] bool broken() const {
    return !items_.empty() && items_.back().starts_with("broken");
  }

 private:
  void drain() {
    for (;;) {
      const StreamParser::Item item = parser_.next();
      if (std::holds_alternative<StreamParser::NeedMore>(item)) return;
      if (const auto* broken = std::get_if<StreamParser::Broken>(&item)) {
        items_.push_back("broken: " + broken->why);
        return;
      }
      if (const auto* frame = std::get_if<InterleavedFrame>(&item)) {
        items_.push_back("frame " + std::to_string(frame->channel) + " " + toHex(frame->payload));
      } else if (const auto* request = std::get_if<Request>(&item)) {
        items_.push_back(request->method + " " + request->url + text(request->headers) + " [" +
                         request->body + "]");
      } else {
        const auto& response = std::get<Response>(item);
        items_.push_back(std::to_string(response.status) + " " + response.reason +
                         text(response.headers) + " [" + response.body + "]");
      }
    }
  }
  static std::string text(const Headers& headers) {
    std::string out;
    for (const auto& [name, value] : headers.fields()) out += " " + name + "=" + value;
    return out;
  }

  StreamParser parser_;
  std::vector<std::string> items_;
};

std::string frame(uint8_t channel, std::string_view payload) {
  std::string out = {'$', static_cast<char>(channel), static_cast<char>(payload.size() >> 8),
                     static_cast<char>(payload.size() & 0xFF)};
  return out.append(payload);
}

const std::string kRtp("\x80\x60\x00\x01", 4);

std::string mixedStream() {
  return "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\n$dp\n" + frame(0, kRtp) +
         frame(1, "") + "\r\nOPTIONS rtsp://h/a RTSP/1.0\r\ncseq : 2 \r\n\r\n" +
         frame(200, std::string(300, 'R')) + "RTSP/1.0 404\nX:y\n\n";
}

const std::vector<std::string> kMixedItems = {
    "200 OK CSeq=1 Content-Length=4 [$dp\n]",
    "frame 0 80600001",
    "frame 1 ",
    "OPTIONS rtsp://h/a cseq=2 []",
    "frame 200 " + toHex(asBytes(std::string(300, 'R'))),
    "404  X=y []",
};

TEST(StreamParser, FindsTheSameHoweverTheBytesAreCut) {
  for (const size_t step : {1, 2, 3, 5, 7, 64, 1000000}) {
    Feed feed;
    feed(mixedStream(), step);
    EXPECT_EQ(feed.items(), kMixedItems) << step;
    EXPECT_EQ(feed.parser().junkBytes(), 0U);
  }
}

TEST(StreamParser, FindsTheSameWhereverOneCutFalls) {
  const std::string stream = mixedStream();
  for (size_t cut = 1; cut < stream.size(); ++cut) {
    Feed feed;
    feed(stream.substr(0, cut));
    feed(stream.substr(cut));
    EXPECT_EQ(feed.items(), kMixedItems) << cut;
  }
}

TEST(StreamParser, JoinsContinuedHeaderLinesAndPassesOverLinesWithoutColon) {
  Feed feed;
  feed("RTSP/1.0 200 OK\r\nPublic: OPTIONS,\r\n\t PLAY\r\nnonsense\r\nA: b:c\r\n\r\n");
  EXPECT_EQ(feed.items(), (std::vector<std::string>{"200 OK Public=OPTIONS, PLAY A=b:c []"}));
}

TEST(StreamParser, SkipsJunkBetweenFrames) {
  for (const std::string junk :
       {"\x01\x02\x03", "HTTP/1.1 200 OK\r\n", "RTSP nonsense\n", "$\xFF\xFF\xFFzz"}) {
    Feed feed;
    feed(frame(0, kRtp));
    // A '$' right behind a frame is believed, so junk here begins with another byte.
    feed("!" + junk + frame(0, kRtp) + frame(2, kRtp), 1);
    EXPECT_EQ(feed.items(), (std::vector<std::string>{"frame 0 80600001", "frame 0 80600001",
                                                      "frame 2 80600001"}))
        << junk;
    EXPECT_GT(feed.parser().junkBytes(), 0U);
  }
}

TEST(StreamParser, FindsAReplyBehindJunk) {
  Feed feed;
  feed("\xFF\xFE garbage \x80 RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n");
  EXPECT_EQ(feed.items(), (std::vector<std::string>{"200 OK CSeq=1 []"}));
}

TEST(StreamParser, GivesUpAfter64KiBOfJunkAndStaysBroken) {
  Feed feed;
  feed(std::string(65536, 'z'));
  EXPECT_FALSE(feed.broken());
  feed("zz");
  EXPECT_TRUE(feed.broken());
  const size_t count = feed.items().size();
  feed("RTSP/1.0 200 OK\r\n\r\n");
  EXPECT_EQ(feed.items().size(), count + 1);
  EXPECT_TRUE(feed.broken());
}

TEST(StreamParser, CountsJunkAnewAfterEachItem) {
  Feed feed;
  for (int i = 0; i < 4; ++i) feed(std::string(60000, 'z') + frame(0, kRtp));
  EXPECT_EQ(feed.items().size(), 4U);
  EXPECT_EQ(feed.parser().junkBytes(), 240000U);
}

TEST(StreamParser, GivesUpOnBlankLinesWithoutEnd) {
  Feed feed;
  feed(std::string(70000, '\n'));
  EXPECT_TRUE(feed.broken());
}

TEST(StreamParser, RefusesMoreThan16KiBOfHeaders) {
  Feed feed;
  feed("RTSP/1.0 200 OK\r\nX: " + std::string(17000, 'a'), 1000);
  EXPECT_TRUE(feed.broken());
}

TEST(StreamParser, RefusesABodyThatIsTooLongOrOfNoKnownLength) {
  for (const char* length : {"65537", "-1", "abc", "99999999999999999999", ""}) {
    Feed feed;
    feed(std::string("RTSP/1.0 200 OK\r\nContent-Length: ") + length + "\r\n\r\n");
    EXPECT_TRUE(feed.broken()) << length;
  }
  Feed feed;
  feed("RTSP/1.0 200 OK\r\nContent-Length: 65536\r\n\r\n" + std::string(65536, 'b'));
  ASSERT_EQ(feed.items().size(), 1U);
  EXPECT_FALSE(feed.broken());
}

TEST(StreamParser, TakesFramesOfEverySize) {
  Feed feed;
  feed(frame(0, std::string(65535, 'x')), 4096);
  ASSERT_EQ(feed.items().size(), 1U);
  EXPECT_EQ(feed.items()[0].size(), 8 + 2 * 65535U);
}

}  // namespace
}  // namespace flux::rtsp
