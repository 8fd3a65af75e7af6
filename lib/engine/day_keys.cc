#include "engine/day_keys.h"

#include <utility>

namespace flux {
namespace {

constexpr int64_t kMsPerDay = 86400000;
constexpr size_t kMaxKeys = 3;  // yesterday's, today's, tomorrow's

}  // namespace

void DayKeys::set(int64_t day, const segment::KeyId& id, crypto::SecretKeyPtr key) {
  const std::lock_guard lock(mutex_);
  keys_[day] = Key{id, std::move(key)};
  while (keys_.size() > kMaxKeys) keys_.erase(keys_.begin());
}

DayKeys::Found DayKeys::at(int64_t startMs) {
  const int64_t today = startMs / kMsPerDay;
  const std::lock_guard lock(mutex_);
  // Today's key; where that is late, the newest before it, and after a clock that went back the
  // oldest there is: the file names its key, so any is better than a gap.
  auto entry = keys_.upper_bound(today);
  if (entry != keys_.begin()) --entry;
  const bool found = entry != keys_.end();
  Found out;
  if (found) out.key = entry->second;
  if (!found || entry->first != today) {
    out.wanted = today;
  } else if (!keys_.contains(today + 1)) {
    out.wanted = today + 1;
  }
  if (out.wanted == asked_) {
    out.wanted.reset();
  } else if (out.wanted) {
    asked_ = *out.wanted;
  }
  return out;
}

}  // namespace flux
