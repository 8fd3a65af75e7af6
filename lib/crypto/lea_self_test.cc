#include "crypto/lea_self_test.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "crypto/lea_gcm.h"

namespace flux::crypto {
namespace {

/// KISA's LEA-256-GCM known answer 1.
bool kisaAnswerIsRight(CpuLevel level) {
  LeaGcm gcm(fromHex("ad4a74230447bcd492f2f8a8c594a04379271690bf0c8a13ddfc1b7b96413e77"), level);
  const Bytes iv = fromHex("ab2664cba1acd7a3c57ee527");
  GcmNonce nonce;
  std::ranges::copy(iv, nonce.begin());
  const Bytes aad = fromHex("6e27414f");
  const Bytes plaintext = fromHex("8283a6f93b73bd392bd541f07eb461a0");
  Bytes text = plaintext;
  GcmTag tag;
  gcm.seal(nonce, aad, text, text.data(), tag);
  if (toHex(text) != "62b3c96284ee7c7cf385427647e4f2d1") return false;
  if (toHex(tag) != "e82f678a38cc021a03c83fb794af01b0") return false;
  if (!gcm.open(nonce, aad, text, tag, text.data()) || text != plaintext) return false;
  tag[0] ^= 1;
  return !gcm.open(nonce, aad, text, tag, text.data()) && text == Bytes(text.size());
}

/// Messages of several lengths, each with the tag of the one before as associated data, over a text
/// made by counter mode across the counter's wrap: the last tag depends on every byte.
bool chainIsRight(CpuLevel level, size_t keySize, std::string_view lastTag) {
  // Whole steps of every level with all kinds of remainders behind them.
  constexpr std::array<size_t, 8> kLengths = {0, 7, 16, 209, 400, 777, 1040, 4201};
  constexpr size_t kBlocks = (kLengths.back() + Lea::kBlockSize - 1) / Lea::kBlockSize;
  Bytes key(keySize);
  for (size_t i = 0; i < keySize; ++i) key[i] = static_cast<uint8_t>(i * 11 + 3);
  const Bytes counter = fromHex("000102030405060708090a0bffffffa1");
  Bytes plaintext(kBlocks * Lea::kBlockSize);
  Lea(key, level).ctr32(plaintext.data(), plaintext.data(), kBlocks, counter.data());

  LeaGcm gcm(key, level);
  GcmTag tag{};
  for (const size_t length : kLengths) {
    GcmNonce nonce{};
    nonce[0] = static_cast<uint8_t>(length);
    Bytes text(plaintext.begin(), plaintext.begin() + static_cast<std::ptrdiff_t>(length));
    const GcmTag aad = tag;
    gcm.seal(nonce, aad, text, text.data(), tag);
    if (!gcm.open(nonce, aad, text, tag, text.data())) return false;
    if (!std::equal(text.begin(), text.end(), plaintext.begin())) return false;
  }
  return toHex(tag) == lastTag;
}

}  // namespace

bool leaIsRight(CpuLevel level) {
  // The chains' tags come from the portable code with OpenSSL's GHASH.
  return kisaAnswerIsRight(level) && chainIsRight(level, 16, "74f8d4d6bc4f6db6afe538b8ed65bf59") &&
         chainIsRight(level, 24, "cd93be4f7d1939b7111028a68053b397") &&
         chainIsRight(level, 32, "4cecfb9ad96cf1005bb25970303a849c");
}

}  // namespace flux::crypto
