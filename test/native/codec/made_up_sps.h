// Sequence parameter sets of H.264 as a test wishes them.
#pragma once

#include "sps_fixture.h"

namespace flux::test {

/// What a made-up SPS says; the rest is as in a plain progressive 4:2:0 stream.
struct Wish {
  int profile = 77;
  int constraints = 0;
  int level = 31;
  uint32_t pocType = 0;
  uint32_t refFrames = 4;
  uint64_t widthMbs = 80;
  uint64_t heightMbs = 45;
  bool scalingLists = false;
  uint64_t cropRight = 0;
  /// -1: no VUI at all; -2: a VUI without bitstream restriction.
  int reorderFrames = -1;
  uint32_t unitsInTick = 1;
  uint32_t timeScale = 50;
  uint32_t aspect = 1;  ///< to one
  bool hrd = false;
};

/// The HRD parameters for NAL units, none for slices, and pic_struct_present_flag (§E.1.1).
inline void writeHrd(BitWriter& out, bool wanted) {
  out.flag(wanted);
  if (wanted) out.ue(0).bits(0x44, 8).ue(1000).ue(2000).flag(false).bits(0, 20);
  out.flag(false);
  if (wanted) out.flag(false);  // low_delay_hrd_flag
  out.flag(false);
}

inline Bytes makeSps(const Wish& wish) {
  BitWriter out;
  out.bits(static_cast<uint64_t>(wish.profile), 8).bits(static_cast<uint64_t>(wish.constraints), 8);
  out.bits(static_cast<uint64_t>(wish.level), 8).ue(0);
  if (wish.profile == 100) {
    out.ue(1).ue(0).ue(0).flag(false).flag(wish.scalingLists);
    if (wish.scalingLists) {
      for (int list = 0; list < 8; ++list) {
        out.flag(list != 3);
        if (list == 3) continue;
        const int size = list < 6 ? 16 : 64;
        // List 1 ends early by a delta that leads to zero; the others run through.
        for (int i = 0; i < size; ++i) {
          if (list == 1 && i == 2) {
            out.se(-10);
            break;
          }
          out.se(i < 2 ? 1 : 0);
        }
      }
    }
  }
  out.ue(0).ue(wish.pocType);
  if (wish.pocType == 0) out.ue(2);
  if (wish.pocType == 1) {
    out.flag(false).se(-3).se(2).ue(2).se(1).se(-1);
  }
  out.ue(wish.refFrames).flag(false).ue(wish.widthMbs - 1).ue(wish.heightMbs - 1);
  out.flag(true).flag(true);
  writeCropping(out, wish.cropRight);
  out.flag(wish.reorderFrames != -1);
  if (wish.reorderFrames != -1) {
    writeVuiStart(out, wish.aspect);
    out.flag(true).bits(wish.unitsInTick, 32).bits(wish.timeScale, 32).flag(true);
    writeHrd(out, wish.hrd);
    out.flag(wish.reorderFrames >= 0);
    if (wish.reorderFrames >= 0) {
      out.flag(true).ue(0).ue(0).ue(11).ue(11);
      out.ue(static_cast<uint64_t>(wish.reorderFrames)).ue(4);
    }
  }
  return out.nal(0x67);
}

}  // namespace flux::test
