#include "base/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

#include "base/strand.h"

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

TEST(WorkerPool, GivesWayToOtherThreadsWhereItIsTold) {
  const auto nicenessOf = [](WorkerPool& pool) {
    std::promise<int> niceness;
    pool.submit(
        [&] { niceness.set_value(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))); });
    return niceness.get_future().get();
  };
  const int own = getpriority(PRIO_PROCESS, 0);
  WorkerPool plain("test-", 1, 1);
  WorkerPool yielding("test-", 1, 1, 19);
  EXPECT_EQ(nicenessOf(plain), own);
  EXPECT_EQ(nicenessOf(yielding), 19);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), own);
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

TEST(WorkerPool, RefusesNoStrandAndLetsItGoFirst) {
  std::promise<void> gate;
  auto open = gate.get_future().share();
  std::mutex mutex;
  std::vector<std::string> order;
  std::promise<void> all;
  const auto note = [&](const char* what) {
    const std::lock_guard lock(mutex);
    order.emplace_back(what);
    if (order.size() == 4) all.set_value();
  };
  WorkerPool pool("test-", 1, 1);
  std::promise<void> started;
  ASSERT_TRUE(pool.submit([&started, open] {
    started.set_value();
    open.wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.submit([&] { note("job"); }));
  EXPECT_FALSE(pool.submit([] {}));
  for (int i = 0; i < 3; ++i) pool.submitPrompt([&] { note("strand"); });
  gate.set_value();
  all.get_future().wait();
  EXPECT_EQ(order, (std::vector<std::string>{"strand", "strand", "strand", "job"}));
}

TEST(WorkerPool, AJobGetsItsTurnHoweverManyStrandsWait) {
  WorkerPool pool("test-", 1, 10);
  std::atomic<bool> stop{false};
  std::promise<void> ran;
  const auto strand = Strand::make(pool, [&] { return !stop; });
  strand->wake();
  ASSERT_TRUE(pool.submit([&] { ran.set_value(); }));
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  stop = true;
  strand->close();
}

TEST(Strand, RunsOnceForManyWakesAndNeverTwiceAtOnce) {
  WorkerPool pool("test-", 4, 10);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> work{0};
  std::promise<void> done;
  const auto strand = Strand::make(pool, [&] {
    if (const int now = ++inside; now > most) most = now;
    const bool more = work > 0 && --work > 0;
    --inside;
    if (!more && work == 0) {
      static std::once_flag once;
      std::call_once(once, [&] { done.set_value(); });
    }
    return more;
  });
  work = 1000;
  for (int i = 0; i < 100; ++i) strand->wake();
  done.get_future().wait();
  strand->close();
  EXPECT_EQ(most, 1);
}

TEST(Strand, IsNotCalledAfterItsEnd) {
  WorkerPool pool("test-", 2, 10);
  for (int round = 0; round < 50; ++round) {
    std::atomic<bool> closed{false};
    std::atomic<int> late{0};
    const auto strand = Strand::make(pool, [&] {
      if (closed) ++late;
      return true;
    });
    strand->wake();
    strand->close();
    closed = true;
    strand->wake();
    EXPECT_EQ(late, 0);
  }
}

TEST(Strand, MayEndItself) {
  WorkerPool pool("test-", 2, 10);
  std::promise<void> over;
  std::atomic<int> calls{0};
  std::shared_ptr<Strand> strand;
  strand = Strand::make(pool, [&] {
    ++calls;
    strand->close();
    over.set_value();
    return true;
  });
  strand->wake();
  over.get_future().wait();
  strand->close();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace flux
