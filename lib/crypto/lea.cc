#include "crypto/lea.h"

#include <array>
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

/// Four blocks side by side; gcc and clang map it to SSE2, NEON or plain integers, whatever there
/// is.
typedef uint32_t Four __attribute__((vector_size(16)));

template <typename Lanes>
[[gnu::always_inline]] inline void rotateLeft(Lanes& x, int count) {
  x = x << count | x >> (32 - count);
}

/// One state word of all the blocks in work: `N` groups, whose rounds overlap in the processor.
template <typename Lanes, size_t N>
struct Word {
  Lanes group[N];
};

/// One round; what the standard then moves, the callers rename: (a, b, c, d) becomes (b, c, d, a).
template <typename Lanes, size_t N>
[[gnu::always_inline]] inline void round(const Word<Lanes, N>& a, Word<Lanes, N>& b,
                                         Word<Lanes, N>& c, Word<Lanes, N>& d, const uint32_t* k) {
  for (size_t i = 0; i < N; ++i) {
    d.group[i] = (c.group[i] ^ k[4]) + (d.group[i] ^ k[5]);
    rotateLeft(d.group[i], 32 - 3);
  }
  for (size_t i = 0; i < N; ++i) {
    c.group[i] = (b.group[i] ^ k[2]) + (c.group[i] ^ k[3]);
    rotateLeft(c.group[i], 32 - 5);
  }
  for (size_t i = 0; i < N; ++i) {
    b.group[i] = (a.group[i] ^ k[0]) + (b.group[i] ^ k[1]);
    rotateLeft(b.group[i], 9);
  }
}

template <typename Lanes, size_t N>
[[gnu::always_inline]] inline void encryptWords(Word<Lanes, N>& a, Word<Lanes, N>& b,
                                                Word<Lanes, N>& c, Word<Lanes, N>& d,
                                                const LeaSchedule& key) {
  // 24, 28 and 32 are multiples of four, after which the names are back where they were.
  for (int r = 0; r < key.rounds; r += 4) {
    const auto* k = key.roundKeys + r;
    round(a, b, c, d, k[0]);
    round(b, c, d, a, k[1]);
    round(c, d, a, b, k[2]);
    round(d, a, b, c, k[3]);
  }
}

void xorBlock(const uint8_t* in, uint8_t* out, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  storeLittle(out, loadLittle(in) ^ a);
  storeLittle(out + 4, loadLittle(in + 4) ^ b);
  storeLittle(out + 8, loadLittle(in + 8) ^ c);
  storeLittle(out + 12, loadLittle(in + 12) ^ d);
}

constexpr size_t kGroups = 4;
constexpr size_t kBlocksAtOnce = kGroups * 4;

/// The next kBlocksAtOnce blocks of counter mode.
void ctrBlocks(const uint8_t* in, uint8_t* out, const uint32_t (&start)[3], uint32_t counter,
               const LeaSchedule& key) {
  Word<Four, kGroups> a, b, c, d;
  for (size_t i = 0; i < kGroups; ++i) {
    a.group[i] = start[0] - Four{};
    b.group[i] = start[1] - Four{};
    c.group[i] = start[2] - Four{};
    const uint32_t first = counter + static_cast<uint32_t>(4 * i);
    d.group[i] =
        Four{byteSwap(first), byteSwap(first + 1), byteSwap(first + 2), byteSwap(first + 3)};
  }
  encryptWords(a, b, c, d, key);
  for (size_t i = 0; i < kBlocksAtOnce; ++i) {
    const size_t group = i / 4, lane = i % 4;
    xorBlock(in + i * Lea::kBlockSize, out + i * Lea::kBlockSize, a.group[group][lane],
             b.group[group][lane], c.group[group][lane], d.group[group][lane]);
  }
}

}  // namespace

Lea::Lea(ByteView key, CpuLevel level) : kernel_(leaKernel(level)) {
  requireCpuLevel(level);
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
    throw Error("ERR_INVALID_ARGUMENT",
                "a LEA key has 16, 24 or 32 bytes, not " + std::to_string(key.size()));
  }
  const size_t words = key.size() / 4;
  const size_t rounds = 16 + 2 * words;
  schedule_.rounds = static_cast<int>(rounds);
  std::array<uint32_t, 8> t{};
  for (size_t i = 0; i < words; ++i) t[i] = loadLittle(&key[i * 4]);

  // LEA-256 has eight words for six per round and walks through them; the others use theirs in
  // place.
  const size_t perRound = words == 4 ? 4 : 6;
  for (size_t i = 0; i < rounds; ++i) {
    const uint32_t delta = kDelta[i % words];
    std::array<uint32_t, 6> k{};
    for (size_t j = 0; j < perRound; ++j) {
      uint32_t& word = t[words == 8 ? (6 * i + j) % 8 : j];
      word =
          std::rotl(word + std::rotl(delta, static_cast<int>((i + j) % 32)), kScheduleRotations[j]);
      k[j] = word;
    }
    if (words == 4) k = {k[0], k[1], k[2], k[1], k[3], k[1]};
    std::memcpy(schedule_.roundKeys[i], k.data(), sizeof k);
    wipe(k.data(), sizeof k);
  }
  wipe(t.data(), sizeof t);
}

Lea::~Lea() {
  wipe(&schedule_, sizeof schedule_);
}

void Lea::encryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept {
  using One = Word<uint32_t, 1>;
  One a{{loadLittle(in)}}, b{{loadLittle(in + 4)}}, c{{loadLittle(in + 8)}},
      d{{loadLittle(in + 12)}};
  encryptWords(a, b, c, d, schedule_);
  storeLittle(out, a.group[0]);
  storeLittle(out + 4, b.group[0]);
  storeLittle(out + 8, c.group[0]);
  storeLittle(out + 12, d.group[0]);
}

void Lea::decryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept {
  uint32_t x0 = loadLittle(in), x1 = loadLittle(in + 4);
  uint32_t x2 = loadLittle(in + 8), x3 = loadLittle(in + 12);
  for (int r = schedule_.rounds; r-- > 0;) {
    const uint32_t* k = schedule_.roundKeys[r];
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
  if (kernel_ != nullptr) return kernel_->ctr32(schedule_, in, out, blocks, counter);
  const uint32_t start[3] = {loadLittle(counter), loadLittle(counter + 4), loadLittle(counter + 8)};
  uint32_t count = loadBig(counter + 12);
  for (; blocks >= kBlocksAtOnce; blocks -= kBlocksAtOnce) {
    ctrBlocks(in, out, start, count, schedule_);
    in += kBlocksAtOnce * kBlockSize;
    out += kBlocksAtOnce * kBlockSize;
    count += kBlocksAtOnce;
  }
  for (; blocks > 0; --blocks) {
    using One = Word<uint32_t, 1>;
    One a{{start[0]}}, b{{start[1]}}, c{{start[2]}}, d{{byteSwap(count++)}};
    encryptWords(a, b, c, d, schedule_);
    xorBlock(in, out, a.group[0], b.group[0], c.group[0], d.group[0]);
    in += kBlockSize;
    out += kBlockSize;
  }
}

}  // namespace flux::crypto
