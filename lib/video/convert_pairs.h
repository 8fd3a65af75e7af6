// 4:2:0 in its own size, two rows of pixels at a time between two rows of chroma, over vectors of
// any width. For the files of one level each: `Vector` has to be of the including file's unnamed
// namespace, or the linker would take one level's code for all. Internal to lib/video.
//
// Vector has
//   Value              a vector of kBytes bytes, or of kWords 16-bit words
//   load(), store()    from and to any address
//   all(word)          the same word throughout
//   samples(at, step, count)   up to kWords bytes, each a word, `step` bytes apart; 0 beyond
//   `count` bytes(at, count)           up to kBytes bytes; 0 beyond
// and the instructions that are named below, all of which work on 128 bits at a time where they
// move anything.
#pragma once

#include <array>

#include "video/convert_kernels.h"

namespace flux::video {

/// What shares count from, so that they have no sign.
inline constexpr int kShareBase = 1 << 15;

template <typename Vector>
class SharesOf final {
 public:
  using Value = typename Vector::Value;

  explicit SharesOf(const RowMatrix& m)
      : base_(Vector::all(static_cast<int16_t>(m.base + kShareBase))),
        redCr_(Vector::all(m.redCr)),
        greenCb_(Vector::all(m.greenCb)),
        greenCr_(Vector::all(m.greenCr)),
        blueCb_(Vector::all(m.blueCb)) {}

  /// Of samples of chroma: what they add to red, green and blue, 32 to a level.
  std::array<Value, 3> operator()(Value cb, Value cr) const {
    const Value middle = Vector::all(128);
    cb = Vector::template shiftLeft<7>(Vector::subtract(cb, middle));
    cr = Vector::template shiftLeft<7>(Vector::subtract(cr, middle));
    const Value green = Vector::add(Vector::times(cb, greenCb_), Vector::times(cr, greenCr_));
    return {Vector::add(base_, Vector::times(cr, redCr_)), Vector::add(base_, green),
            Vector::add(base_, Vector::times(cb, blueCb_))};
  }

 private:
  Value base_;
  Value redCr_;
  Value greenCb_;
  Value greenCr_;
  Value blueCb_;
};

/// ConvertKernels::chromaShares. Rows stand in blocks of kBytes pixels, in the order that unpacking
/// leaves them in and packing takes them.
template <typename Vector>
void chromaShares(const ChromaPiece& piece, const RowMatrix& matrix, const ChromaShares& out) {
  using Value = typename Vector::Value;
  constexpr int kWords = Vector::kWords;
  const SharesOf<Vector> sharesOf(matrix);
  // A neighbour before the first, aligned behind it, and one after the last.
  alignas(64) std::array<std::array<uint16_t, kWords + kPiece + 2 * kWords>, 3> plain;
  const int n = piece.count;
  const int before = piece.hasBefore ? 1 : 0;
  const int all = before + n + (piece.hasAfter ? 1 : 0);
  const uint8_t* const cb = piece.cb - ptrdiff_t{piece.step} * before;
  const uint8_t* const cr = piece.cr - ptrdiff_t{piece.step} * before;
  const auto put = [&](int i, Value cbs, Value crs) {
    const std::array<Value, 3> shares = sharesOf(cbs, crs);
    for (int c = 0; c < 3; ++c) Vector::store(&plain[c][kWords - before + i], shares[c]);
  };
  int i = 0;
  // By turns, the upper of the two planes reads a byte beyond its own: not behind the last sample.
  for (; i + kWords + piece.step - 1 <= all; i += kWords) {
    const ptrdiff_t at = ptrdiff_t{piece.step} * i;
    put(i, Vector::samples(cb + at, piece.step), Vector::samples(cr + at, piece.step));
  }
  for (; i < all; i += kWords) {
    const ptrdiff_t at = ptrdiff_t{piece.step} * i;
    put(i, Vector::samples(cb + at, piece.step, all - i),
        Vector::samples(cr + at, piece.step, all - i));
  }
  for (int c = 0; c < 3; ++c) {
    uint16_t* const in = &plain[c][kWords];
    if (!piece.hasBefore) in[-1] = in[0];
    if (!piece.hasAfter) in[n] = in[n - 1];
    for (int k = 0; k < n; k += kWords) {
      const Value here = Vector::load(in + k);
      const auto near = [&](const uint16_t* beside) {
        return Vector::average(Vector::average(Vector::load(beside), here), here);
      };
      const Value left = near(in + k - 1);
      const Value right = near(in + k + 1);
      Vector::store(out[c] + 2 * ptrdiff_t{k}, Vector::lowWords(left, right));
      Vector::store(out[c] + 2 * ptrdiff_t{k} + kWords, Vector::highWords(left, right));
    }
  }
}

/// A row's luma, 32 to a level, in the order of the shares. It takes back what shares count from,
/// and adds half a level for rounding.
template <typename Vector>
struct LumaOf final {
  using Value = typename Vector::Value;

