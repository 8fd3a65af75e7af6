// Parameter sets that x264 wrote for known pictures.
#pragma once

#include "base/bytes.h"

namespace flux::test {

struct Sample {
  const char* name;
  const char* sps;
  const char* pps;
  int profile, level, width, height, reorderDepth;
  double frameRate;
  const char* codecString;
};

inline constexpr Sample kSamples[] = {
    {"Baseline 1080p25 without B-frames", "6742c028da01e0089f97011000000300100000030328f1832a",
     "68ce0fc8", 66, 40, 1920, 1080, 0, 25, "avc1.42C028"},
    {"High 1080p25 with B-frames", "67640028acd940780227e5c044000003000400000300c83c60c658",
     "68ebe3cb22c0", 100, 40, 1920, 1080, 2, 25, "avc1.640028"},
    {"Main 360p15 for low latency", "674d4016d900a02ff970110000030001000003001e8f162e48",
     "68ebc3cb20", 77, 22, 640, 360, 0, 15, "avc1.4D4016"},
    {"High 4:2:2 with 10 bits", "677a001eb6cd940a02ff89c04400000fa40003a9803c58b658",
     "68ebe3cb22c0", 122, 30, 640, 360, 2, 30000.0 / 1001, "avc1.7A001E"},
    {"High 4:4:4 cropped by odd amounts", "67f4000d919b282a10f1f1f808800000030080000019078a14cb",
     "68ebe3c44844", 244, 13, 322, 242, 2, 25, "avc1.F4000D"},
    {"interlaced PAL", "6764001eacd940b424d8088000000300800000190f8a14cb", "68fba3cb22c0", 100, 30,
     720, 576, 2, 25, "avc1.64001E"},
    {"with HRD parameters",
     "6764001eacd940a02ff9701100000300010000030032604000f424001e84a4c30078b16cb0", "68ebe3cb3002c0",
     100, 30, 640, 360, 2, 25, "avc1.64001E"},
    {"monochrome", "6764001ef3650280bfe27016c80000030008000003019078b16cb0", "68ebe3cb22c0", 100,
     30, 640, 360, 2, 25, "avc1.64001E"},
};

}  // namespace flux::test
