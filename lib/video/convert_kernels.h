// The inner loops of conversions, one table per level of instructions. All levels give the same
// numbers. Internal to lib/video.
//
// Rows between the steps are of int16_t, 128 to a level of 8 bits: 0 to 32640. They have room for
// kRowSlack more on either side, and the loops may write there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/cpu_level.h"

namespace flux::video {

inline constexpr int kRowScale = 128;
inline constexpr int kRowSlack = 64;
/// `across` takes its outputs in groups of so many: tables and rows are as long.
inline constexpr int kGroup = 16;
/// The most samples that `down` sums.
inline constexpr int kMaxTaps = 128;

/// Y'CbCr to RGB on rows: factors are 8192 times the real ones and give results of 32 to a level.
struct RowMatrix {
  int16_t luma = 0;
  int16_t base = 0;  ///< of 32 to a level, added to each
  int16_t redCr = 0;
  int16_t greenCb = 0;
  int16_t greenCr = 0;
  int16_t blueCb = 0;
};

struct Rows {
  const int16_t* luma = nullptr;
  const int16_t* cb = nullptr;
  const int16_t* cr = nullptr;
};

/// How many samples of chroma are worked on at a time: what they become stays in the first cache. A
/// row of 1080p in one piece: two are slower, as rows of the result are then written in turns.
inline constexpr int kPiece = 960;

struct ChromaPiece {
  const uint8_t* cb = nullptr;
  const uint8_t* cr = nullptr;
  int step = 1;
  int count = 0;           ///< at most kPiece
  bool hasBefore = false;  ///< a sample before the first; else the first counts twice
  bool hasAfter = false;
};

/// Shares of red, green and blue: kShareColumns each.
using ChromaShares = std::array<uint16_t*, 3>;
inline constexpr int kShareColumns = 2 * kPiece + 160;

struct RowPair {
  std::array<const uint8_t*, 2> luma{};
  ChromaShares above{};
  ChromaShares below{};
  std::array<uint8_t*, 2> out{};
};

struct ConvertKernels {
  /// out[i] = the sum over t of rows[t][i] * weights[t] (of 65536; one row alone counts whole).
  /// At most kMaxTaps rows; reads `count` bytes of each.
  void (*down)(const uint8_t* const* rows, const uint16_t* weights, int taps, int count,
               int16_t* out);
  /// The same of Cb and Cr by turns, `count` of each.
  void (*downPairs)(const uint8_t* const* rows, const uint16_t* weights, int taps, int count,
                    int16_t* cb, int16_t* cr);
  /// out[2i] = (in[i - 1] + 3 in[i]) / 4, out[2i + 1] = (3 in[i] + in[i + 1]) / 4, for `count` in.
  void (*twice)(const int16_t* in, int count, int16_t* out);
  /// out[i] = the sum over p, k of in[first[i] + 2 p + k] * weight / 16384; `count` is whole
  /// groups. Weights stand as [group of 8 outputs][p][output][k].
  void (*across)(const int16_t* in, const int32_t* first, const int16_t* weights, int pairs,
                 int count, int16_t* out);
  /// What a piece of a row of 4:2:0 chroma adds to red, green and blue, at twice its columns, in a
  /// layout of the level's own, for colourPair().
  void (*chromaShares)(const ChromaPiece& piece, const RowMatrix& matrix, const ChromaShares& out);
  /// Two rows of pixels between two rows of chroma: the first is nearer to `above`.
  void (*colourPair)(const RowPair& rows, const RowMatrix& matrix, bool bgr, int count);
  void (*colourPairAlpha)(const RowPair& rows, const RowMatrix& matrix, bool bgr, int count);
  /// 0 to 255 of in * factor / 32768 + offset, 32 to a level after the product.
  void (*bytes)(const int16_t* in, int16_t factor, int16_t offset, int count, uint8_t* out);
  void (*pairs)(const int16_t* cb, const int16_t* cr, int count, uint8_t* out);
  void (*rgb24)(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out);
  void (*rgba)(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out);
  /// Level (0 to 255) * scale + offset of R, G and B.
  void (*real)(const Rows& rows, const RowMatrix& matrix, const float* scale, const float* offset,
               int count, float* red, float* green, float* blue);
};

/// Throws ERR_INVALID_ARGUMENT where `level` cannot run here.
const ConvertKernels& convertKernels(CpuLevel level);

// What the tables are made of: those of convert_kernels.cc serve where others have nothing better.
extern const ConvertKernels kPortableKernels;
#if defined(__x86_64__)
extern const ConvertKernels kAvx2Kernels;
/// Puts those in whose vectors are wider.
void addAvx512Kernels(ConvertKernels& kernels);
#endif

}  // namespace flux::video
