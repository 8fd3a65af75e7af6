// Finds what moves in small grey pictures of a fixed camera, without a model. Who feeds it:
// engine/motion_watcher.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/cpu_level.h"
#include "video/frame.h"

namespace flux::video {

/// Of the picture's width and height, from its top left corner: 0 to 1.
struct Point {
  float x = 0;
  float y = 0;
};

/// A part of the picture, in shares of its width and height.
struct Box {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;

  bool operator==(const Box&) const = default;
};

/// The smallest box around both.
Box unite(const Box& a, const Box& b);

/// A part of the picture where motion counts, or does not.
struct MotionZone {
  std::string name;
  std::vector<Point> polygon;  ///< at least three corners; filled by the even-odd rule
  bool exclude = false;        ///< what happens in it is never motion, whatever other zones say
  int sensitivity = 50;        ///< 0 to 100, instead of MotionOptions::sensitivity
};

struct MotionOptions {
  /// 0: only the strongest contrasts count; 100: whatever rises above the noise. At 50 an object
  /// has to be 14 of 255 grey levels, and three times the noise, from its background.
  int sensitivity = 50;
  /// The smallest object, as a share of the picture.
  double minRegion = 0.002;
  /// Without a zone that includes, the whole picture counts. At most kMaxZones.
  std::vector<MotionZone> zones;

  static constexpr size_t kMaxZones = 32;
};

/// One thing that moves.
struct MotionRegion {
  Box box;
  /// How far beyond what would do, in size and contrast: 0.5 just does, 1 is the limit.
  float score = 0;
  float area = 0;      ///< share of the picture that differs from the background
  uint32_t zones = 0;  ///< bit N: it touches MotionOptions::zones[N]
};

/// Compares each picture with a background that it learns: per cell a running mean, and how far the
/// cell strays from it by noise. A cell that strays further is foreground; foreground that hangs
/// together, is large enough and changes from one picture to the next is motion. What it allows
/// for:
///   noise       per cell, also of leaves and of compression, within half a minute
///   shake       of up to one cell: a cell is compared with its neighbours' background as well
///   light       of the whole picture: brightness and contrast are fitted and followed at once;
///               where that does not explain a change of most of the picture (day and night,
///               lightning, a camera that was turned), the background is learned anew
///   light       of a part: the picture got lighter or darker there, its pattern stayed
///   rain, snow  thin and lonely cells; what is seen in one picture only
///   standing    what stands still for three seconds becomes background (a parked car, and the hole
///               that one leaves)
/// The memory is 10 bytes per cell. Not thread safe.
class MotionDetector final {
 public:
  /// `cells`: the pictures' size, at least 16x16 and at most 640x640. Throws ERR_INVALID_ARGUMENT.
  MotionDetector(Size cells, const MotionOptions& options);
  MotionDetector(Size cells, const MotionOptions& options, CpuLevel level);
  ~MotionDetector();
  MotionDetector(const MotionDetector&) = delete;
  MotionDetector& operator=(const MotionDetector&) = delete;

  [[nodiscard]] Size cells() const noexcept;
  /// What moves in the next picture, the largest first, at most kMaxRegions; the list is valid
  /// until the next call. `grey` is one byte per cell, `pitch` bytes from line to line;
  /// `timeMicros` rises. Nothing while the background is learned: for a second at first, and after
  /// a gap of more than kMaxGapMicros.
  const std::vector<MotionRegion>& analyse(const uint8_t* grey, size_t pitch, int64_t timeMicros);
  /// What comes next has no relation to what came before: learns anew.
  void reset();
  /// Is the background being learned, such that analyse() finds nothing?
  [[nodiscard]] bool isLearning() const noexcept;
  /// Times that the light of most of the picture changed so that it was learned anew.
  [[nodiscard]] uint64_t lightChanges() const noexcept;

  static constexpr size_t kMaxRegions = 16;
  static constexpr int64_t kMaxGapMicros = 5'000'000;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flux::video
