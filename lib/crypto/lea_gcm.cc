#include "crypto/lea_gcm.h"

#include "crypto/aead_checks.h"
#include "crypto/lea_gcm_engine.h"
#include "crypto/lea_kernel.h"
#include "crypto/secret.h"

namespace flux::crypto {
namespace {

void requireWithinLimit(uint64_t done, uint64_t more) {
  if (more > kGcmMaxBytes || done > kGcmMaxBytes - more) {
    throw Error("ERR_LIMIT", "one GCM message holds at most 2^36 - 32 bytes");
  }
}

void requireUsable(ByteView in, const uint8_t* out, uint64_t done) {
  requireWithinLimit(done, in.size());
  requireNoPartialOverlap(in, out, in.size());
}

void requireShort(ByteView aad) {
  if (aad.size() > kAeadMaxAadBytes) throw Error("ERR_LIMIT", "too much associated data");
}

}  // namespace

LeaGcm::LeaGcm(ByteView key, CpuLevel level)
    : engine_(leaKernel(level) != nullptr ? makeWideLeaGcm(key, level)
                                          : makePortableLeaGcm(key, level)) {}

LeaGcm::~LeaGcm() = default;

void LeaGcm::seal(const GcmNonce& nonce, ByteView aad, ByteView plaintext, uint8_t* out,
                  GcmTag& tag) {
  requireUsable(plaintext, out, 0);
  requireShort(aad);
  streaming_ = false;
  engine_->begin(nonce, aad);
  engine_->encrypt(plaintext, out);
  tag = engine_->tag();
}

bool LeaGcm::open(const GcmNonce& nonce, ByteView aad, ByteView ciphertext, const GcmTag& tag,
                  uint8_t* out) {
  requireUsable(ciphertext, out, 0);
  requireShort(aad);
  streaming_ = false;
  engine_->begin(nonce, aad);
  engine_->decrypt(ciphertext, out);
  const GcmTag expected = engine_->tag();
  if (equalConstantTime(expected, tag)) return true;
  wipe(out, ciphertext.size());
  return false;
}

void LeaGcm::beginSeal(const GcmNonce& nonce, ByteView aad) {
  requireShort(aad);
  engine_->begin(nonce, aad);
  bytes_ = 0;
  streaming_ = true;
}

void LeaGcm::updateSeal(ByteView plaintext, uint8_t* out) {
  if (!streaming_) throw Error("ERR_STATE", "updateSeal() without beginSeal()");
  requireUsable(plaintext, out, bytes_);
  bytes_ += plaintext.size();
  engine_->encrypt(plaintext, out);
}

GcmTag LeaGcm::finishSeal() {
  if (!streaming_) throw Error("ERR_STATE", "finishSeal() without beginSeal()");
  streaming_ = false;
  return engine_->tag();
}

}  // namespace flux::crypto
