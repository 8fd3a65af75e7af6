#include "engine/engine.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <thread>

#include "base/thread.h"

namespace flux {
namespace {

unsigned cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

std::mutex currentMutex;
/// Never destroyed: an engine's threads may still run while the process exits.
std::weak_ptr<Engine>& current() {
  static auto& engine = *new std::weak_ptr<Engine>();
  return engine;
}

}  // namespace

std::shared_ptr<Engine> Engine::acquire() {
  const std::lock_guard lock(currentMutex);
  auto engine = current().lock();
  if (engine == nullptr) {
    engine = start(std::min(cores(), kMaxNetworkThreads), std::min(cores(), kMaxRecordingThreads));
    current() = engine;
  }
  return engine;
}

std::shared_ptr<Engine> Engine::running() {
  const std::lock_guard lock(currentMutex);
  return current().lock();
}

Engine::Engine(unsigned networkThreads, unsigned recordingThreads)
    : sync_(std::make_unique<EventLoop>("fv-sync-0")),
      decode_(std::make_unique<WorkerPool>("fv-dec-", std::min(cores(), kMaxDecodeThreads),
                                           kMaxDecodeJobs)),
      network_("network", "fv-net-", networkThreads, kNetworkGather),
      recording_("recording", "fv-rec-", recordingThreads, kRecordingGather) {}

std::shared_ptr<Engine> Engine::start(unsigned networkThreads, unsigned recordingThreads) {
  return {new Engine(networkThreads, recordingThreads), end};
}

void Engine::end(Engine* engine) noexcept {
  if (!engine->isOnOwnThread()) {
    delete engine;
    return;
  }
  try {
    NamedThread("fv-end", [engine] { delete engine; }).detach();
  } catch (const std::system_error&) {
    // No thread is to be had: one idle engine more is better than a process less.
  }
}

bool Engine::isOnOwnThread() const {
  return sync_->isOnLoopThread() || decode_->isOnWorkerThread() || network_.isOnLoopThread() ||
         recording_.isOnLoopThread();
}

bool Engine::Pool::isOnLoopThread() const {
  return std::any_of(loops.begin(), loops.end(),
                     [](const auto& loop) { return loop->isOnLoopThread(); });
}

Engine::Pool::Pool(std::string poolName, const std::string& threadName, unsigned count,
                   EventLoop::Gather gather)
    : name(std::move(poolName)) {
  for (unsigned i = 0; i < count; ++i) {
    loops.push_back(std::make_unique<EventLoop>(threadName + std::to_string(i), gather));
    users.push_back(std::make_shared<std::atomic<size_t>>(0));
  }
}

LoopLease Engine::Pool::lease() {
  const std::lock_guard lock(mutex);
  const auto least = std::min_element(users.begin(), users.end(), [](const auto& a, const auto& b) {
    return a->load() < b->load();
  });
  (*least)->fetch_add(1);
  return {*loops[static_cast<size_t>(least - users.begin())], *least};
}

PoolStats Engine::Pool::stats() const {
  PoolStats out{name, static_cast<unsigned>(loops.size()), {}, 0};
  for (const auto& count : users) out.load.push_back(count->load());
  return out;
}

std::vector<PoolStats> Engine::stats() const {
  return {network_.stats(),
          recording_.stats(),
          {"sync", 1, {}, 0},
          {"decode", decode_->threads(), {decode_->waiting()}, decode_->rejected()}};
}

}  // namespace flux
