// Faults, breaches, and what a call begins with.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "state.h"

namespace fake {
namespace {

constexpr int kInvalidContext = 201;

std::string variable(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : fallback;
}

void setStreams(State& all, const std::string& mode) {
  all.streams = mode == "eager" ? Streams::kEager : Streams::kLazy;
  if (mode.rfind("random", 0) == 0) {
    all.streams = Streams::kRandom;
    const size_t colon = mode.find(':');
    all.random.seed(colon == std::string::npos
                        ? 1U
                        : static_cast<unsigned>(std::stoul(mode.substr(colon + 1))));
  }
}

/// FUNCTION:NTH[+]=ERROR, separated by commas.
void readFaults(State& all, const std::string& text) {
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find(',', from), text.size());
    const std::string one = text.substr(from, end - from);
    const size_t colon = one.find(':');
    const size_t equals = one.find('=');
    if (colon == std::string::npos || equals == std::string::npos) {
      std::fprintf(stderr, "fake libcuda: FAKE_CUDA_FAIL: cannot read %s\n", one.c_str());
      std::abort();
    }
    const std::string nth = one.substr(colon + 1, equals - colon - 1);
    all.faults.emplace(one.substr(0, colon),
                       Fault{std::stoull(nth), std::stoi(one.substr(equals + 1)),
                             nth.find('+') != std::string::npos});
    from = end + 1;
  }
}

State* makeState() {
  auto* all = new State();
  all->devices.resize(std::stoul(variable("FAKE_CUDA_DEVICES", "1")));
  for (size_t i = 0; i < all->devices.size(); ++i) {
    all->devices[i].ordinal = static_cast<int>(i);
    all->devices[i].context.device = &all->devices[i];
  }
  all->memory = std::stoull(variable("FAKE_CUDA_MEMORY", "1073741824"));
  all->version = std::stoi(variable("FAKE_CUDA_VERSION", "12040"));
  setStreams(*all, variable("FAKE_CUDA_STREAMS", "lazy"));
  readFaults(*all, variable("FAKE_CUDA_FAIL", ""));
  return all;
}

/// What the call with this count fails with.
CUresult faultOf(const State& all, const std::string& function, uint64_t count) {
  const auto [from, to] = all.faults.equal_range(function);
  for (auto entry = from; entry != to; ++entry) {
    const Fault& fault = entry->second;
    if (count == fault.at || (fault.onwards && count > fault.at)) {
      return static_cast<CUresult>(fault.error);
    }
  }
  return CUDA_SUCCESS;
}

}  // namespace

State& state() {
  static State& all = *makeState();
  return all;
}

void violate(const std::string& what) {
  State& all = state();
  ++all.violations;
  all.lastViolation = what;
  if (all.collect) return;
  std::fprintf(stderr, "fake libcuda: contract broken: %s\n", what.c_str());
  std::abort();
}

bool isSticky(CUresult error) {
  const int number = error;
  return number == 214 || number == 220 || number == 700 || number == 702 ||
         (number >= 709 && number <= 719);
}

CUresult loseDevice(Device& device, CUresult error) {
  if (device.lost == CUDA_SUCCESS) device.lost = error;
  return error;
}

}  // namespace fake

using fake::state;

CUresult fakeCudaEnter(const char* function, bool needsContext) {
  const auto guard = fake::lock();
  auto& all = state();
  const uint64_t count = ++all.calls[function];
  ++all.allCalls;
  fake::Device* device = fake::currentDevice();
  if (device != nullptr && device->lost != CUDA_SUCCESS) return device->lost;
  CUresult fault = fake::faultOf(all, function, count);
  if (fault == CUDA_SUCCESS) fault = fake::faultOf(all, "*", all.allCalls);
  if (fault != CUDA_SUCCESS) {
    if (device != nullptr && fake::isSticky(fault)) fake::loseDevice(*device, fault);
    return fault;
  }
  if (needsContext && device == nullptr) {
    fake::violate(std::string(function) + " without a current context");
    return static_cast<CUresult>(fake::kInvalidContext);
  }
  return CUDA_SUCCESS;
}

void fakeCudaViolation(const char* what) {
  const auto guard = fake::lock();
  fake::violate(what);
}

void fakeCudaFailAt(const char* function, uint64_t nth, int error, bool onwards) {
  const auto guard = fake::lock();
  auto& all = state();
  const uint64_t now = std::strcmp(function, "*") == 0 ? all.allCalls : all.calls[function];
  all.faults.emplace(function, fake::Fault{now + nth, error, onwards});
}

void fakeCudaForgetFaults() {
  const auto guard = fake::lock();
  state().faults.clear();
}

void fakeCudaSetMemory(size_t bytes) {
  const auto guard = fake::lock();
  state().memory = bytes;
}

void fakeCudaSetStreams(const char* mode) {
  const auto guard = fake::lock();
  fake::setStreams(state(), mode);
}

uint64_t fakeCudaCalls(const char* function) {
  const auto guard = fake::lock();
  const auto& calls = state().calls;
  const auto entry = calls.find(function);
  return entry == calls.end() ? 0 : entry->second;
}

uint64_t fakeCudaBytesToHost() {
  const auto guard = fake::lock();
  return state().bytesToHost;
}

void fakeCudaCollectViolations(bool collect) {
  const auto guard = fake::lock();
  state().collect = collect;
  state().violations = 0;
}

size_t fakeCudaViolations() {
  const auto guard = fake::lock();
  return state().violations;
}

const char* fakeCudaLastViolation() {
  const auto guard = fake::lock();
  return state().lastViolation.c_str();
}

FakeCudaLive fakeCudaLive() {
  const auto guard = fake::lock();
  const auto& all = state();
  FakeCudaLive live{};
  for (const auto& [address, allocation] : all.allocations) {
    if (allocation.internal) {
      ++live.internal;
    } else {
      ++live.allocations;
      live.bytes += allocation.bytes;
    }
  }
  live.hostAllocations = all.pinned.size();
  live.arrays = all.arrays.size();
  live.streams = all.streamHandles.size();
  live.events = all.events.size();
  live.modules = all.modules.size();
  for (const auto& device : all.devices) {
    live.contexts += static_cast<size_t>(device.context.retains);
  }
  return live;
}
