// Who lets go of the engine last, and on which thread.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>

namespace flux {
namespace {

/// Threads of this process that belong to an engine.
size_t engineThreads() {
  size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;  // gone meanwhile: empty
    if (name.starts_with("fv-")) ++count;
  }
  return count;
}

/// A thread names itself when it first runs, and is gone when it was joined.
bool becomes(const std::function<bool(size_t)>& expected) {
  for (int i = 0; i < 500; ++i) {
    if (expected(engineThreads())) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

bool allEnded() {
  return becomes([](size_t count) { return count == 0; });
}

/// Starts an engine, and lets the task that `post` places be the last that holds it.
void releaseBy(const std::function<void(Engine&, std::function<void()>)>& post) {
  auto engine = Engine::start(2, 2);
  std::promise<void> released;
  auto held = std::make_shared<std::shared_ptr<Engine>>(engine);
  post(*engine, [held, mine = released.get_future().share()] {
    mine.wait();
    held->reset();
  });
  held.reset();
  engine.reset();
  released.set_value();
}

TEST(Engine, EndsItsThreadsWithItsLastHolder) {
  auto engine = Engine::start(2, 2);
  EXPECT_TRUE(becomes([](size_t count) { return count == 5; }));
  engine.reset();
  EXPECT_TRUE(allEnded());
}

TEST(Engine, MayBeReleasedByATaskOnAnyOfItsThreads) {
  releaseBy([](Engine& engine, auto task) { engine.leaseNetworkLoop()->post(task); });
  EXPECT_TRUE(allEnded());
  releaseBy([](Engine& engine, auto task) { engine.leaseRecordingLoop()->post(task); });
  EXPECT_TRUE(allEnded());
  releaseBy([](Engine& engine, auto task) { engine.syncLoop().post(task); });
  EXPECT_TRUE(allEnded());
  releaseBy([](Engine& engine, auto task) { engine.decodePool().submit(task); });
  EXPECT_TRUE(allEnded());
}

}  // namespace
}  // namespace flux
