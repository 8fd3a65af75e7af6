// H.264 whose frames come as two field pictures (PAFF), each a unit of its own, which no encoder at
// hand writes: samples as they are, and fields that repeat the one before.
#pragma once

#include <random>

#include "codec/access_unit.h"
#include "codec/bit_writer.h"
#include "codec/h264.h"

namespace flux::test {

class FieldPictures final {
 public:
  static constexpr unsigned kMacroblocks = 2;  ///< of a field: 32 x 16 pixels

  FieldPictures() : parameters_(h264::makeParameters(sps(), pps())) {}

  /// `frames` of two units each; every `interval`th frame begins with an IDR picture.
  std::vector<AccessUnit> units(unsigned frames, unsigned interval) {
    std::vector<AccessUnit> out;
    for (unsigned i = 0; i < frames; ++i) {
      const unsigned number = i % interval;
      for (const bool bottom : {false, true}) {
        AccessUnit unit;
        unit.parameters = parameters_;
        unit.keyFrame = number == 0 && !bottom;
        // A camera's fields have one time, or half a frame's duration between them.
        unit.mediaTime = 3600 * int64_t{i} + (bottom ? 1800 : 0);
        unit.arrivalMicros = static_cast<int64_t>(out.size());
        if (unit.keyFrame) {
          nal::appendNal(unit.data, parameters_->sps);
          nal::appendNal(unit.data, parameters_->pps);
        }
        nal::appendNal(unit.data, field(number, bottom));
        out.push_back(std::move(unit));
      }
    }
    return out;
  }

 private:
  static constexpr unsigned kFrameNumBits = 4;
  static constexpr unsigned kOrderBits = 6;

  static Bytes sps() {
    constexpr unsigned kMain = 77;
    BitWriter out;
    out.bits(kMain, 8).bits(0, 8).bits(30, 8).ue(0);
    out.ue(kFrameNumBits - 4).ue(0).ue(kOrderBits - 4);
    out.ue(2).flag(false).ue(kMacroblocks - 1).ue(0);
    out.flag(false).flag(false);  // fields, and no macroblocks of them in frames
    out.flag(true).flag(false).flag(false);
    return out.nal(0x67);
  }
  static Bytes pps() {
    BitWriter out;
    out.ue(0).ue(0).flag(false).flag(false).ue(0).ue(0).ue(0).flag(false).bits(0, 2);
    out.se(0).se(0).se(0).flag(true).flag(false).flag(false);
    return out.nal(0x68);
  }

  /// The frame `number` of its group. Only an IDR picture has no P slices; the bottom fields of odd
  /// frames repeat what they refer to.
  Bytes field(unsigned number, bool bottom) {
    const bool idr = number == 0 && !bottom;
    constexpr unsigned kSliceP = 5;
    constexpr unsigned kSliceI = 7;
    BitWriter out;
    out.ue(0).ue(idr ? kSliceI : kSliceP).ue(0);
    out.bits(number % (1U << kFrameNumBits), kFrameNumBits);
    out.flag(true).flag(bottom);
    if (idr) out.ue(idrs_++ % 2);
    out.bits((2 * number + (bottom ? 1 : 0)) % (1U << kOrderBits), kOrderBits);
    if (!idr) out.flag(false).flag(false);
    if (idr) out.flag(false);
    out.flag(false);  // marking of references: the usual
    out.se(0).ue(1);  // no deblocking
    if (bottom && number % 2 == 1) {
      out.ue(kMacroblocks);
    } else {
      for (unsigned i = 0; i < kMacroblocks; ++i) writeSamples(out, idr);
    }
    return out.nal(idr ? uint8_t{0x65} : uint8_t{0x61});
  }

  /// A macroblock of type I_PCM.
  void writeSamples(BitWriter& out, bool intraSlice) {
    constexpr unsigned kPcm = 25;
    constexpr unsigned kTypesOfP = 5;
    if (!intraSlice) out.ue(0);
    out.ue(intraSlice ? kPcm : kPcm + kTypesOfP);
    while (out.size() % 8 != 0) out.flag(false);
    for (unsigned sample = 0; sample < 384; ++sample) out.bits(1 + random_() % 255, 8);
  }

  const CodecParametersPtr parameters_;
  std::mt19937 random_{11};
  unsigned idrs_ = 0;
};

}  // namespace flux::test
