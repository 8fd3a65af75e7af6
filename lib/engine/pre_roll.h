// The last seconds of a stream in memory, from a key frame on: what an event recording begins with.
#pragma once

#include <cstdint>
#include <deque>

#include "codec/access_unit.h"

namespace flux {

class PreRoll final {
 public:
  /// Holds at least the last `keepMs` by arrival, as far as `maxBytes` allow.
  PreRoll(int64_t keepMs, size_t maxBytes) : keepMicros_(keepMs * 1000), maxBytes_(maxBytes) {}

  /// Units before the first key frame, and audio before it, are not kept. Where the memory does not
  /// suffice the oldest group of pictures goes.
  void push(AccessUnitPtr unit);
  /// Everything that is held, in order; empty afterwards.
  std::deque<AccessUnitPtr> take();
  void clear();
  [[nodiscard]] size_t bytes() const noexcept { return bytes_; }
  /// Groups of pictures that went because the memory was full, though still young enough.
  [[nodiscard]] uint64_t groupsTrimmed() const noexcept { return groupsTrimmed_; }

 private:
  void dropGroup();

  const int64_t keepMicros_;
  const size_t maxBytes_;
  std::deque<AccessUnitPtr> units_;  // the first is a key frame of video
  std::deque<int64_t> groups_;       // arrival of each key frame in units_
  size_t bytes_ = 0;
  uint64_t groupsTrimmed_ = 0;
};

}  // namespace flux
