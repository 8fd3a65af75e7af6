#include "video/motion_background.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace flux::video {
namespace {

constexpr int kOne = MotionBackground::kOne;
constexpr int16_t kFirstNoise = 2 * kOne;
constexpr int16_t kMaxNoise = 31 * kOne;
/// What strays because it moves says little about noise: it counts as this much at most.
constexpr int16_t kMaxForegroundNoise = 10 * kOne;
/// Share of the way that a cell goes which stood still for long enough: a quarter.
constexpr int16_t kAbsorb = 16384;

int16_t stepTowards(int16_t from, int16_t to, int16_t pace) {
  return static_cast<int16_t>(from + (((to - from) * pace + 32768) >> 16));
}

/// `mask` has all bits or none.
int16_t choose(int16_t mask, int16_t yes, int16_t no) {
  return static_cast<int16_t>((yes & mask) | (no & ~mask));
}

int16_t stray(int16_t a, int16_t b) {
  return static_cast<int16_t>(a > b ? a - b : b - a);
}

}  // namespace

MotionBackground::MotionBackground(Size cells, Levels floors)
    : cells_(cells),
      floors_(std::move(floors)),
      mean_(floors_.size()),
      noise_(floors_.size(), kFirstNoise),
      low_(floors_.size()),
      high_(floors_.size()),
      foreground_(floors_.size()),
      still_(floors_.size()),
      previous_(floors_.size()) {}

void MotionBackground::learn(const uint8_t* grey, bool keepNoise) {
  for (size_t i = 0; i < mean_.size(); ++i) mean_[i] = static_cast<int16_t>(grey[i] * kOne);
  if (!keepNoise) std::fill(noise_.begin(), noise_.end(), kFirstNoise);
  std::fill(foreground_.begin(), foreground_.end(), uint8_t{0});
  std::fill(still_.begin(), still_.end(), uint8_t{0});
  std::copy_n(grey, previous_.size(), previous_.begin());
}

MotionBackground::Difference MotionBackground::compare(const uint8_t* grey) {
  const size_t width = static_cast<size_t>(cells_.width);
  const size_t height = static_cast<size_t>(cells_.height);
  for (size_t y = 0; y < height; ++y) {
    const int16_t* __restrict mean = &mean_[y * width];
    int16_t* __restrict low = &low_[y * width];
    int16_t* __restrict high = &high_[y * width];
    low[0] = std::min(mean[0], mean[1]);
    high[0] = std::max(mean[0], mean[1]);
    for (size_t x = 1; x + 1 < width; ++x) {
      low[x] = std::min(std::min(mean[x - 1], mean[x]), mean[x + 1]);
      high[x] = std::max(std::max(mean[x - 1], mean[x]), mean[x + 1]);
    }
    low[width - 1] = std::min(mean[width - 2], mean[width - 1]);
    high[width - 1] = std::max(mean[width - 2], mean[width - 1]);
  }
  size_t count = 0;
  int64_t change = 0;
  for (size_t y = 0; y < height; ++y) {
    const size_t above = (y == 0 ? y : y - 1) * width;
    const size_t below = (y + 1 == height ? y : y + 1) * width;
    const size_t line = y * width;
    const int16_t* __restrict low0 = &low_[above];
    const int16_t* __restrict low1 = &low_[line];
    const int16_t* __restrict low2 = &low_[below];
    const int16_t* __restrict high0 = &high_[above];
    const int16_t* __restrict high1 = &high_[line];
    const int16_t* __restrict high2 = &high_[below];
    const int16_t* __restrict floors = &floors_[line];
    const int16_t* __restrict noise = &noise_[line];
    const int16_t* __restrict mean = &mean_[line];
    const uint8_t* __restrict now = grey + line;
    uint8_t* __restrict out = &foreground_[line];
    uint16_t found = 0;
    int32_t brighter = 0;
    for (size_t x = 0; x < width; ++x) {
      const auto level = static_cast<int16_t>(now[x] * kOne);
      const auto allowed = static_cast<int16_t>(floors[x] + 3 * noise[x]);
      const int16_t low = std::min(std::min(low0[x], low1[x]), low2[x]);
      const int16_t high = std::max(std::max(high0[x], high1[x]), high2[x]);
      const bool strays = (level < static_cast<int16_t>(low - allowed)) |
                          (level > static_cast<int16_t>(high + allowed));
      out[x] = strays ? 1 : 0;
      found = static_cast<uint16_t>(found + (strays ? 1 : 0));
      brighter += level - mean[x];
    }
    count += found;
    change += brighter;
  }
  return {count, static_cast<float>(change) / static_cast<float>(kOne * mean_.size())};
}

