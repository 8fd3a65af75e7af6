// A camera's keys by UTC day: given from any thread, looked up where segments begin.
// Internal to lib/engine.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "crypto/secret.h"
#include "segment/format.h"

namespace flux {

class DayKeys final {
 public:
  struct Key {
    segment::KeyId id;
    crypto::SecretKeyPtr key;
  };
  struct Found {
    std::optional<Key> key;
    std::optional<int64_t> wanted;  ///< the day whose key is to be asked for; each is named once
  };

  /// For segments that begin on this day (since 1970-01-01). Any thread.
  void set(int64_t day, const segment::KeyId& id, crypto::SecretKeyPtr key);
  /// For a segment that begins then. One thread.
  Found at(int64_t startMs);

 private:
  std::mutex mutex_;
  std::map<int64_t, Key> keys_;
  int64_t asked_ = -1;
};

}  // namespace flux