  LumaOf(Value bytes, Value factor) {
    const Value none = Vector::all(0);
    const Value zero = Vector::all(static_cast<int16_t>(16 - kShareBase));
    low = Vector::add(Vector::timesHigh(Vector::lowBytes(none, bytes), factor), zero);
    high = Vector::add(Vector::timesHigh(Vector::highBytes(none, bytes), factor), zero);
  }
  Value low;
  Value high;
};

/// One colour of kBytes pixels of a row, a word each, not clamped.
template <typename Vector>
struct WordsOf final {
  typename Vector::Value low;
  typename Vector::Value high;
};

/// What kBytes pixels of two rows are, of one colour.
template <typename Vector>
std::array<WordsOf<Vector>, 2> pairOf(const uint16_t* above, const uint16_t* below,
                                      const LumaOf<Vector>& first, const LumaOf<Vector>& second) {
  using Value = typename Vector::Value;
  const auto of = [](Value share, Value luma) {
    return Vector::template shiftRight<5>(Vector::add(share, luma));
  };
  const Value a = Vector::load(above);
  const Value b = Vector::load(below);
  const Value c = Vector::load(above + Vector::kWords);
  const Value d = Vector::load(below + Vector::kWords);
  const Value ab = Vector::average(a, b);
  const Value cd = Vector::average(c, d);
  return {{{of(Vector::average(ab, a), first.low), of(Vector::average(cd, c), first.high)},
           {of(Vector::average(ab, b), second.low), of(Vector::average(cd, d), second.high)}}};
}

/// ConvertKernels::colourPair, colourPairAlpha. An Interleaver has kPixelBytes, and
/// put(out, first, second, third, pixels) for WordsOf of each colour and up to kBytes pixels.
template <typename Vector, typename Interleaver>
void colourPair(const RowPair& rows, const RowMatrix& matrix, bool bgr, int count) {
  const Interleaver interleaver;
  const typename Vector::Value factor = Vector::all(matrix.luma);
  const int first = bgr ? 2 : 0;
  // Inlined twice: for whole vectors nothing is left of what the last few pixels take.
  const auto work = [&](int i, int pixels) __attribute__((always_inline)) {
    const LumaOf<Vector> a(Vector::bytes(rows.luma[0] + i, pixels), factor);
    const LumaOf<Vector> b(Vector::bytes(rows.luma[1] + i, pixels), factor);
    const auto c0 = pairOf<Vector>(rows.above[first] + i, rows.below[first] + i, a, b);
    const auto c1 = pairOf<Vector>(rows.above[1] + i, rows.below[1] + i, a, b);
    const auto c2 = pairOf<Vector>(rows.above[2 - first] + i, rows.below[2 - first] + i, a, b);
    const ptrdiff_t at = ptrdiff_t{Interleaver::kPixelBytes} * i;
    interleaver.put(rows.out[0] + at, c0[0], c1[0], c2[0], pixels);
    interleaver.put(rows.out[1] + at, c0[1], c1[1], c2[1], pixels);
  };
  int i = 0;
  for (; i + Vector::kBytes <= count; i += Vector::kBytes) work(i, Vector::kBytes);
  if (i < count) work(i, count - i);
}

}  // namespace flux::video
