// One stream of units for any number of taps, who come and go while it runs.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/tap.h"

namespace flux {

/// A stream's units since its last key frame, as far as kMaxBytes allow: what decoding has to begin
/// with where it is to begin now.
class LastGroup final {
 public:
  static constexpr size_t kMaxBytes = 8U << 20;

  void push(const AccessUnitPtr& unit);
  void clear();
  /// Empty, or from a key frame on.
  [[nodiscard]] const std::vector<AccessUnitPtr>& units() const noexcept { return units_; }

 private:
  std::vector<AccessUnitPtr> units_;
  size_t bytes_ = 0;
};

/// Calls taps one at a time, from whatever thread delivers: a tap returns at once, as everywhere,
/// and does not call back.
class TapFanout final {
 public:
  /// Every tap begins with a key frame: with the last one, from which on everything is delivered
  /// at once, where `fromLast` and it is still kept; else with the next.
  void add(std::shared_ptr<Tap> tap, bool fromLast);
  /// After it returns the tap is not called again.
  void remove(const std::shared_ptr<Tap>& tap);
  void deliver(const AccessUnitPtr& unit);
  /// What comes next has no relation to what came before.
  void end();
  [[nodiscard]] size_t size() const;
  /// Taps that wait for a key frame.
  [[nodiscard]] size_t waiting() const;

 private:
  struct Entry {
    std::shared_ptr<Tap> tap;
    bool begun = false;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> taps_;
  LastGroup last_;
};

}  // namespace flux
