// The fixed set of threads that all cameras of a process share.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/event_loop.h"

namespace flux {

/// Network threads (fv-net-N: sockets, RTP, access units) and recording threads (fv-rec-N: muxing,
/// sealing, file writes). One engine per process, alive while somebody holds it.
class Engine final {
 public:
  /// At most this many threads of a kind, and never more than the machine has cores.
  static constexpr unsigned kMaxNetworkThreads = 8;
  static constexpr unsigned kMaxRecordingThreads = 4;
  /// How long a network thread lets data gather between two rounds of reading. A frame waits at
  /// most this long; one wake-up then serves every camera of the thread.
  static constexpr int64_t kGatherMicros = 20000;
  /// The same for recording threads, where nobody waits for a frame.
  static constexpr int64_t kRecordingGatherMicros = 50000;

  /// The process's engine, started where there is none. Must not be released on one of its threads.
  static std::shared_ptr<Engine> acquire();

  Engine(unsigned networkThreads, unsigned recordingThreads);

  /// The loop that serves the fewest so far, in turn.
  EventLoop& nextNetworkLoop();
  EventLoop& nextRecordingLoop();

 private:
  std::vector<std::unique_ptr<EventLoop>> network_;
  std::vector<std::unique_ptr<EventLoop>> recording_;
  std::atomic<size_t> nextNetwork_{0};
  std::atomic<size_t> nextRecording_{0};
};

}  // namespace flux