void MotionBackground::follow(const uint8_t* grey, const Pace& pace) {
  const size_t count = mean_.size();
  int16_t* __restrict means = mean_.data();
  int16_t* __restrict noises = noise_.data();
  uint8_t* __restrict still = still_.data();
  uint8_t* __restrict previous = previous_.data();
  const int16_t* __restrict floors = floors_.data();
  const uint8_t* __restrict foreground = foreground_.data();
  const uint8_t* __restrict now = grey;
  const auto stillAfter = static_cast<uint8_t>(std::clamp(pace.stillAfter, 1, 254));
  // Two loops, and no conditions in the second: otherwise compilers find no vector instructions.
  for (size_t i = 0; i < count; ++i) {
    // Half of what makes foreground: an object's own pattern is weaker than its outline.
    const auto half = static_cast<int16_t>((floors[i] + 3 * noises[i]) >> 1);
    const auto level = static_cast<int16_t>(now[i] * kOne);
    const auto before = static_cast<int16_t>(previous[i] * kOne);
    const bool changed = stray(level, before) > half;
    const auto next = static_cast<uint8_t>(still[i] + (still[i] < 255 ? 1 : 0));
    still[i] = changed ? uint8_t{0} : next;
    // Kept until it changes: what moves slowly changes little from one picture to the next.
    previous[i] = changed ? now[i] : previous[i];
  }
  const auto slow = static_cast<int16_t>(pace.foreground);
  const auto quick = static_cast<int16_t>(pace.mean);
  const auto slowNoise = static_cast<int16_t>(pace.foregroundNoise);
  const auto quickNoise = static_cast<int16_t>(pace.noise);
  for (size_t i = 0; i < count; ++i) {
    const auto moves = static_cast<int16_t>(-foreground[i]);  // all bits or none
    const auto stands = static_cast<int16_t>(-static_cast<int16_t>(still[i] >= stillAfter));
    const auto level = static_cast<int16_t>(now[i] * kOne);
    const int16_t distance = stray(level, means[i]);
    const int16_t most = choose(moves, kMaxForegroundNoise, kMaxNoise);
    const int16_t told = distance < most ? distance : most;
    const int16_t waiting = choose(stands, kAbsorb, slow);
    means[i] = stepTowards(means[i], level, choose(moves, waiting, quick));
    noises[i] = stepTowards(noises[i], told, choose(moves, slowNoise, quickNoise));
  }
}

MotionBackground::Light MotionBackground::fitLight(const uint8_t* grey) const {
  // Cells by their background's brightness; of each group, how many changed by how much.
  constexpr size_t kGroups = 16;
  constexpr size_t kSteps = 512;
  std::array<std::array<uint32_t, kSteps>, kGroups> changes{};
  std::array<uint32_t, kGroups> sizes{};
  std::array<float, kGroups> levels{};
  for (size_t i = 0; i < mean_.size(); ++i) {
    const int level = std::min((mean_[i] + kOne / 2) / kOne, 255);
    const auto group = static_cast<size_t>(level) / (256 / kGroups);
    // Beyond black and white the light cannot be read off.
    if (grey[i] < 4 || grey[i] > 251) continue;
    ++changes[group][256U + grey[i] - static_cast<size_t>(level)];
    ++sizes[group];
    levels[group] += static_cast<float>(level);
  }
  struct Sample {
    float before;
    float now;
    float weight;
  };
  std::vector<Sample> samples;
  const auto least = static_cast<uint32_t>(mean_.size() / 64 + 1);
  for (size_t group = 0; group < kGroups; ++group) {
    if (sizes[group] < least) continue;
    uint32_t seen = 0;
    size_t step = 0;
    while (seen + changes[group][step] <= sizes[group] / 2) seen += changes[group][step++];
    const float before = levels[group] / static_cast<float>(sizes[group]);
    // The median, and where it lies among those that round to the same.
    const float within = (static_cast<float>(sizes[group]) / 2 - static_cast<float>(seen)) /
                         static_cast<float>(changes[group][step]);
    const float change = static_cast<float>(step) - 256.5F + within;
    samples.push_back({before, before + change, static_cast<float>(sizes[group])});
  }
  Light light;
  // The second round leaves out the groups that a large object hides.
  for (int round = 0; round < 2; ++round) {
    float weight = 0;
    float before = 0;
    float now = 0;
    for (const Sample& s : samples) {
      weight += s.weight;
      before += s.weight * s.before;
      now += s.weight * s.now;
    }
    if (weight <= 0) return {};
    before /= weight;
    now /= weight;
    float covariance = 0;
    float variance = 0;
    for (const Sample& s : samples) {
      covariance += s.weight * (s.before - before) * (s.now - now);
      variance += s.weight * (s.before - before) * (s.before - before);
    }
    // Of a picture with little contrast only the brightness can be told.
    const bool contrast = variance / weight > 100;
    light.gain = contrast ? std::clamp(covariance / variance, 0.3F, 3.0F) : 1.0F;
    light.offset = now - light.gain * before;
    for (Sample& s : samples) {
      if (std::abs(light.gain * s.before + light.offset - s.now) > 10) s.weight *= 0.05F;
    }
  }
  return light;
}

size_t MotionBackground::strayingIn(const Light& light, const uint8_t* grey) const {
  size_t count = 0;
  const float offset = light.offset * kOne;
  for (size_t i = 0; i < mean_.size(); ++i) {
    const float expected =
        std::clamp(static_cast<float>(mean_[i]) * light.gain + offset, 0.0F, 255.0F * kOne);
    const float distance = std::abs(static_cast<float>(grey[i] * kOne) - expected);
    count += distance > static_cast<float>(threshold(i)) ? 1 : 0;
  }
  return count;
}

void MotionBackground::apply(const Light& light) {
  const float offset = light.offset * kOne;
  for (int16_t& mean : mean_) {
    mean = static_cast<int16_t>(
        std::clamp(static_cast<float>(mean) * light.gain + offset, 0.0F, 255.0F * kOne));
  }
}

}  // namespace flux::video
