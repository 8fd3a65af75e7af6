// The key schedule of one version 2 segment: from the camera's key to sealed chunks. Below writer
// and reader, above LEA-256-GCM, whoever serves that.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/lea_gcm.h"
#include "crypto/secret.h"
#include "segment/format.h"

namespace flux::segment {

enum class ChunkKind : uint8_t { kWhole = 0, kFinal = 1 };

/// Not for concurrent use.
class ChunkCipher final {
 public:
  using Commitment = std::array<uint8_t, kCommitmentSize>;

  /// Derives the segment's key from `key` and every header byte before the commitment. `algorithm`
  /// is the header's: it says whether nonces are computed or stored. Throws ERR_CRYPTO_MODULE.
  static ChunkCipher derive(const crypto::SecretKey& key, ByteView headerPrefix,
                            const crypto::GcmNonce& iv, uint8_t algorithm = kAlgorithmLea256Gcm);

  /// What the header must end with; it fits one key and one header only.
  [[nodiscard]] const Commitment& commitment() const noexcept { return commitment_; }

  /// Bytes of nonce in front of each ciphertext: 0 where it is computed, 12 where it is stored.
  [[nodiscard]] size_t noncePrefix() const noexcept { return noncePrefix_; }
  [[nodiscard]] size_t overhead() const noexcept { return noncePrefix_ + crypto::kGcmTagSize; }

  /// Writes nonce[noncePrefix()] || ciphertext || tag[16] to `out`. `plaintext` may stand where its
  /// ciphertext will, or apart. Every (index, kind) at most once per segment. Throws
  /// ERR_CRYPTO_MODULE: what is at `out` is then no plaintext.
  void seal(uint64_t index, ChunkKind kind, ByteView plaintext, uint8_t* out);
  /// `sealed` is what seal() wrote; writes sealed.size() - overhead() bytes to `out`, all zero
  /// where false is returned. `out` may be sealed.data(). Throws ERR_CRYPTO_MODULE.
  [[nodiscard]] bool open(uint64_t index, ChunkKind kind, ByteView sealed, uint8_t* out);

 private:
  ChunkCipher(ByteView segmentKey, ByteView commitment, const crypto::GcmNonce& iv,
              size_t noncePrefix);
  [[nodiscard]] crypto::GcmNonce nonce(uint64_t index) const;

  std::unique_ptr<crypto::Aead> aead_;
  Commitment commitment_{};
  crypto::GcmNonce iv_;
  size_t noncePrefix_;
};

}  // namespace flux::segment
