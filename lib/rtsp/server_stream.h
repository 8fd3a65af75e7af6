// One path of the simulator ("/cam1/main"): the clip it plays, its counters and its log of frames.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rtsp/clip_packetizer.h"
#include "rtsp/server.h"

namespace flux::rtsp {

/// Written by the server's loop, read from any thread.
class ServerStream final {
 public:
  ServerStream(std::string path, PacketizedClip& clip, double phase, size_t logCapacity)
      : path_(std::move(path)), clip_(clip), phase_(phase), logCapacity_(logCapacity) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] PacketizedClip& clip() noexcept { return clip_; }
  /// Where in the frame interval this stream sends, 0 to 1.
  [[nodiscard]] double phase() const noexcept { return phase_; }
  /// The session description (RFC 4566, RFC 6184 §8.2.1, RFC 7798 §7.2).
  [[nodiscard]] std::string describe(const std::string& host) const;

  void sessionBegan() noexcept {
    ++sessions_;
    ++sessionsTotal_;
  }
  void sessionEnded() noexcept { --sessions_; }
  void packetsSent(size_t packets, size_t bytes) noexcept {
    packetsSent_ += packets;
    bytesSent_ += bytes;
  }
  void frameSent(const SentFrame& frame);
  void frameDropped() noexcept { ++framesDropped_; }
  void receiverReport() noexcept { ++receiverReports_; }

  [[nodiscard]] StreamStats stats() const;
  [[nodiscard]] std::vector<SentFrame> sentFrames() const;

 private:
  const std::string path_;
  PacketizedClip& clip_;
  const double phase_;
  const size_t logCapacity_;
  std::atomic<uint64_t> sessions_{0};
  std::atomic<uint64_t> sessionsTotal_{0};
  std::atomic<uint64_t> framesSent_{0};
  std::atomic<uint64_t> framesDropped_{0};
  std::atomic<uint64_t> packetsSent_{0};
  std::atomic<uint64_t> bytesSent_{0};
  std::atomic<uint64_t> receiverReports_{0};
  mutable std::mutex logMutex_;
  std::deque<SentFrame> log_;
};

}  // namespace flux::rtsp
