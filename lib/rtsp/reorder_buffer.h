// Puts the RTP packets of a UDP track back in sequence order before anything reads them.
#pragma once

#include <bitset>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/event_loop.h"
#include "rtsp/client_connection.h"

namespace flux::rtsp {

struct ReorderLimits {
  size_t maxPackets = 64;          ///< held at most; then the missing ones are given up
  int64_t maxWaitMicros = 100000;  ///< held at most for this long
};

/// The order alone, without a clock of its own. Sequence numbers are 16-bit and wrap around; a
/// source that begins anew (another SSRC, or a leap that no loss explains) is followed at once.
/// A packet that is no RTP is passed on in its turn, for whoever parses and counts those.
class ReorderQueue final {
 public:
  struct Packet {
    ByteView bytes;  ///< until the next push() or pop()
    ClientConnection::Arrival arrival;
  };

  explicit ReorderQueue(ReorderLimits limits = {}) : limits_(limits) {}

  /// Takes a packet in; then pop() until it gives none. What is in order is not copied: `packet`
  /// must live that long.
  void push(ByteView packet, const ClientConnection::Arrival& arrival);
  /// Gives up what is missing in front of packets that waited too long at `nowMicros`; then pop().
  void expire(int64_t nowMicros);
  /// Gives up all that is missing; then pop().
  void flush();
  std::optional<Packet> pop();
  /// When expire() is due next; empty while nothing is held.
  [[nodiscard]] std::optional<int64_t> dueMicros() const;

  [[nodiscard]] size_t held() const noexcept { return held_.size(); }
  [[nodiscard]] uint64_t reordered() const noexcept { return reordered_; }  ///< held, then in turn
  [[nodiscard]] uint64_t duplicates() const noexcept { return duplicates_; }
  [[nodiscard]] uint64_t late() const noexcept { return late_; }  ///< given up before they came

 private:
  static constexpr size_t kHistory = 512;

  struct Held {
    uint16_t sequence = 0;
    ClientConnection::Arrival arrival;
    Bytes copy;      ///< empty where `bytes` is what was pushed
    ByteView bytes;  ///< stays with `copy` when that is moved
  };

  void restart(uint32_t ssrc, uint16_t sequence);
  void hold(uint16_t sequence, ByteView packet, const ClientConnection::Arrival& arrival);
  void handOut(Held packet);
  /// The next sequence number is that of the first held packet: what is before it is lost.
  void giveUpFirstGap();

  const ReorderLimits limits_;
  bool started_ = false;
  uint32_t ssrc_ = 0;
  uint16_t next_ = 0;
  std::deque<Held> held_;            ///< by sequence number, counted from next_
  std::deque<Held> out_;             ///< to be popped
  Held current_;                     ///< what the last pop() showed
  std::bitset<kHistory> handedOut_;  ///< by sequence number modulo kHistory
  uint64_t reordered_ = 0;
  uint64_t duplicates_ = 0;
  uint64_t late_ = 0;
};

/// A queue with a timer of its loop. Everything happens on the loop's thread; the callback may
/// destroy the buffer.
class ReorderBuffer final {
 public:
  using Release = std::function<void(ByteView, const ClientConnection::Arrival&)>;

  /// `release` gets the packets in order, with the times at which they arrived.
  ReorderBuffer(EventLoop& loop, Release release, ReorderLimits limits = {});
  ~ReorderBuffer();
  ReorderBuffer(const ReorderBuffer&) = delete;
  ReorderBuffer& operator=(const ReorderBuffer&) = delete;

  void push(ByteView packet, const ClientConnection::Arrival& arrival);
  /// Releases all that is held, with the gaps that are in it.
  void flush();
  [[nodiscard]] const ReorderQueue& queue() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace flux::rtsp
