// The allocator that OpenSSL works with: what a core dump leaves out, what is left after free.
#include "crypto/openssl_memory.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "crypto/openssl_setup.h"
#include "mapping_flags.h"

namespace flux::crypto {
namespace {

class OpenSslMemory : public testing::Test {
 protected:
  void SetUp() override {
    setUpOpenSsl();
    CRYPTO_malloc_fn allocate = nullptr;
    CRYPTO_get_mem_functions(&allocate, nullptr, nullptr);
    if (allocate == CRYPTO_malloc) GTEST_SKIP() << "OpenSSL keeps to malloc() in this build";
  }
};

TEST_F(OpenSslMemory, IsLeftOutOfCoreDumps) {
  for (const size_t size : {1U, 100U, 8000U, 9000U, 1000000U}) {
    void* const memory = OPENSSL_malloc(size);
    const std::string flags = mappingFlags(memory);
    OPENSSL_free(memory);
    if (flags.empty()) GTEST_SKIP() << "this kernel does not tell the flags of a mapping";
    EXPECT_NE(flags.find(" dd "), std::string::npos) << size << " bytes: " << flags;
  }
}

TEST_F(OpenSslMemory, IsWipedWhenItIsFreed) {
  auto* const memory = static_cast<uint8_t*>(OPENSSL_malloc(200));
  std::memset(memory, 0x5a, 200);
  OPENSSL_free(memory);
  // The arena stays mapped, so looking at it is sound.
  EXPECT_TRUE(std::all_of(memory, memory + 200, [](uint8_t byte) { return byte == 0; }));
}

TEST_F(OpenSslMemory, KeepsWhatItHoldsAsItGrowsAndShrinks) {
  auto* memory = static_cast<uint8_t*>(OPENSSL_malloc(1));
  memory[0] = 0x77;
  for (const size_t size : {2U, 63U, 64U, 5000U, 20000U, 300000U, 40U, 1U}) {
    memory = static_cast<uint8_t*>(OPENSSL_realloc(memory, size));
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(memory[0], 0x77);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % alignof(std::max_align_t), 0U);
    std::memset(memory + 1, 0xee, size - 1);
  }
  EXPECT_EQ(OPENSSL_realloc(memory, 0), nullptr);
  OPENSSL_free(nullptr);
}

TEST_F(OpenSslMemory, BelongsToOneOwnerAtATimeOnManyThreads) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([t, &wrong] {
      std::mt19937 random(t);
      std::vector<std::pair<uint8_t*, size_t>> held;
      for (int i = 0; i < 3000; ++i) {
        const size_t size = random() % 12000 + 1;
        auto* const memory = static_cast<uint8_t*>(OPENSSL_malloc(size));
        std::memset(memory, static_cast<int>(t + 1), size);
        held.emplace_back(memory, size);
        if (held.size() < 20) continue;
        std::swap(held[random() % held.size()], held.back());
        const auto [last, lastSize] = held.back();
        held.pop_back();
        if (std::any_of(last, last + lastSize, [&](uint8_t byte) { return byte != t + 1; }))
          ++wrong;
        OPENSSL_free(last);
      }
      for (const auto& [memory, size] : held) OPENSSL_free(memory);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace flux::crypto
