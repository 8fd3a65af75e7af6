// What LeaGcm drives: LEA-GCM as one CPU level computes it, without limits, overlap and state,
// which LeaGcm checks for all of them.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "crypto/cpu_level.h"
#include "crypto/lea_gcm.h"

namespace flux::crypto {

class LeaGcmEngine {
 public:
  LeaGcmEngine() = default;
  virtual ~LeaGcmEngine() = default;
  LeaGcmEngine(const LeaGcmEngine&) = delete;
  LeaGcmEngine& operator=(const LeaGcmEngine&) = delete;

  virtual void begin(const GcmNonce& nonce, ByteView aad) = 0;
  virtual void encrypt(ByteView plaintext, uint8_t* out) = 0;
  virtual void decrypt(ByteView ciphertext, uint8_t* out) = 0;
  /// Ends the message.
  virtual GcmTag tag() = 0;
};

/// Both live in secret pages: round keys and powers of the hash key give the key away.
std::unique_ptr<LeaGcmEngine> makePortableLeaGcm(ByteView key, CpuLevel level);
/// `level` must be one that leaKernel() has functions for.
std::unique_ptr<LeaGcmEngine> makeWideLeaGcm(ByteView key, CpuLevel level);

}  // namespace flux::crypto
