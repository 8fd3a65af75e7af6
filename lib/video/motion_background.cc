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

}  // namespace

MotionBackground::MotionBackground(Size cells, Levels floors, const MotionKernels& kernels)
    : cells_(cells),
      kernels_(kernels),
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
  for (size_t at = 0; at < mean_.size(); at += width) {
    kernels_.spread(&mean_[at], width, &low_[at], &high_[at]);
  }
  size_t count = 0;
  int64_t change = 0;
  for (size_t y = 0; y < height; ++y) {
    const size_t above = (y == 0 ? y : y - 1) * width;
    const size_t below = (y + 1 == height ? y : y + 1) * width;
    const size_t here = y * width;
    const MotionLine line{.low = {&low_[above], &low_[here], &low_[below]},
                          .high = {&high_[above], &high_[here], &high_[below]},
                          .floors = &floors_[here],
                          .noise = &noise_[here],
                          .mean = &mean_[here],
                          .now = grey + here};
    const MotionStrays strays = kernels_.strays(line, width, &foreground_[here]);
    count += strays.count;
    change += strays.brighter;
  }
  return {count, static_cast<float>(change) / static_cast<float>(kOne * mean_.size())};
}

void MotionBackground::follow(const uint8_t* grey, const Pace& pace) {
  const MotionCells cells{.mean = mean_.data(),
                          .noise = noise_.data(),
                          .still = still_.data(),
                          .previous = previous_.data(),
                          .floors = floors_.data(),
                          .foreground = foreground_.data(),
                          .now = grey};
  const MotionSteps steps{.mean = static_cast<int16_t>(pace.mean),
                          .foreground = static_cast<int16_t>(pace.foreground),
                          .absorb = kAbsorb,
                          .noise = static_cast<int16_t>(pace.noise),
                          .foregroundNoise = static_cast<int16_t>(pace.foregroundNoise),
                          .maxNoise = kMaxNoise,
                          .maxForegroundNoise = kMaxForegroundNoise,
                          .stillAfter = static_cast<uint8_t>(std::clamp(pace.stillAfter, 1, 254))};
  kernels_.follow(cells, steps, mean_.size());
}

MotionBackground::Light MotionBackground::fitLight(const uint8_t* grey) const {
  // Cells by their background's brightness; of each group, how many changed by how much. Every
  // second cell says as much as all, at half the cost: as on the fields of one colour of a
  // chessboard.
  constexpr size_t kGroups = 16;
  constexpr size_t kSteps = 512;
  std::array<std::array<uint32_t, kSteps>, kGroups> changes{};
  std::array<uint32_t, kGroups> sizes{};
  std::array<uint32_t, kGroups> levels{};  // sums
  const auto width = static_cast<size_t>(cells_.width);
  for (size_t line = 0, odd = 0; line < mean_.size(); line += width, odd ^= 1) {
    for (size_t i = line + odd; i < line + width; i += 2) {
      const int level = std::min((mean_[i] + kOne / 2) / kOne, 255);
      const auto group = static_cast<size_t>(level) / (256 / kGroups);
      // Beyond black and white the light cannot be read off.
      if (grey[i] < 4 || grey[i] > 251) continue;
      ++changes[group][256U + grey[i] - static_cast<size_t>(level)];
      ++sizes[group];
      levels[group] += static_cast<uint32_t>(level);
    }
  }
  struct Sample {
    float before;
    float now;
    float weight;
  };
  std::vector<Sample> samples;
  const auto least = static_cast<uint32_t>(mean_.size() / 128 + 1);
  for (size_t group = 0; group < kGroups; ++group) {
    if (sizes[group] < least) continue;
    uint32_t seen = 0;
    size_t step = 0;
    while (seen + changes[group][step] <= sizes[group] / 2) seen += changes[group][step++];
    const float before = static_cast<float>(levels[group]) / static_cast<float>(sizes[group]);
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
