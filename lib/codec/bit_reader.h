// Reads the bit fields of parameter sets: fixed width, ue(v) and se(v) (H.264 §7.2, §9.1). Reading
// past the end yields zeros and is remembered, so a parser checks once instead of at each field.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace flux {

class BitReader final {
 public:
  /// `rbsp` without emulation prevention bytes (see nal::unescape).
  explicit BitReader(ByteView rbsp) : data_(rbsp) {}

  /// False once a read went past the end or an Exp-Golomb code was longer than 32 bits.
  [[nodiscard]] bool ok() const noexcept { return ok_; }

  /// In bits from the beginning.
  [[nodiscard]] size_t position() const noexcept { return position_; }

  bool flag() { return bits(1) != 0; }

  /// `count` <= 32.
  uint32_t bits(unsigned count) {
    uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = value << 1 | bit();
    return value;
  }

  /// ue(v).
  uint32_t ue() {
    unsigned zeros = 0;
    while (ok_ && bit() == 0) ++zeros;
    if (zeros > 31) ok_ = false;
    if (!ok_ || zeros == 0) return 0;
    return (1U << zeros) - 1 + bits(zeros);
  }

  /// se(v).
  int32_t se() {
    const uint32_t code = ue();
    const auto magnitude = static_cast<int32_t>(code / 2 + code % 2);
    return code % 2 != 0 ? magnitude : -magnitude;
  }

  void skip(unsigned count) {
    for (unsigned i = 0; i < count && ok_; ++i) bit();
  }

 private:
  uint32_t bit() {
    if (position_ / 8 >= data_.size()) {
      ok_ = false;
      return 0;
    }
    const uint32_t value = data_[position_ / 8] >> (7 - position_ % 8) & 1U;
    ++position_;
    return value;
  }

  ByteView data_;
  size_t position_ = 0;
  bool ok_ = true;
};

/// Are the first `count` bits of both the same? False where either has fewer.
inline bool sameBits(ByteView a, ByteView b, size_t count) {
  BitReader left(a);
  BitReader right(b);
  for (size_t i = 0; i < count; ++i) {
    if (left.bits(1) != right.bits(1)) return false;
  }
  return left.ok() && right.ok();
}

}  // namespace flux
