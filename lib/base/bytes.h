// Bounds-checked big-endian reading and writing of byte buffers. Every parser of network or disk
// input goes through ByteReader, so that no length field can lead outside the buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace flux {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
/// Bytes that lie in several places and count as one, in order.
using ByteViews = std::span<const ByteView>;

inline ByteView asBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view asText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads big-endian fields; throws Error("ERR_TRUNCATED") where the buffer ends too early.
class ByteReader {
 public:
  explicit ByteReader(ByteView data) : data_(data) {}

  [[nodiscard]] size_t position() const noexcept { return position_; }
  [[nodiscard]] size_t remaining() const noexcept { return data_.size() - position_; }

  uint8_t u8() { return static_cast<uint8_t>(integer(1)); }
  uint16_t u16() { return static_cast<uint16_t>(integer(2)); }
  uint32_t u32() { return static_cast<uint32_t>(integer(4)); }
  uint64_t u64() { return integer(8); }
  ByteView bytes(size_t count) {
    require(count);
    const ByteView view = data_.subspan(position_, count);
    position_ += count;
    return view;
  }
  void skip(size_t count) { bytes(count); }

 private:
  void require(size_t count) const {
    if (count > remaining()) {
      throw Error("ERR_TRUNCATED", "need " + std::to_string(count) + " bytes at offset " +
                                       std::to_string(position_) + ", have " +
                                       std::to_string(remaining()));
    }
  }
  uint64_t integer(size_t width) {
    require(width);
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | data_[position_ + i];
    position_ += width;
    return value;
  }

  ByteView data_;
  size_t position_ = 0;
};

/// Appends big-endian fields to a growing buffer.
class ByteWriter {
 public:
  ByteWriter& u8(uint8_t value) { return integer(value, 1); }
  ByteWriter& u16(uint16_t value) { return integer(value, 2); }
  ByteWriter& u32(uint32_t value) { return integer(value, 4); }
  ByteWriter& u64(uint64_t value) { return integer(value, 8); }
  ByteWriter& bytes(ByteView view) {
    out_.insert(out_.end(), view.begin(), view.end());
    return *this;
  }

  [[nodiscard]] size_t size() const noexcept { return out_.size(); }
  [[nodiscard]] ByteView view() const noexcept { return out_; }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  ByteWriter& integer(uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) out_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }

  Bytes out_;
};

/// Lower-case hexadecimal text of `bytes`.
std::string toHex(ByteView bytes);

/// The bytes of hexadecimal `text`; throws Error("ERR_INVALID_ARGUMENT") on anything else.
Bytes fromHex(std::string_view text);

/// RFC 4648 base64 (with padding on output; padding optional on input). Decoding returns an empty
/// optional-like false through `ok` where the text is malformed.
std::string toBase64(ByteView bytes);
bool fromBase64(std::string_view text, Bytes& out);

}  // namespace flux
