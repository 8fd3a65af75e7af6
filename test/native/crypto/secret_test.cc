// Secret memory: what is in it, what is left of it, and where its randomness comes from.
#include "crypto/secret.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "crypto/random_source.h"
#include "crypto/secret_pages.h"
#include "mapping_flags.h"

namespace flux::crypto {
namespace {

TEST(SecretKey, HoldsExactly32Bytes) {
  Bytes material(32);
  for (size_t i = 0; i < material.size(); ++i) material[i] = static_cast<uint8_t>(i);
  const SecretKey key(material);
  EXPECT_TRUE(std::ranges::equal(key.view(), material));
  for (const size_t size : {0U, 16U, 24U, 31U, 33U}) {
    try {
      const SecretKey other{Bytes(size)};
      FAIL() << size << " bytes were taken as a key";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
    }
  }
}

TEST(SecretKey, GeneratedKeysDiffer) {
  std::set<std::string> seen;
  std::vector<SecretKeyPtr> keys;
  for (int i = 0; i < 300; ++i) {
    keys.push_back(SecretKey::generate());
    seen.insert(toHex(keys.back()->view()));
  }
  EXPECT_EQ(seen.size(), 300U);
}

TEST(SecretPages, WipeASlotBeforeItIsHandedOutAgain) {
  SecretPages pages(32);
  auto* slot = static_cast<uint8_t*>(pages.take());
  std::fill_n(slot, 32, uint8_t{0x5a});
  pages.give(slot);
  // The page stays mapped, so looking at it is sound.
  EXPECT_TRUE(std::all_of(slot, slot + 32, [](uint8_t byte) { return byte == 0; }));
  EXPECT_EQ(pages.take(), slot);
}

TEST(SecretPages, NeverHandOutOverlappingSlots) {
  SecretPages pages(900);
  std::vector<uint8_t*> slots;
  for (int i = 0; i < 40; ++i) slots.push_back(static_cast<uint8_t*>(pages.take()));
  std::ranges::sort(slots);
  for (size_t i = 1; i < slots.size(); ++i) EXPECT_GE(slots[i] - slots[i - 1], 900);
}

TEST(SecretKey, IsKeptOutOfCoreDumpsAndForks) {
  const SecretKey key(Bytes(32, 0x77));
  const std::string flags = mappingFlags(key.view().data());
  if (flags.empty()) GTEST_SKIP() << "this kernel does not tell the flags of a mapping";
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;  // MADV_DONTDUMP
  EXPECT_NE(flags.find(" wf "), std::string::npos) << flags;  // MADV_WIPEONFORK

  const pid_t child = ::fork();
  if (child == 0) {
    const ByteView view = key.view();
    ::_exit(std::all_of(view.begin(), view.end(), [](uint8_t byte) { return byte == 0; }) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child saw the key";
}

TEST(SecretKey, IsLockedInRamWhereThatIsAllowed) {
  const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  const bool locked = ::mlock(page, size) == 0;
  const bool shown = mappingFlags(page).find(" lo ") != std::string::npos;
  ::munmap(page, size);
  if (!locked || !shown) GTEST_SKIP() << "memory cannot be locked here, or not under a sanitizer";
  const SecretKey key(Bytes(32, 0x77));
  EXPECT_NE(mappingFlags(key.view().data()).find(" lo "), std::string::npos);
}

TEST(SecretKey, MayBeMadeAndDroppedOnManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &wrong] {
      const Bytes material(32, static_cast<uint8_t>(t + 1));
      for (int i = 0; i < 2000; ++i) {
        const SecretKey first(material), second(material);
        if (!equalConstantTime(first.view(), material)) ++wrong;
        if (!equalConstantTime(second.view(), first.view())) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Secret, ComparesContentAndLength) {
  EXPECT_TRUE(equalConstantTime({}, {}));
  EXPECT_TRUE(equalConstantTime(asBytes("same"), asBytes("same")));
  EXPECT_FALSE(equalConstantTime(asBytes("same"), asBytes("sama")));
  EXPECT_FALSE(equalConstantTime(asBytes("same"), asBytes("sam")));
  EXPECT_FALSE(equalConstantTime(asBytes("same"), {}));
}

TEST(RandomBytes, FailLoudlyWithABrokenGenerator) {
  const auto code = [](ScopedRandomSource::Fill fill) {
    const ScopedRandomSource source(std::move(fill));
    try {
      SecretKey::generate();
    } catch (const Error& error) {
      return error.code();
    }
    return std::string("a key was made");
  };
  EXPECT_EQ(code([](uint8_t*, size_t) { return false; }), "ERR_RNG");
  EXPECT_EQ(code([](uint8_t* out, size_t size) {
              std::fill_n(out, size, uint8_t{0});
              return true;
            }),
            "ERR_RNG");
  EXPECT_NE(toHex(randomBytes(16)), toHex(randomBytes(16)));
}

}  // namespace
}  // namespace flux::crypto
