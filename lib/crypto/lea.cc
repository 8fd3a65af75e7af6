#include "crypto/lea.h"

#include <bit>
#include <cstring>

#include "crypto/secret.h"

namespace flux::crypto {
namespace {

constexpr uint32_t kDelta[8] = {0xc3efe9db, 0x44626b02, 0x79e27c8a, 0x78df30ec,
                                0x715ea49e, 0xc785da0a, 0xe04ef22a, 0xe5c40957};
constexpr int kScheduleRotations[6] = {1, 3, 6, 11, 13, 17};

constexpr uint32_t byteSwap(uint32_t x) {
  return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24;
}

// LEA reads its words little-endian, GCM counts big-endian.
uint32_t loadLittle(const uint8_t* p) {
  uint32_t x;
  std::memcpy(&x, p, 4);
  return std::endian::native == std::endian::little ? x : byteSwap(x);
}

void storeLittle(uint8_t* p, uint32_t x) {
  if (std::endian::native != std::endian::little) x = byteSwap(x);
  std::memcpy(p, &x, 4);
}

uint32_t loadBig(const uint8_t* p) {
  return byteSwap(loadLittle(p));
}

/// One state word of `N` blocks side by side: the compiler turns the loops over it into vectors.
template <size_t N>
struct Word {
  uint32_t lane[N];
};

/// One round; what the standard then moves, the callers rename: (a, b, c, d) becomes (b, c, d, a).
template <size_t N>
[[gnu::always_inline]] inline void round(const Word<N>& a, Word<N>& b, Word<N>& c, Word<N>& d,
                                         const uint32_t* k) {
  for (size_t i = 0; i < N; ++i) {
    d.lane[i] = std::rotr((c.lane[i] ^ k[4]) + (d.lane[i] ^ k[5]), 3);
  }
  for (size_t i = 0; i < N; ++i) {
    c.lane[i] = std::rotr((b.lane[i] ^ k[2]) + (c.lane[i] ^ k[3]), 5);
  }
  for (size_t i = 0; i < N; ++i) {
    b.lane[i] = std::rotl((a.lane[i] ^ k[0]) + (b.lane[i] ^ k[1]), 9);
  }
}

template <size_t N, typename RoundKeys>
[[gnu::always_inline]] inline void encryptWords(Word<N>& a, Word<N>& b, Word<N>& c, Word<N>& d,
                                                const RoundKeys& keys, int rounds) {
  // 24, 28 and 32 are multiples of four, after which the names are back where they were.
  for (size_t r = 0; r < static_cast<size_t>(rounds); r += 4) {
    round(a, b, c, d, keys[r].data());
    round(b, c, d, a, keys[r + 1].data());
    round(c, d, a, b, keys[r + 2].data());
    round(d, a, b, c, keys[r + 3].data());
  }
}

template <size_t N, typename RoundKeys>
[[gnu::always_inline]] inline void ctrBlocks(const uint8_t* in, uint8_t* out,
                                             const uint32_t (&start)[3], uint32_t counter,
                                             const RoundKeys& keys, int rounds) {
  Word<N> a, b, c, d;
  for (size_t i = 0; i < N; ++i) {
    a.lane[i] = start[0];
    b.lane[i] = start[1];
    c.lane[i] = start[2];
    d.lane[i] = byteSwap(counter + static_cast<uint32_t>(i));
  }
  encryptWords(a, b, c, d, keys, rounds);
  for (size_t i = 0; i < N; ++i) {
    const uint8_t* source = in + i * Lea::kBlockSize;
    uint8_t* target = out + i * Lea::kBlockSize;
    storeLittle(target, loadLittle(source) ^ a.lane[i]);
    storeLittle(target + 4, loadLittle(source + 4) ^ b.lane[i]);
    storeLittle(target + 8, loadLittle(source + 8) ^ c.lane[i]);
    storeLittle(target + 12, loadLittle(source + 12) ^ d.lane[i]);
  }
}

}  // namespace

Lea::Lea(ByteView key) {
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
    throw Error("ERR_INVALID_ARGUMENT",
                "a LEA key has 16, 24 or 32 bytes, not " + std::to_string(key.size()));
  }
  const size_t words = key.size() / 4;
  rounds_ = static_cast<int>(16 + 2 * words);
  std::array<uint32_t, 8> t{};
  for (size_t i = 0; i < words; ++i) t[i] = loadLittle(&key[i * 4]);

  // LEA-256 has eight words for six per round and walks through them; the others use theirs in
  // place.
  const size_t perRound = words == 4 ? 4 : 6;
  for (size_t i = 0; i < static_cast<size_t>(rounds_); ++i) {
    const uint32_t delta = kDelta[i % words];
    std::array<uint32_t, 6> k{};
    for (size_t j = 0; j < perRound; ++j) {
      uint32_t& word = t[words == 8 ? (6 * i + j) % 8 : j];
      word =
          std::rotl(word + std::rotl(delta, static_cast<int>((i + j) % 32)), kScheduleRotations[j]);
      k[j] = word;
    }
    roundKeys_[i] = words == 4 ? std::array<uint32_t, 6>{k[0], k[1], k[2], k[1], k[3], k[1]} : k;
    wipe(k.data(), sizeof k);
  }
  wipe(t.data(), sizeof t);
}

Lea::~Lea() {
  wipe(roundKeys_.data(), sizeof roundKeys_);
}

void Lea::encryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept {
  Word<1> a{loadLittle(in)}, b{loadLittle(in + 4)}, c{loadLittle(in + 8)}, d{loadLittle(in + 12)};
  encryptWords(a, b, c, d, roundKeys_, rounds_);
  storeLittle(out, a.lane[0]);
  storeLittle(out + 4, b.lane[0]);
  storeLittle(out + 8, c.lane[0]);
  storeLittle(out + 12, d.lane[0]);
}

void Lea::decryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept {
  uint32_t x0 = loadLittle(in), x1 = loadLittle(in + 4);
  uint32_t x2 = loadLittle(in + 8), x3 = loadLittle(in + 12);
  for (size_t r = static_cast<size_t>(rounds_); r-- > 0;) {
    const auto& k = roundKeys_[r];
    const uint32_t y0 = x3;
    const uint32_t y1 = (std::rotr(x0, 9) - (y0 ^ k[0])) ^ k[1];
    const uint32_t y2 = (std::rotl(x1, 5) - (y1 ^ k[2])) ^ k[3];
    const uint32_t y3 = (std::rotl(x2, 3) - (y2 ^ k[4])) ^ k[5];
    x0 = y0, x1 = y1, x2 = y2, x3 = y3;
  }
  storeLittle(out, x0);
  storeLittle(out + 4, x1);
  storeLittle(out + 8, x2);
  storeLittle(out + 12, x3);
}

void Lea::ctr32(const uint8_t* in, uint8_t* out, size_t blocks,
                const uint8_t counter[16]) const noexcept {
  constexpr size_t kLanes = 8;
  const uint32_t start[3] = {loadLittle(counter), loadLittle(counter + 4), loadLittle(counter + 8)};
  uint32_t count = loadBig(counter + 12);
  for (; blocks >= kLanes; blocks -= kLanes) {
    ctrBlocks<kLanes>(in, out, start, count, roundKeys_, rounds_);
    in += kLanes * kBlockSize;
    out += kLanes * kBlockSize;
    count += kLanes;
  }
  for (; blocks > 0; --blocks) {
    ctrBlocks<1>(in, out, start, count, roundKeys_, rounds_);
    in += kBlockSize;
    out += kBlockSize;
    ++count;
  }
}

}  // namespace flux::crypto
