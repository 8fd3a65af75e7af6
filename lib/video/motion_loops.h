// The loops themselves, written so that compilers find vector instructions: each level's file
// compiles them once, with its own. Nothing here may be shared between those files, templates and
// inline functions of the standard library included: the linker would keep one of them for all.
#pragma once

#include "video/motion_kernels.h"

namespace flux::video::loops {

static inline int16_t lesser(int16_t a, int16_t b) {
  return a < b ? a : b;
}

static inline int16_t greater(int16_t a, int16_t b) {
  return a > b ? a : b;
}

static inline int16_t level(uint8_t grey) {
  return static_cast<int16_t>(grey * 64);
}

static inline int16_t distance(int16_t a, int16_t b) {
  return static_cast<int16_t>(a > b ? a - b : b - a);
}

/// `mask` has all bits or none.
static inline int16_t choose(int16_t mask, int16_t yes, int16_t no) {
  return static_cast<int16_t>((yes & mask) | (no & ~mask));
}

/// `pace` of 65536 of the way, rounded to the nearest: both halves of the product, as processors
/// have instructions for these and not for all of it.
static inline int16_t stepTowards(int16_t from, int16_t to, int16_t pace) {
  const auto way = static_cast<int16_t>(to - from);
  const auto upper = static_cast<int16_t>((way * pace) >> 16);
  const auto lower =
      static_cast<uint16_t>(static_cast<uint16_t>(way) * uint32_t{static_cast<uint16_t>(pace)});
  return static_cast<int16_t>(from + upper + static_cast<int16_t>(lower >> 15));
}

static void spread(const int16_t* __restrict line, size_t count, int16_t* __restrict low,
                   int16_t* __restrict high) {
  low[0] = lesser(line[0], line[1]);
  high[0] = greater(line[0], line[1]);
  for (size_t x = 1; x < count - 1; ++x) {
    low[x] = lesser(lesser(line[x - 1], line[x]), line[x + 1]);
    high[x] = greater(greater(line[x - 1], line[x]), line[x + 1]);
  }
  low[count - 1] = lesser(line[count - 2], line[count - 1]);
  high[count - 1] = greater(line[count - 2], line[count - 1]);
}

static MotionStrays strays(const MotionLine& line, size_t count, uint8_t* __restrict out) {
  const int16_t* __restrict low0 = line.low[0];
  const int16_t* __restrict low1 = line.low[1];
  const int16_t* __restrict low2 = line.low[2];
  const int16_t* __restrict high0 = line.high[0];
  const int16_t* __restrict high1 = line.high[1];
  const int16_t* __restrict high2 = line.high[2];
  const int16_t* __restrict floors = line.floors;
  const int16_t* __restrict noise = line.noise;
  const int16_t* __restrict mean = line.mean;
  const uint8_t* __restrict now = line.now;
  uint16_t found = 0;  // a line has 640 at most
  int32_t brighter = 0;
  for (size_t x = 0; x < count; ++x) {
    const int16_t here = level(now[x]);
    const auto allowed = static_cast<int16_t>(floors[x] + 3 * noise[x]);
    const int16_t low = lesser(lesser(low0[x], low1[x]), low2[x]);
    const int16_t high = greater(greater(high0[x], high1[x]), high2[x]);
    const bool far = (here < static_cast<int16_t>(low - allowed)) |
                     (here > static_cast<int16_t>(high + allowed));
    out[x] = far ? 1 : 0;
    found = static_cast<uint16_t>(found + (far ? 1 : 0));
    brighter += here - mean[x];
  }
  return {found, brighter};
}

static void follow(const MotionCells& cells, const MotionSteps& steps, size_t count) {
  int16_t* __restrict mean = cells.mean;
  int16_t* __restrict noise = cells.noise;
  uint8_t* __restrict still = cells.still;
  uint8_t* __restrict previous = cells.previous;
  const int16_t* __restrict floors = cells.floors;
  const uint8_t* __restrict foreground = cells.foreground;
  const uint8_t* __restrict now = cells.now;
  const MotionSteps pace = steps;
  // Two loops, and no conditions in the second: otherwise compilers find no vector instructions.
  for (size_t i = 0; i < count; ++i) {
    // Half of what makes foreground: an object's own pattern is weaker than its outline.
    const auto half = static_cast<int16_t>(static_cast<int16_t>(floors[i] + 3 * noise[i]) >> 1);
    const bool changed = distance(level(now[i]), level(previous[i])) > half;
    const auto next = static_cast<uint8_t>(still[i] + (still[i] < 255 ? 1 : 0));
    still[i] = changed ? uint8_t{0} : next;
    // Kept until it changes: what moves slowly changes little from one picture to the next.
    previous[i] = changed ? now[i] : previous[i];
  }
  for (size_t i = 0; i < count; ++i) {
    const auto moves = static_cast<int16_t>(-foreground[i]);  // all bits or none
    const auto stands = static_cast<int16_t>(-static_cast<int16_t>(still[i] >= pace.stillAfter));
    const int16_t here = level(now[i]);
    const int16_t far = distance(here, mean[i]);
    const int16_t most = choose(moves, pace.maxForegroundNoise, pace.maxNoise);
    const int16_t waiting = choose(stands, pace.absorb, pace.foreground);
    mean[i] = stepTowards(mean[i], here, choose(moves, waiting, pace.mean));
    noise[i] =
        stepTowards(noise[i], lesser(far, most), choose(moves, pace.foregroundNoise, pace.noise));
  }
}

static void both(const uint8_t* __restrict a, const uint8_t* __restrict b, size_t count,
                 uint8_t* __restrict out) {
  for (size_t i = 0; i < count; ++i) out[i] = a[i] & b[i];
}

static void sums(const uint8_t* __restrict line, size_t count, uint8_t* __restrict out) {
  out[0] = static_cast<uint8_t>(line[0] + line[1]);
  for (size_t x = 1; x < count - 1; ++x) {
    out[x] = static_cast<uint8_t>(line[x - 1] + line[x] + line[x + 1]);
  }
  out[count - 1] = static_cast<uint8_t>(line[count - 2] + line[count - 1]);
}

static void keep(const uint8_t* const sums[3], const uint8_t* __restrict line, uint8_t least,
                 size_t count, uint8_t* __restrict out) {
  const uint8_t* __restrict above = sums[0];
  const uint8_t* __restrict here = sums[1];
  const uint8_t* __restrict below = sums[2];
  for (size_t x = 0; x < count; ++x) {
    const auto sum = static_cast<uint8_t>(above[x] + here[x] + below[x]);
    out[x] = static_cast<uint8_t>(line[x] & (sum >= least ? 1 : 0));
  }
}

static void any(const uint8_t* const sums[3], size_t count, uint8_t* __restrict out) {
  const uint8_t* __restrict above = sums[0];
  const uint8_t* __restrict here = sums[1];
  const uint8_t* __restrict below = sums[2];
  for (size_t x = 0; x < count; ++x) out[x] = (above[x] | here[x] | below[x]) != 0 ? 1 : 0;
}

static constexpr MotionKernels kKernels = {
    .spread = spread,
    .strays = strays,
    .follow = follow,
    .both = both,
    .sums = sums,
    .keep = keep,
    .any = any,
};

}  // namespace flux::video::loops
