// RTP payloads of one track to access units. The one place where media bytes are copied on their
// way from the socket to a tap.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "codec/access_unit.h"
#include "rtsp/quirk.h"
#include "rtsp/rtp.h"
#include "rtsp/track.h"

namespace flux::rtsp {

class Depacketizer {
 public:
  using Deliver = std::function<void(AccessUnitPtr)>;
  struct Counters {
    uint64_t delivered = 0;
    uint64_t dropped = 0;    ///< access units: incomplete, too large, or without parameters
    uint64_t malformed = 0;  ///< payloads
  };
  struct Times {
    int64_t mediaTime = 0;
    int64_t arrivalMicros = 0;
    int64_t arrivalWallMs = 0;
  };
  /// What all depacketizers are made of. `quirks` outlives them.
  struct Context {
    size_t maxUnitBytes = 8U << 20;  ///< larger units are dropped and counted
    QuirkCounters* quirks = nullptr;
    Deliver deliver;
    /// Of sound: AccessUnit::pictureTime of this media time. May be empty.
    std::function<std::optional<int64_t>(int64_t mediaTime)> pictureTime = {};
  };

  explicit Depacketizer(Context context) : context_(std::move(context)) {}
  virtual ~Depacketizer() = default;
  Depacketizer(const Depacketizer&) = delete;
  Depacketizer& operator=(const Depacketizer&) = delete;

  /// A connection begins to play `track`, of the codec that this was made for. What was not
  /// complete is dropped. Parameters that did not change stay the same object over connections.
  virtual void begin(const Track& track) = 0;
  /// The packets before the next one are lost.
  virtual void onLoss() = 0;
  /// The next packet belongs to another timeline.
  virtual void onRestart() = 0;
  virtual void push(const RtpPacket& packet, const Times& times) = 0;
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 protected:
  void hit(Quirk quirk) const {
    if (context_.quirks != nullptr) context_.quirks->hit(quirk);
  }

  const Context context_;
  Counters counters_;
};

std::unique_ptr<Depacketizer> makeDepacketizer(Codec codec, Depacketizer::Context context);

}  // namespace flux::rtsp
