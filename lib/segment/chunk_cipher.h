// The key schedule of one version 2 segment: from the camera's key to sealed chunks. Below writer
// and reader, above LEA-GCM.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/lea_gcm.h"
#include "crypto/secret.h"
#include "segment/format.h"

namespace flux::segment {

enum class ChunkKind : uint8_t { kWhole = 0, kFinal = 1 };

/// Not for concurrent use.
class ChunkCipher final {
 public:
  using Commitment = std::array<uint8_t, kCommitmentSize>;

  /// Derives the segment's key from `key` and every header byte before the commitment.
  static ChunkCipher derive(const crypto::SecretKey& key, ByteView headerPrefix,
                            const crypto::GcmNonce& iv);

  /// What the header must end with; it fits one key and one header only.
  [[nodiscard]] const Commitment& commitment() const noexcept { return commitment_; }

  /// Writes ciphertext || tag[16] to `out`. Every (index, kind) at most once per segment.
  void seal(uint64_t index, ChunkKind kind, ByteView plaintext, uint8_t* out);
  /// `sealed` is ciphertext || tag[16]; writes sealed.size() - 16 bytes to `out`, all zero where
  /// false is returned. `out` may be sealed.data().
  [[nodiscard]] bool open(uint64_t index, ChunkKind kind, ByteView sealed, uint8_t* out);

 private:
  ChunkCipher(ByteView segmentKey, ByteView commitment, const crypto::GcmNonce& iv);
  [[nodiscard]] crypto::GcmNonce nonce(uint64_t index) const;

  std::unique_ptr<crypto::LeaGcm> gcm_;
  Commitment commitment_{};
  crypto::GcmNonce iv_;
};

}  // namespace flux::segment
