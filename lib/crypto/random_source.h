// The one door to random bytes, and the seam through which tests see a generator fail or repeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace flux::crypto {

/// Replaces the generator for the calling thread as long as it lives. For tests alone: worked
/// vectors need fixed bytes, and a failing generator must be shown to stop a recording.
class ScopedRandomSource final {
 public:
  /// Fills the buffer, or returns false to play a broken generator.
  using Fill = std::function<bool(uint8_t* out, size_t size)>;

  explicit ScopedRandomSource(Fill fill);
  ~ScopedRandomSource();
  ScopedRandomSource(const ScopedRandomSource&) = delete;
  ScopedRandomSource& operator=(const ScopedRandomSource&) = delete;

 private:
  Fill fill_;
  const Fill* previous_;
};

}  // namespace flux::crypto
