#include "base/worker_pool.h"

#include <gtest/gtest.h>

#include <future>

namespace flux {
namespace {

TEST(WorkerPool, RunsEveryJobThatItTook) {
  std::atomic<int> ran{0};
  std::promise<void> all;
  WorkerPool pool("test-", 3, 1000);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(pool.submit([&] {
      if (++ran == 500) all.set_value();
    }));
  }
  all.get_future().wait();
  EXPECT_LE(pool.threads(), 3U);
}

TEST(WorkerPool, StartsNoThreadBeforeTheFirstJob) {
  const WorkerPool pool("test-", 3, 10);
  EXPECT_EQ(pool.threads(), 0U);
}

TEST(WorkerPool, RefusesAndCountsWhatDoesNotFitIntoItsQueue) {
  std::promise<void> gate;
  std::promise<void> started;
  WorkerPool pool("test-", 1, 2);
  auto open = gate.get_future().share();
  ASSERT_TRUE(pool.submit([&started, open] {
    started.set_value();
    open.wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {}));
  EXPECT_EQ(pool.waiting(), 2U);
  EXPECT_EQ(pool.rejected(), 1U);
  gate.set_value();
}

TEST(WorkerPool, WaitsForWhatRunsAndDropsWhatWaitsWhenItGoes) {
  std::atomic<int> ran{0};
  std::promise<void> started;
  {
    WorkerPool pool("test-", 1, 10);
    pool.submit([&] {
      started.set_value();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++ran;
    });
    started.get_future().wait();
    pool.submit([&] { ran += 100; });
  }
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace flux
