#include "crypto/secret.h"

#include <openssl/crypto.h>

#include <cstring>
#include <new>

#include "crypto/secret_pages.h"

namespace flux::crypto {
namespace {

/// Never destroyed: keys held by other statics may outlive any order of destruction.
SecretPages& keyPages() {
  alignas(SecretPages) static std::byte storage[sizeof(SecretPages)];
  static SecretPages& pages = *new (storage) SecretPages(SecretKey::kSize);
  return pages;
}

/// What copies and ciphers leave in vector registers stays there until someone needs them, and is
/// in every core dump of a thread that waits: memcpy() moves a key through one register as it is.
[[gnu::noinline]] void clearVectorRegisters() noexcept {
#if defined(__x86_64__)
  static const bool hasAvx = __builtin_cpu_supports("avx") != 0;
  static const bool hasAvx512 = __builtin_cpu_supports("avx512f") != 0;
  if (hasAvx512) {
    // This file is compiled for any CPU, so the compiler keeps nothing in these.
    __asm__ volatile(
        "vpxorq %%zmm16, %%zmm16, %%zmm16\n\tvpxorq %%zmm17, %%zmm17, %%zmm17\n\t"
        "vpxorq %%zmm18, %%zmm18, %%zmm18\n\tvpxorq %%zmm19, %%zmm19, %%zmm19\n\t"
        "vpxorq %%zmm20, %%zmm20, %%zmm20\n\tvpxorq %%zmm21, %%zmm21, %%zmm21\n\t"
        "vpxorq %%zmm22, %%zmm22, %%zmm22\n\tvpxorq %%zmm23, %%zmm23, %%zmm23\n\t"
        "vpxorq %%zmm24, %%zmm24, %%zmm24\n\tvpxorq %%zmm25, %%zmm25, %%zmm25\n\t"
        "vpxorq %%zmm26, %%zmm26, %%zmm26\n\tvpxorq %%zmm27, %%zmm27, %%zmm27\n\t"
        "vpxorq %%zmm28, %%zmm28, %%zmm28\n\tvpxorq %%zmm29, %%zmm29, %%zmm29\n\t"
        "vpxorq %%zmm30, %%zmm30, %%zmm30\n\tvpxorq %%zmm31, %%zmm31, %%zmm31" ::
            : "memory");
  }
  if (hasAvx) {
    __asm__ volatile("vzeroall" ::
                         : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                           "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  } else {
    __asm__ volatile(
        "pxor %%xmm0, %%xmm0\n\tpxor %%xmm1, %%xmm1\n\tpxor %%xmm2, %%xmm2\n\t"
        "pxor %%xmm3, %%xmm3\n\tpxor %%xmm4, %%xmm4\n\tpxor %%xmm5, %%xmm5\n\t"
        "pxor %%xmm6, %%xmm6\n\tpxor %%xmm7, %%xmm7" ::
            : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
  }
#elif defined(__aarch64__)
  __asm__ volatile(
      "movi v0.2d, #0\n\tmovi v1.2d, #0\n\tmovi v2.2d, #0\n\tmovi v3.2d, #0\n\t"
      "movi v4.2d, #0\n\tmovi v5.2d, #0\n\tmovi v6.2d, #0\n\tmovi v7.2d, #0\n\t"
      "movi v16.2d, #0\n\tmovi v17.2d, #0\n\tmovi v18.2d, #0\n\tmovi v19.2d, #0" ::
          : "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19");
#endif
}

}  // namespace

void wipe(void* data, size_t size) noexcept {
  if (size > 0) OPENSSL_cleanse(data, size);
  clearVectorRegisters();
}

bool equalConstantTime(ByteView a, ByteView b) noexcept {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretKey::SecretKey(ByteView material) {
  if (material.size() != kSize) {
    throw Error("ERR_INVALID_ARGUMENT",
                "a key has 32 bytes, not " + std::to_string(material.size()));
  }
  data_ = static_cast<uint8_t*>(keyPages().take());
  std::memcpy(data_, material.data(), kSize);
  clearVectorRegisters();
}

SecretKeyPtr SecretKey::generate() {
  std::array<uint8_t, kSize> material;
  randomBytes(material.data(), material.size());
  auto key = std::make_shared<const SecretKey>(material);
  wipe(material.data(), material.size());
  return key;
}

SecretKey::~SecretKey() {
  keyPages().give(data_);
}

}  // namespace flux::crypto
