#include "engine/engine.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <thread>

namespace flux {
namespace {

std::vector<std::unique_ptr<EventLoop>> startLoops(const std::string& name, unsigned count,
                                                   int64_t gatherMicros) {
  std::vector<std::unique_ptr<EventLoop>> loops;
  for (unsigned i = 0; i < count; ++i) {
    loops.push_back(std::make_unique<EventLoop>(name + std::to_string(i), gatherMicros));
  }
  return loops;
}

unsigned cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

std::shared_ptr<Engine> Engine::acquire() {
  static std::mutex mutex;
  static std::weak_ptr<Engine> current;
  const std::lock_guard lock(mutex);
  auto engine = current.lock();
  if (engine == nullptr) {
    engine = std::make_shared<Engine>(std::min(cores(), kMaxNetworkThreads),
                                      std::min(cores(), kMaxRecordingThreads));
    current = engine;
  }
  return engine;
}

Engine::Engine(unsigned networkThreads, unsigned recordingThreads)
    : network_(startLoops("fv-net-", networkThreads, kGatherMicros)),
      recording_(startLoops("fv-rec-", recordingThreads, kRecordingGatherMicros)) {}

EventLoop& Engine::nextNetworkLoop() {
  return *network_[nextNetwork_++ % network_.size()];
}

EventLoop& Engine::nextRecordingLoop() {
  return *recording_[nextRecording_++ % recording_.size()];
}

}  // namespace flux
