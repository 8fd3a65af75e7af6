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

struct Wiped {
  ~Wiped() { crypto::wipe(bytes.data(), bytes.size()); }
  Bytes& bytes;
};

}  // namespace

ChunkCipher ChunkCipher::derive(const crypto::SecretKey& key, ByteView headerPrefix,
                                const crypto::GcmNonce& iv, uint8_t algorithm) {
  ByteWriter info;
  info.bytes(asBytes(kLabel)).bytes(crypto::sha256(headerPrefix));
  Bytes derived =
      crypto::hkdfExpand(key.view(), info.view(), crypto::SecretKey::kSize + kCommitmentSize);
  const Wiped wiped{derived};
  const ByteView view(derived);
  const Header header{.algorithm = algorithm};
  return {view.first(crypto::SecretKey::kSize), view.last(kCommitmentSize), iv,
          header.noncePrefix()};
}

ChunkCipher::ChunkCipher(ByteView segmentKey, ByteView commitment, const crypto::GcmNonce& iv,
                         size_t noncePrefix)
    : aead_(crypto::makeAead(crypto::AeadAlgorithm::kLea256Gcm, segmentKey)),
      iv_(iv),
      noncePrefix_(noncePrefix) {
  std::ranges::copy(commitment, commitment_.begin());
}

crypto::GcmNonce ChunkCipher::nonce(uint64_t index) const {
  crypto::GcmNonce nonce = iv_;
  for (size_t i = 0; i < 8; ++i) nonce[4 + i] ^= static_cast<uint8_t>(index >> (56 - 8 * i));
  return nonce;
}

void ChunkCipher::seal(uint64_t index, ChunkKind kind, ByteView plaintext, uint8_t* out) {
  crypto::GcmNonce used = nonce(index);
  if (noncePrefix_ == 0 && aead_->makesNonces()) {
    throw Error("ERR_CRYPTO_MODULE",
                "the module that serves LEA-256-GCM makes its own nonces, which this segment has "
                "no place for");
  }
  // A cipher of ours may be asked to write what a module wrote before; it has no counter to keep.
  if (noncePrefix_ > 0 && !aead_->makesNonces()) crypto::randomBytes(used.data(), used.size());
  crypto::GcmTag tag;
  uint8_t* const ciphertext = out + noncePrefix_;
  aead_->seal(used.data(), associatedData(index, kind), plaintext, ciphertext, tag.data());
  if (noncePrefix_ > 0) std::ranges::copy(used, out);
  std::ranges::copy(tag, ciphertext + plaintext.size());
}

bool ChunkCipher::open(uint64_t index, ChunkKind kind, ByteView sealed, uint8_t* out) {
  if (sealed.size() < overhead()) return false;
  crypto::GcmNonce used = nonce(index);
  if (noncePrefix_ > 0) std::ranges::copy(sealed.first(noncePrefix_), used.begin());
  crypto::GcmTag tag;
  std::ranges::copy(sealed.last(tag.size()), tag.begin());
  const ByteView ciphertext = sealed.subspan(noncePrefix_, sealed.size() - overhead());
  const bool shifted = noncePrefix_ > 0 && out == sealed.data();
  uint8_t* const plaintext = shifted ? out + noncePrefix_ : out;
  const auto size =
      aead_->open(used.data(), associatedData(index, kind), ciphertext, tag.data(), plaintext);
  if (shifted) std::copy_n(plaintext, ciphertext.size(), out);
  return size.has_value();
}

}  // namespace flux::segment
