// What the depacketizers of audio and metadata share: SDP told everything of their tracks.
#pragma once

#include <cstdint>

#include "rtsp/depacketizer.h"

namespace flux::rtsp {

/// Keeps the track's parameters and the marks of loss, and makes access units of finished bytes.
class DescribedDepacketizer : public Depacketizer {
 public:
  using Depacketizer::Depacketizer;

  void begin(const Track& track) override;
  void onLoss() override;
  void onRestart() override;

 protected:
  /// Hands on one unit; `duration` in ticks of clockRate(), 0 where unknown.
  void emit(Bytes data, int64_t mediaTime, int64_t duration, const Times& times);
  /// A unit that cannot be handed on.
  void drop();
  /// A payload that breaks its format; what it held is dropped.
  void malformed();
  [[nodiscard]] uint32_t clockRate() const noexcept { return clockRate_; }

 private:
  CodecParametersPtr parameters_;
  uint32_t clockRate_ = 90000;
  bool discontinuity_ = false;
  bool everDelivered_ = false;
};

}  // namespace flux::rtsp
