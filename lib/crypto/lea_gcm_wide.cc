// LEA-GCM on the levels that have a kernel of their own: what is left to do around whole blocks.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "crypto/lea.h"
#include "crypto/lea_gcm_engine.h"
#include "crypto/lea_kernel.h"
#include "crypto/secret.h"
#include "crypto/secret_pages.h"

namespace flux::crypto {
namespace {

constexpr size_t kBlock = Lea::kBlockSize;

void storeBig(uint8_t* p, uint64_t x, size_t size) {
  for (size_t i = 0; i < size; ++i) p[i] = static_cast<uint8_t>(x >> (8 * (size - 1 - i)));
}

class WideLeaGcm final : public LeaGcmEngine {
 public:
  WideLeaGcm(ByteView key, CpuLevel level) : kernel_(*leaKernel(level)), lea_(key, level) {
    std::memset(text_, 0, kBlock);
    lea_.encryptBlock(text_, text_);
    kernel_.startHash(hashKey_, text_);
  }

  static void* operator new(size_t) { return pages().take(); }
  static void operator delete(void* slot) noexcept { pages().give(slot); }

  void begin(const GcmNonce& nonce, ByteView aad) override {
    std::ranges::copy(nonce, progress_.counter);
    storeBig(progress_.counter + kGcmNonceSize, 1, 4);
    lea_.encryptBlock(progress_.counter, tagMask_);
    storeBig(progress_.counter + kGcmNonceSize, 2, 4);

    std::memset(progress_.hash, 0, kBlock);
    const size_t whole = aad.size() / kBlock;
    if (whole > 0) kernel_.hash(hashKey_, progress_.hash, aad.data(), whole);
    const ByteView rest = aad.subspan(whole * kBlock);
    if (!rest.empty()) {
      std::memset(text_, 0, kBlock);
      std::ranges::copy(rest, text_);
      kernel_.hash(hashKey_, progress_.hash, text_, 1);
    }
    aadBytes_ = aad.size();
    bytes_ = 0;
  }

  void encrypt(ByteView plaintext, uint8_t* out) override { crypt<true>(plaintext, out); }
  void decrypt(ByteView ciphertext, uint8_t* out) override { crypt<false>(ciphertext, out); }

  GcmTag tag() override {
    uint8_t last[2 * kBlock]{};
    const size_t used = bytes_ % kBlock;
    std::copy_n(text_, used, last);
    storeBig(last + kBlock, aadBytes_ * 8, 8);
    storeBig(last + kBlock + 8, bytes_ * 8, 8);
    if (used > 0) {
      kernel_.hash(hashKey_, progress_.hash, last, 2);
    } else {
      kernel_.hash(hashKey_, progress_.hash, last + kBlock, 1);
    }
    GcmTag tag;
    for (size_t i = 0; i < tag.size(); ++i) tag[i] = progress_.hash[i] ^ tagMask_[i];
    return tag;
  }

 private:
  template <bool kSeal>
  void crypt(ByteView in, uint8_t* out) {
    const size_t used = bytes_ % kBlock;
    bytes_ += in.size();
    if (used > 0) {
      const size_t count = std::min(kBlock - used, in.size());
      cryptPart<kSeal>(in.data(), out, used, count);
      if (used + count == kBlock) kernel_.hash(hashKey_, progress_.hash, text_, 1);
      in = in.subspan(count);
      out += count;
    }
    const size_t blocks = in.size() / kBlock;
    if (blocks > 0) {
      (kSeal ? kernel_.seal : kernel_.open)(lea_.schedule(), hashKey_, progress_, in.data(), out,
                                            blocks);
    }
    const ByteView rest = in.subspan(blocks * kBlock);
    if (rest.empty()) return;
    lea_.encryptBlock(progress_.counter, stream_);
    for (size_t i = kBlock; i-- > kGcmNonceSize && ++progress_.counter[i] == 0;) {
    }
    cryptPart<kSeal>(rest.data(), out + blocks * kBlock, 0, rest.size());
  }

  /// Bytes [used, used + count) of a block whose key stream is in stream_; the ciphertext gathers
  /// in text_ until the block is whole.
  template <bool kSeal>
  void cryptPart(const uint8_t* in, uint8_t* out, size_t used, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const uint8_t given = in[i];
      const auto made = static_cast<uint8_t>(given ^ stream_[used + i]);
      out[i] = made;
      text_[used + i] = kSeal ? made : given;
    }
  }

  static SecretPages& pages() {
    alignas(SecretPages) static std::byte storage[sizeof(SecretPages)];
    static SecretPages& pages = *new (storage) SecretPages(sizeof(WideLeaGcm));
    return pages;
  }

  const LeaKernel& kernel_;
  GcmProgress progress_{};
  uint8_t tagMask_[kBlock]{};
  uint8_t stream_[kBlock]{};
  uint8_t text_[kBlock]{};
  uint64_t aadBytes_ = 0;
  uint64_t bytes_ = 0;
  Lea lea_;
  GhashKey hashKey_{};
};
// Two to a page of locked memory, of which a process may have little.
static_assert(sizeof(WideLeaGcm) <= 2048);

}  // namespace

std::unique_ptr<LeaGcmEngine> makeWideLeaGcm(ByteView key, CpuLevel level) {
  return std::make_unique<WideLeaGcm>(key, level);
}

}  // namespace flux::crypto
