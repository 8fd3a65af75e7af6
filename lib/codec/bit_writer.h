// Writes the bit fields of parameter sets: fixed width, ue(v) and se(v) (H.264 §7.2, §9.1).
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "codec/bit_reader.h"
#include "codec/nal.h"

namespace flux {

class BitWriter final {
 public:
  BitWriter& bits(uint64_t value, unsigned count) {
    for (unsigned i = count; i-- > 0;) bit((value >> i & 1) != 0);
    return *this;
  }
  BitWriter& flag(bool value) {
    bit(value);
    return *this;
  }
  /// `value` < 2^32 - 1.
  BitWriter& ue(uint64_t value) {
    unsigned length = 0;
    while ((value + 1) >> (length + 1) != 0) ++length;
    bits(0, length);
    return bits(value + 1, length + 1);
  }
  BitWriter& se(int64_t value) {
    return ue(static_cast<uint64_t>(value > 0 ? 2 * value - 1 : -2 * value));
  }
  /// In bits.
  [[nodiscard]] size_t size() const noexcept { return count_; }
  /// The next `count` bits of `reader` as they are; zeros where it ends before.
  BitWriter& copy(BitReader& reader, size_t count) {
    for (size_t i = 0; i < count; ++i) flag(reader.flag());
    return *this;
  }
  /// A NAL unit of what was written: behind `header` the bits, the stop bit, zeros up to the next
  /// byte, with emulation prevention. Nothing is left.
  [[nodiscard]] Bytes nal(ByteView header) {
    bit(true);
    while (count_ % 8 != 0) bit(false);
    Bytes out(header.begin(), header.end());
    nal::appendEscaped(out, rbsp_);
    rbsp_.clear();
    count_ = 0;
    return out;
  }
  [[nodiscard]] Bytes nal(uint8_t header) { return nal(ByteView(&header, 1)); }

 private:
  void bit(bool value) {
    if (count_ % 8 == 0) rbsp_.push_back(0);
    if (value) rbsp_.back() = static_cast<uint8_t>(rbsp_.back() | 0x80 >> count_ % 8);
    ++count_;
  }

  Bytes rbsp_;
  size_t count_ = 0;
};

}  // namespace flux
