// LEA-GCM (SP 800-38D): 96-bit nonces, 128-bit tags.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/lea.h"

namespace flux::crypto {

inline constexpr size_t kGcmNonceSize = 12;
inline constexpr size_t kGcmTagSize = 16;
/// 2^36 - 32 bytes: the most that one (key, nonce) may encrypt.
inline constexpr uint64_t kGcmMaxBytes = (1ULL << 36) - 32;

using GcmNonce = std::array<uint8_t, kGcmNonceSize>;
using GcmTag = std::array<uint8_t, kGcmTagSize>;

class LeaGcmEngine;

/// A LEA-GCM key, set up once for many messages. Not for concurrent use. `out` may be the start of
/// the input or not overlap it; anything between is ERR_INVALID_ARGUMENT, before any work. More
/// than kGcmMaxBytes in one message is ERR_LIMIT.
class LeaGcm final {
 public:
  /// `key` of 16, 24 or 32 bytes, else ERR_INVALID_ARGUMENT. Runs on cpuLevel().
  explicit LeaGcm(ByteView key) : LeaGcm(key, cpuLevel()) {}
  /// On a given level, for tests and benchmarks; ERR_INVALID_ARGUMENT where it cannot run here.
  LeaGcm(ByteView key, CpuLevel level);
  ~LeaGcm();
  LeaGcm(const LeaGcm&) = delete;
  LeaGcm& operator=(const LeaGcm&) = delete;

  /// One-shot. `out` holds plaintext.size() bytes.
  void seal(const GcmNonce& nonce, ByteView aad, ByteView plaintext, uint8_t* out, GcmTag& tag);
  /// False where the tag does not fit; `out` is then all zero.
  [[nodiscard]] bool open(const GcmNonce& nonce, ByteView aad, ByteView ciphertext,
                          const GcmTag& tag, uint8_t* out);

  // Streaming encryption, for v1 segments, whose one tag covers the whole file.
  // There is no streaming decryption: plaintext is never released before its tag was checked.
  void beginSeal(const GcmNonce& nonce, ByteView aad);
  void updateSeal(ByteView plaintext, uint8_t* out);  ///< pieces of any size
  GcmTag finishSeal();

 private:
  std::unique_ptr<LeaGcmEngine> engine_;
  uint64_t bytes_ = 0;  ///< of the message under way
  bool streaming_ = false;
};

}  // namespace flux::crypto
