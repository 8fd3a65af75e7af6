// Writes the bit fields of made-up parameter sets.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace flux::test {

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
  BitWriter& ue(uint64_t value) {
    unsigned length = 0;
    while ((value + 1) >> (length + 1) != 0) ++length;
    bits(0, length);
    return bits(value + 1, length + 1);
  }
  BitWriter& se(int64_t value) {
    return ue(static_cast<uint64_t>(value > 0 ? 2 * value - 1 : -2 * value));
  }
  /// The stop bit, zeros up to the next byte, and emulation prevention (H.264 §7.4.1.1).
  [[nodiscard]] Bytes nal(uint8_t header) {
    bit(true);
    while (count_ % 8 != 0) bit(false);
    Bytes out = {header};
    int zeros = 0;
    for (const uint8_t byte : rbsp_) {
      if (zeros == 2 && byte <= 3) {
        out.push_back(3);
        zeros = 0;
      }
      zeros = byte == 0 ? zeros + 1 : 0;
      out.push_back(byte);
    }
    return out;
  }

 private:
  void bit(bool value) {
    if (count_ % 8 == 0) rbsp_.push_back(0);
    if (value) rbsp_.back() = static_cast<uint8_t>(rbsp_.back() | 0x80 >> count_ % 8);
    ++count_;
  }

  Bytes rbsp_;
  size_t count_ = 0;
};

}  // namespace flux::test
