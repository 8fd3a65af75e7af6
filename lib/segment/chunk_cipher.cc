#include "segment/chunk_cipher.h"

#include <algorithm>

#include "crypto/kdf.h"

namespace flux::segment {
namespace {

// The terminating zero belongs to the label.
constexpr std::string_view kLabel{"fluxvision/segment/v2\0", 22};

std::array<uint8_t, 9> associatedData(uint64_t index, ChunkKind kind) {
  std::array<uint8_t, 9> data{static_cast<uint8_t>(kind)};
  for (size_t i = 0; i < 8; ++i) data[1 + i] = static_cast<uint8_t>(index >> (56 - 8 * i));
  return data;
}

}  // namespace

ChunkCipher ChunkCipher::derive(const crypto::SecretKey& key, ByteView headerPrefix,
                                const crypto::GcmNonce& iv) {
  ByteWriter info;
  info.bytes(asBytes(kLabel)).bytes(crypto::sha256(headerPrefix));
  Bytes derived =
      crypto::hkdfExpand(key.view(), info.view(), crypto::SecretKey::kSize + kCommitmentSize);
  const ByteView view(derived);
  ChunkCipher cipher(view.first(crypto::SecretKey::kSize), view.last(kCommitmentSize), iv);
  crypto::wipe(derived.data(), derived.size());
  return cipher;
}

ChunkCipher::ChunkCipher(ByteView segmentKey, ByteView commitment, const crypto::GcmNonce& iv)
    : gcm_(std::make_unique<crypto::LeaGcm>(segmentKey)), iv_(iv) {
  std::ranges::copy(commitment, commitment_.begin());
}

crypto::GcmNonce ChunkCipher::nonce(uint64_t index) const {
  crypto::GcmNonce nonce = iv_;
  for (size_t i = 0; i < 8; ++i) nonce[4 + i] ^= static_cast<uint8_t>(index >> (56 - 8 * i));
  return nonce;
}

void ChunkCipher::seal(uint64_t index, ChunkKind kind, ByteView plaintext, uint8_t* out) {
  crypto::GcmTag tag;
  gcm_->seal(nonce(index), associatedData(index, kind), plaintext, out, tag);
  std::ranges::copy(tag, out + plaintext.size());
}

bool ChunkCipher::open(uint64_t index, ChunkKind kind, ByteView sealed, uint8_t* out) {
  if (sealed.size() < crypto::kGcmTagSize) return false;
  crypto::GcmTag tag;
  std::ranges::copy(sealed.last(tag.size()), tag.begin());
  return gcm_->open(nonce(index), associatedData(index, kind),
                    sealed.first(sealed.size() - tag.size()), tag, out);
}

}  // namespace flux::segment
