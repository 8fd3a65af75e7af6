// A small RTSP server that plays H.264 and H.265 clips in a real-time loop as simulated cameras.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "codec/access_unit.h"

namespace flux::rtsp {

/// A clip held in memory: its access units in decoding order, ready to be sent in a loop.
struct Clip {
  struct Unit {
    Bytes data;          ///< as AccessUnit::data
    int64_t pts90k = 0;  ///< presentation time from the clip's start, 90 kHz
    int64_t dts90k = 0;  ///< sending time from the clip's start, 90 kHz
    bool keyFrame = false;
  };
  CodecParametersPtr parameters;
  std::vector<Unit> units;
  CodecParametersPtr audio;      ///< nullptr: the clip has no sound
  std::vector<Unit> audioUnits;  ///< on the same clock; all begin within the loop
  int64_t duration90k = 0;       ///< of one loop
};
using ClipPtr = std::shared_ptr<const Clip>;

enum class Pacing : uint8_t { kFrame, kPacket };

struct ServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  ///< 0: the system chooses
  int cameras = 1;    ///< paths /cam1/main, /cam1/sub ... /camN/main, /camN/sub
  ClipPtr main;
  ClipPtr sub;  ///< may equal main
  Pacing pacing = Pacing::kFrame;
  std::string username;  ///< with it, every request needs Digest (SHA-256 and MD5 are offered)
  std::string password;
  size_t sentLogCapacity = 0;  ///< how many sent frames to remember per camera stream, for tests
};

/// A frame as it left the server.
struct SentFrame {
  int64_t sentWallMs = 0;
  uint32_t rtpTimestamp = 0;
  uint32_t clipIndex = 0;  ///< index into Clip::units
  bool keyFrame = false;
};

struct StreamStats {
  std::string path;       ///< "/cam1/main"
  uint64_t sessions = 0;  ///< now playing
  uint64_t sessionsTotal = 0;
  uint64_t framesSent = 0;
  uint64_t framesDropped = 0;  ///< a reader was too slow
  uint64_t packetsSent = 0;
  uint64_t bytesSent = 0;
  uint64_t receiverReports = 0;  ///< RTCP RR received
};

class Server final {
 public:
  /// Starts to listen. Throws ERR_ADDRESS_IN_USE, ERR_INVALID_ARGUMENT. Runs on `loop`.
  Server(EventLoop& loop, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] uint16_t port() const;
  /// Any thread.
  [[nodiscard]] std::vector<StreamStats> stats() const;
  /// The newest frames sent on `path`, oldest first. Any thread.
  [[nodiscard]] std::vector<SentFrame> sentFrames(const std::string& path) const;
  /// Drops every connection at once, as a camera does that loses power; goes on listening.
  void disconnectAll();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::rtsp
