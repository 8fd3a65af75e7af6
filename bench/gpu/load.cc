#include "load.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/error.h"

namespace flux::gpu {
namespace {

constexpr int64_t kWarmUpMicros = 500'000;

double cpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int threadsOfProcess() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                                        std::filesystem::directory_iterator()));
}

struct Session {
  std::unique_ptr<video::Decoder> decoder;
  size_t next = 0;     ///< of the clip
  int64_t offset = 0;  ///< of its times, in ticks
  uint64_t submitted = 0;
  int64_t dueMicros = 0;
};

/// When what is counted begins and ends.
struct Window {
  int64_t begin = 0;
  int64_t end = 0;
};

/// The sessions of one thread.
class Worker final {
 public:
  Worker(const std::vector<AccessUnit>& clip, std::vector<Session> sessions, Window window,
         double framesPerSecond)
      : clip_(clip), sessions_(std::move(sessions)), window_(window) {
    if (framesPerSecond > 0) interval_ = static_cast<int64_t>(1e6 / framesPerSecond);
    // Cameras do not send in step.
    for (size_t i = 0; i < sessions_.size() && interval_ > 0; ++i) {
      sessions_[i].dueMicros = monotonicMicros() + interval_ * static_cast<int64_t>(i) /
                                                       static_cast<int64_t>(sessions_.size());
    }
  }

  void run() {
    while (monotonicMicros() < window_.end) {
      if (interval_ > 0) {
        inTime();
      } else {
        atOnce();
      }
    }
    for (Session& session : sessions_) {
      guarded([&] { session.decoder->flush(frames_); });
      count();
      submitted_ += session.submitted;
      memory_ += session.decoder->memoryBytes();
      session.decoder.reset();
    }
  }

  void addTo(LoadResult& result, std::vector<int64_t>& latencies) const {
    if (thrown_) std::rethrow_exception(thrown_);
    result.frames += counted_;
    result.errors += errors_;
    result.concealed += concealed_;
    result.missing += submitted_ - std::min(submitted_, all_);
    result.memoryBytes += memory_;
    latencies.insert(latencies.end(), latencies_.begin(), latencies_.end());
  }

 private:
  /// One unit of each session, and what is there by then: a GPU is never without work.
  void atOnce() {
    for (Session& session : sessions_) {
      submit(session);
      guarded([&] { session.decoder->collect(frames_, false); });
      count();
    }
  }

  void inTime() {
    const int64_t now = monotonicMicros();
    std::vector<Session*> due;
    int64_t next = window_.end;
    for (Session& session : sessions_) {
      if (session.dueMicros <= now) due.push_back(&session);
      next = std::min(next, session.dueMicros);
    }
    if (due.empty()) {
      std::this_thread::sleep_for(std::chrono::microseconds(next - now));
      return;
    }
    for (Session* session : due) {
      submit(*session);
      session->dueMicros += interval_;
    }
    for (Session* session : due) {
      guarded([&] { session->decoder->collect(frames_, true); });
      count();
    }
  }

  void submit(Session& session) {
    AccessUnit unit = clip_[session.next];
    unit.mediaTime += session.offset;
    unit.arrivalMicros = monotonicMicros();
    guarded([&] { session.decoder->submit(unit); });
    ++session.submitted;
    if (++session.next < clip_.size()) return;
    session.next = 0;
    session.offset += clip_.back().mediaTime + 3600;
  }

  template <typename Step>
  void guarded(const Step& step) {
    try {
      step();
    } catch (const Error& error) {
      ++errors_;
      if (error.code() == "ERR_DECODE") return;
      if (!thrown_) thrown_ = std::current_exception();
      window_.end = 0;  // what follows would be no measurement
    }
  }

  void count() {
    const int64_t now = monotonicMicros();
    all_ += frames_.size();
    for (const video::DecodedFrame& frame : frames_) {
      if (frame.concealed) ++concealed_;
      if (now < window_.begin || now >= window_.end) continue;
      ++counted_;
      latencies_.push_back(frame.decodedMicros - frame.arrivalMicros);
    }
    frames_.clear();
  }

  const std::vector<AccessUnit>& clip_;
  std::vector<Session> sessions_;
  Window window_;
  int64_t interval_ = 0;
  std::vector<video::DecodedFrame> frames_;
  std::vector<int64_t> latencies_;
  uint64_t counted_ = 0;
  uint64_t all_ = 0;
  uint64_t submitted_ = 0;
  uint64_t errors_ = 0;
  uint64_t concealed_ = 0;
  uint64_t memory_ = 0;
  std::exception_ptr thrown_;
};

double millisecondsAt(const std::vector<int64_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1));
  return static_cast<double>(sorted[at]) / 1000;
}

}  // namespace

LoadResult runLoad(const std::vector<AccessUnit>& clip, const MakeDecoder& make,
                   const LoadOptions& options, const std::function<void()>& opened) {
  LoadResult result;
  const auto threads =
      static_cast<size_t>(std::max(1, std::min(options.threads, options.sessions)));
  std::vector<std::vector<Session>> shares(threads);
  for (int i = 0; i < options.sessions; ++i) {
    try {
      shares[static_cast<size_t>(i) % threads].push_back({.decoder = make(i)});
      ++result.sessions;
    } catch (const Error& error) {
      result.whyNotMore = error.code() + ": " + error.what();
      break;
    }
  }
  if (result.sessions == 0) throw Error("ERR_UNSUPPORTED", result.whyNotMore);
  if (opened) opened();

  Window window;
  window.begin = monotonicMicros() + kWarmUpMicros;
  window.end = window.begin + static_cast<int64_t>(options.seconds * 1e6);
  std::vector<std::unique_ptr<Worker>> workers;
  for (auto& share : shares) {
    workers.push_back(
        std::make_unique<Worker>(clip, std::move(share), window, options.framesPerSecond));
  }
  {
    std::vector<std::jthread> running;
    for (const auto& worker : workers) running.emplace_back([&worker] { worker->run(); });
    std::this_thread::sleep_for(std::chrono::microseconds(window.begin - monotonicMicros()));
    result.threads = threadsOfProcess();
    const double cpuBefore = cpuSeconds();
    std::this_thread::sleep_for(std::chrono::microseconds(window.end - monotonicMicros()));
    result.cpuSeconds = cpuSeconds() - cpuBefore;
  }
  result.seconds = options.seconds;
  std::vector<int64_t> latencies;
  for (const auto& worker : workers) worker->addTo(result, latencies);
  std::ranges::sort(latencies);
  result.medianLatency = millisecondsAt(latencies, 0.5);
  result.worstLatency = millisecondsAt(latencies, 0.99);
  return result;
}

}  // namespace flux::gpu
