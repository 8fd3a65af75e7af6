// Name look-up beside the event loop.
#include "rtsp/resolver.h"

#include <gtest/gtest.h>

#include <future>

namespace flux::rtsp {
namespace {

TEST(Lookup, FindsLocalhostWithoutBlockingTheLoop) {
  EventLoop loop("test-loop");
  std::unique_ptr<Lookup> lookup;
  std::promise<std::vector<SocketAddress>> found;
  loop.runAndWait([&] {
    lookup = std::make_unique<Lookup>(
        loop, "localhost", 554,
        [&](std::vector<SocketAddress> addresses, std::optional<Error> error) {
          EXPECT_FALSE(error);
          EXPECT_TRUE(loop.isOnLoopThread());
          found.set_value(std::move(addresses));
        });
  });
  const auto addresses = found.get_future().get();
  ASSERT_FALSE(addresses.empty());
  EXPECT_NE(addresses[0].toString().find(":554"), std::string::npos);
  loop.runAndWait([&] { lookup.reset(); });
}

TEST(Lookup, TellsANameThatDoesNotExist) {
  EventLoop loop("test-loop");
  std::unique_ptr<Lookup> lookup;
  std::promise<std::string> failed;
  loop.runAndWait([&] {
    // A label longer than 63 characters: refused without asking any server.
    lookup = std::make_unique<Lookup>(loop, std::string(70, 'x') + ".invalid", 554,
                                      [&](std::vector<SocketAddress>, std::optional<Error> error) {
                                        failed.set_value(error ? error->code() : "");
                                      });
  });
  EXPECT_EQ(failed.get_future().get(), "ERR_HOST_NOT_FOUND");
  loop.runAndWait([&] { lookup.reset(); });
}

TEST(Lookup, ForgetsItsResultWhereItGoesFirst) {
  for (int i = 0; i < 50; ++i) {
    EventLoop loop("test-loop");
    loop.runAndWait([&] {
      const Lookup lookup(loop, "localhost", 554,
                          [](std::vector<SocketAddress>, std::optional<Error>) { ADD_FAILURE(); });
    });
  }
}

}  // namespace
}  // namespace flux::rtsp
