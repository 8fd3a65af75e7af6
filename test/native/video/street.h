// Pictures of a made-up street, for the tests of motion.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "video/motion.h"

namespace flux::video {

inline constexpr Size kCells{160, 90};
inline constexpr int64_t kFrameMicros = 200'000;

inline float overlap(const Box& a, const Box& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const float both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

/// Normal deviates, drawn once: each picture begins elsewhere among them.
inline const std::vector<float>& deviates() {
  static const std::vector<float> values = [] {
    std::mt19937 random(42);
    std::normal_distribution<float> normal(0, 1);
    std::vector<float> drawn(size_t{1} << 18);
    for (float& value : drawn) value = normal(random);
    return drawn;
  }();
  return values;
}

/// Pictures at five frames a second: a textured wall with noise, and what a test puts in front.
class Street {
 public:
  explicit Street(const MotionOptions& options = {}, double noise = 1.5,
                  CpuLevel level = cpuLevel())
      : detector(kCells, options, level), noise_(noise) {
    std::mt19937 random(7);
    wall_.resize(static_cast<size_t>(kCells.width) * static_cast<size_t>(kCells.height));
    for (int y = 0; y < kCells.height; ++y) {
      for (int x = 0; x < kCells.width; ++x) {
        const bool brick = ((x / 12) + (y / 7)) % 2 == 0;
        at(wall_, x, y) = (brick ? 110.0 : 80.0) + 0.4 * y + static_cast<double>(random() % 7);
      }
    }
  }

  /// A new picture of the wall alone, to be painted on.
  void begin() { picture_ = wall_; }
  void paint(const Box& box, double level) {
    for (int y = 0; y < kCells.height; ++y) {
      for (int x = 0; x < kCells.width; ++x) {
        const double u = (x + 0.5) / kCells.width;
        const double v = (y + 0.5) / kCells.height;
        if (u >= box.x && u < box.x + box.width && v >= box.y && v < box.y + box.height) {
          at(picture_, x, y) = level;
        }
      }
    }
  }
  std::vector<double>& picture() { return picture_; }
  static double& at(std::vector<double>& picture, int x, int y) {
    return picture[static_cast<size_t>(y) * static_cast<size_t>(kCells.width) +
                   static_cast<size_t>(x)];
  }
  void light(double gain, double offset) {
    for (double& level : picture_) level = level * gain + offset;
  }
  const std::vector<MotionRegion>& show() {
    std::vector<uint8_t> grey(picture_.size());
    // By pointers: sanitizers look at each call.
    const float* deviate = deviates().data() + random_() % (deviates().size() - grey.size());
    const double* level = picture_.data();
    for (uint8_t* out = grey.data(); out != grey.data() + grey.size(); ++out) {
      const double noisy = *level++ + noise_ * *deviate++;
      *out = noisy < 0 ? 0 : noisy > 255 ? 255 : static_cast<uint8_t>(noisy);
    }
    now_ += kFrameMicros;
    return detector.analyse(grey.data(), static_cast<size_t>(kCells.width), now_);
  }
  void calm(int frames) {
    for (int i = 0; i < frames; ++i) {
      begin();
      show();
    }
  }
  void pass(int64_t micros) { now_ += micros; }

  MotionDetector detector;

 private:
  double noise_;
  std::mt19937 random_{42};
  std::vector<double> wall_;
  std::vector<double> picture_;
  int64_t now_ = 1'000'000;
};

}  // namespace flux::video
