// Plays a stream's clip into one session in real time: pacing, RTP numbering, sender reports.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rtsp/server_output.h"
#include "rtsp/server_stream.h"

namespace flux::rtsp {

/// From SETUP to TEARDOWN. Sequence numbers and timestamps start at random values (RFC 3550 §5.1)
/// and go on over the clip's end. Belongs to the loop's thread.
class ServerPlayer final {
 public:
  struct Channels {
    uint8_t rtp = 0;
    uint8_t rtcp = 1;
  };

  ServerPlayer(EventLoop& loop, ServerStream& stream, ServerOutput& output, Channels channels,
               Pacing pacing);
  ~ServerPlayer();
  ServerPlayer(const ServerPlayer&) = delete;
  ServerPlayer& operator=(const ServerPlayer&) = delete;

  /// Begins at the clip's first key frame, or goes on where pause() stopped.
  void play();
  void pause();
  [[nodiscard]] bool isPlaying() const noexcept { return playing_; }
  [[nodiscard]] const ServerStream& stream() const noexcept { return stream_; }
  [[nodiscard]] Channels channels() const noexcept { return channels_; }
  [[nodiscard]] uint32_t ssrc() const noexcept { return ssrc_; }
  /// Of the next packet: what RTP-Info announces (RFC 2326 §12.33).
  [[nodiscard]] uint16_t nextSequence() const noexcept { return sequence_; }
  [[nodiscard]] uint32_t nextTimestamp() const;
  /// A compound RTCP packet from the reader.
  void takeRtcp(ByteView packet);

 private:
  void wake();
  [[nodiscard]] const PacketizedClip::Frame& frame() const;
  [[nodiscard]] int64_t dueMicros() const;
  [[nodiscard]] int64_t spreadMicros() const;
  void beginFrame(int64_t now);
  /// Sends what is due of the current frame; returns when to look again.
  int64_t sendDuePackets(int64_t now);
  void sendPackets(size_t count);
  void nextFrame();
  void sendReport(int64_t now);

  EventLoop& loop_;
  ServerStream& stream_;
  ServerOutput& output_;
  const Channels channels_;
  const Pacing pacing_;
  const uint32_t ssrc_;
  const uint32_t timestampBase_;
  uint16_t sequence_;
  bool playing_ = false;
  EventLoop::TimerId timer_ = 0;
  int64_t zeroMicros_ = 0;  ///< when media time 0 of the first loop would have been sent
  int64_t loopTicks_ = 0;   ///< media time of the loops that are behind
  size_t frameIndex_;
  size_t packetsOfFrame_ = 0;  ///< of the current frame, already sent
  bool frameBegun_ = false;
  bool dropping_ = false;
  int64_t nextReportMicros_ = 0;
  uint32_t packetCount_ = 0;
  uint32_t octetCount_ = 0;
};

}  // namespace flux::rtsp
