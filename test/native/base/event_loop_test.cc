#include "base/event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <future>

namespace flux {
namespace {

TEST(EventLoop, RunsPostedTasksInOrderOnItsOwnThread) {
  EventLoop loop("test-loop");
  std::vector<int> seen;
  for (int i = 0; i < 100; ++i) {
    loop.post([&, i] {
      EXPECT_TRUE(loop.isOnLoopThread());
      seen.push_back(i);
    });
  }
  loop.runAndWait([] {});
  ASSERT_EQ(seen.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
  EXPECT_FALSE(loop.isOnLoopThread());
}

TEST(EventLoop, FiresTimersByDueTimeAndNotTheCancelledOne) {
  EventLoop loop("test-loop");
  std::promise<std::vector<int>> done;
  auto order = std::make_shared<std::vector<int>>();
  loop.runAndWait([&] {
    loop.schedule(30000, [&, order] {
      order->push_back(3);
      done.set_value(*order);
    });
    loop.schedule(10000, [order] { order->push_back(1); });
    const auto cancelled = loop.schedule(15000, [order] { order->push_back(99); });
    loop.schedule(20000, [order] { order->push_back(2); });
    loop.cancel(cancelled);
  });
  EXPECT_EQ(done.get_future().get(), (std::vector<int>{1, 2, 3}));
}

TEST(EventLoop, FiresATimerThatFellDueWhileAnotherOneRan) {
  EventLoop loop("test-loop");
  std::promise<void> done;
  loop.runAndWait([&] {
    loop.schedule(1000, [] { ::usleep(20000); });
    loop.schedule(5000, [&] { done.set_value(); });
  });
  // Nothing else wakes the loop: a timeout computed into the past would leave it asleep.
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(EventLoop, TellsAWatcherThatItsDescriptorIsReadable) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EventLoop loop("test-loop", {5000, 5000});
  std::promise<char> got;
  loop.runAndWait([&] {
    loop.watch(ends[0], EventLoop::kReadable, [&](uint32_t events) {
      EXPECT_NE(events & EventLoop::kReadable, 0U);
      char c = 0;
      ASSERT_EQ(::read(ends[0], &c, 1), 1);
      loop.unwatch(ends[0]);  // inside its own handler
      got.set_value(c);
    });
  });
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_EQ(got.get_future().get(), 'x');
  loop.runAndWait([] {});
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(EventLoop, RefusesTasksAfterItsEndAndRunsNoneThen) {
  std::atomic<int> ran{0};
  {
    EventLoop loop("test-loop");
    loop.post([&] { ++ran; });
    loop.runAndWait([] {});
    loop.runAndWait([&] { loop.schedule(60000000, [&] { ++ran; }); });
  }
  EXPECT_EQ(ran, 1);
}

TEST(EventLoop, TakesPostsFromManyThreads) {
  EventLoop loop("test-loop", {1000, 1000});
  std::atomic<int> ran{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) loop.post([&] { ++ran; });
    });
  }
  for (auto& thread : threads) thread.join();
  loop.runAndWait([] {});
  EXPECT_EQ(ran, 2000);
}

}  // namespace
}  // namespace flux
