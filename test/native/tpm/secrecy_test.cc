// That nobody reads a key who should not: on the way to the TPM, or in this process afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "../find_bytes.h"
#include "recording_proxy.h"
#include "swtpm.h"
#include "tpm/tpm.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FLUX_SANITIZED 1
#endif

namespace flux::tpm {
namespace {

using crypto::SecretKey;
using crypto::SecretKeyPtr;
using test::RecordingProxy;
using test::Swtpm;

bool contains(const Bytes& traffic, ByteView part) {
  return !test::findBytes(traffic, part).empty();
}

void expectSecret(std::vector<uint8_t> pcrs) {
  const Swtpm swtpm;
  RecordingProxy proxy(swtpm);
  const TpmOptions options{proxy.tcti(), std::move(pcrs)};
  const SecretKeyPtr key = SecretKey::generate();
  const SealedKey sealed = sealKey(options, *key);
  const SecretKeyPtr unsealed = unsealKey(options, sealed);
  EXPECT_TRUE(std::ranges::equal(unsealed->view(), key->view()));
  const Bytes& traffic = proxy.traffic();
  // It did record: what is stored anyway is loaded as it is.
  EXPECT_TRUE(contains(traffic, sealed.privateArea));
  for (size_t at = 0; at + 8 <= SecretKey::kSize; at += 8) {
    EXPECT_FALSE(contains(traffic, key->view().subspan(at, 8))) << "bytes from " << at;
  }
}

TEST(TpmSecrecy, AKeyNeverCrossesTheBusInClear) {
  expectSecret({});
}

TEST(TpmSecrecy, AKeyBoundToPcrsNeverCrossesTheBusInClear) {
  expectSecret({0, 7});
}

#ifndef FLUX_SANITIZED  // their allocators keep what was freed, and their shadow is endless

constexpr uint8_t kMask = 0x5a;

/// How often the bytes behind `masked` stand in this process's memory.
size_t copiesInMemory(const Bytes& masked) {
  size_t found = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t from = 0;
    uintptr_t to = 0;
    char dash = 0;
    std::string rights;
    std::istringstream(line) >> std::hex >> from >> dash >> to >> rights;
    if (!rights.starts_with("rw")) continue;
    const auto* at = reinterpret_cast<const uint8_t*>(from);
    const auto* const end = reinterpret_cast<const uint8_t*>(to) - masked.size() + 1;
    while (at < end) {
      at = static_cast<const uint8_t*>(
          std::memchr(at, masked[0] ^ kMask, static_cast<size_t>(end - at)));
      if (at == nullptr) break;
      size_t same = 1;
      while (same < masked.size() && (at[same] ^ kMask) == masked[same]) ++same;
      if (same == masked.size()) ++found;
      ++at;
    }
  }
  return found;
}

Bytes maskedOf(const SecretKey& key) {
  Bytes masked;
  for (const uint8_t byte : key.view()) masked.push_back(byte ^ kMask);
  return masked;
}

TEST(TpmSecrecy, SealingAndUnsealingLeaveNoCopyOfTheKeyBehind) {
  const Swtpm swtpm;
  for (const std::vector<uint8_t>& pcrs : {std::vector<uint8_t>{}, {0, 7}}) {
    const TpmOptions options{swtpm.tcti(), pcrs};
    SecretKeyPtr key = SecretKey::generate();
    const Bytes masked = maskedOf(*key);
    ASSERT_EQ(copiesInMemory(masked), 1U);  // it does find one
    const SealedKey sealed = sealKey(options, *key);
    EXPECT_EQ(copiesInMemory(masked), 1U) << "after sealing";
    key.reset();
    EXPECT_EQ(copiesInMemory(masked), 0U);
    key = unsealKey(options, sealed);
    EXPECT_EQ(maskedOf(*key), masked);
    EXPECT_EQ(copiesInMemory(masked), 1U) << "after unsealing";
  }
}

#endif

}  // namespace
}  // namespace flux::tpm
