// Header look-up and the text form of messages.
#include "rtsp/message.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

TEST(Headers, AreFoundWhateverTheirCase) {
  Headers headers;
  headers.add("CSeq", "1");
  headers.add("WWW-Authenticate", "Basic");
  headers.add("www-authenticate", "Digest");
  EXPECT_EQ(headers.get("cseq"), "1");
  EXPECT_EQ(headers.get("Session"), std::nullopt);
  EXPECT_EQ(headers.getAll("WWW-AUTHENTICATE"), (std::vector<std::string_view>{"Basic", "Digest"}));
}

TEST(Message, RequestIsWrittenWithItsLength) {
  Request request{"SET_PARAMETER", "rtsp://h/a", {}, "x: 1\r\n"};
  request.headers.add("CSeq", "4");
  EXPECT_EQ(serialize(request),
            "SET_PARAMETER rtsp://h/a RTSP/1.0\r\nCSeq: 4\r\nContent-Length: 6\r\n\r\nx: 1\r\n");
}

TEST(Message, ResponseWithoutBodyHasNoLength) {
  EXPECT_EQ(serialize(Response{454, "Session Not Found", {}, ""}),
            "RTSP/1.0 454 Session Not Found\r\n\r\n");
}

TEST(Message, AValueCannotBeginAHeaderOfItsOwn) {
  Request request{"DESCRIBE", "rtsp://h/a\r\nEvil: 1", {}, ""};
  request.headers.add("Session", std::string("1\r\nEvil: 2\r\n\r\n\0", 15));
  EXPECT_EQ(serialize(request), "DESCRIBE rtsp://h/aEvil: 1 RTSP/1.0\r\nSession: 1Evil: 2\r\n\r\n");
}

}  // namespace
}  // namespace flux::rtsp
