#include "video/motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/cpu_level.h"
#include "base/error.h"
#include "video/motion_background.h"
#include "video/motion_kernels.h"
#include "video/motion_light.h"
#include "video/motion_regions.h"

namespace flux::video {
namespace {

constexpr double kSecond = 1e6;
/// The background's own memory, in seconds: long enough for who walks by, short enough for shadows
/// that wander with the sun.
constexpr double kMeanSeconds = 8;
constexpr double kForegroundSeconds = 90;
constexpr double kNoiseSeconds = 10;
constexpr double kForegroundNoiseSeconds = 25;
constexpr double kStillSeconds = 3;
/// A thing whose cells did not change for this long does not move.
constexpr double kActiveSeconds = 1.2;
constexpr int64_t kLearnMicros = 1'000'000;
/// A change of light is over by then, and another begins no sooner than this after it.
constexpr int64_t kMaxUnrestMicros = 4'000'000;
constexpr int64_t kCalmMicros = 2'000'000;
constexpr int kLearnPace = 16384;  // a quarter per picture

/// From here on the light is asked whether it explains the change: share of the picture that
/// strays, or grey levels that all of it changed by in the mean.
constexpr double kAskLight = 0.08;
constexpr float kAskBrightening = 1.5F;
/// A change of more of the picture than this is no object.
constexpr double kLightChange = 0.6;
constexpr size_t kMostTracked = MotionRegions::kMax;

int16_t floorOf(int sensitivity) {
  // 40 grey levels at 0, 14 at 50, 5 at 100.
  const double levels = 40 * std::pow(5.0 / 40, sensitivity / 100.0);
  return static_cast<int16_t>(std::lround(levels * MotionBackground::kOne));
}

bool contains(const std::vector<Point>& polygon, float x, float y) {
  bool inside = false;
  for (size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
    const Point& a = polygon[i];
    const Point& b = polygon[j];
    if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

int paceOf(double seconds, int64_t elapsedMicros) {
  const double share = 1 - std::exp(-static_cast<double>(elapsedMicros) / kSecond / seconds);
  return std::clamp(static_cast<int>(std::lround(share * 65536)), 1, 32767);
}

void checkOptions(Size cells, const MotionOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error("ERR_INVALID_ARGUMENT", what); };
  if (std::min(cells.width, cells.height) < 16 || std::max(cells.width, cells.height) > 640) {
    refuse("A motion detector takes pictures from 16x16 to 640x640 cells, not " +
           std::to_string(cells.width) + "x" + std::to_string(cells.height) + ".");
  }
  const auto percent = [](int value) { return value >= 0 && value <= 100; };
  if (!percent(options.sensitivity)) refuse("sensitivity must be from 0 to 100.");
  if (!(options.minRegion >= 0 && options.minRegion <= 1)) refuse("minRegion must be from 0 to 1.");
  if (options.zones.size() > MotionOptions::kMaxZones) refuse("There can be at most 32 zones.");
  for (const MotionZone& zone : options.zones) {
    if (zone.polygon.size() < 3) refuse("Zone '" + zone.name + "' needs three corners or more.");
    if (!percent(zone.sensitivity)) refuse("sensitivity of a zone must be from 0 to 100.");
    for (const Point& corner : zone.polygon) {
      if (!(std::abs(corner.x) <= 16 && std::abs(corner.y) <= 16)) {
        refuse("The corners of zone '" + zone.name + "' must be numbers from 0 to 1.");
      }
    }
  }
}

/// What a detector saw in the picture before: to tell a thing from a flash.
struct Tracked {
  CellRegion region;
  int age = 1;  ///< pictures in a row
};

}  // namespace

Box unite(const Box& a, const Box& b) {
  const float left = std::min(a.x, b.x);
  const float top = std::min(a.y, b.y);
  return {left, top, std::max(a.x + a.width, b.x + b.width) - left,
          std::max(a.y + a.height, b.y + b.height) - top};
}

struct MotionDetector::State {
  Size cells;
  MotionOptions options;
  const MotionKernels& kernels;
  std::vector<uint32_t> zoneBits;  ///< per cell
  std::vector<uint8_t> counted;    ///< per cell: 1 where motion counts
  std::vector<uint8_t> moving;     ///< counted foreground
  MotionBackground background;
  MotionRegions finder;
  MotionLight lamp;
  std::vector<uint8_t> grey;  ///< the picture without gaps between its lines
  std::vector<MotionRegion> found;
  std::vector<Tracked> before;
  std::optional<int64_t> lastMicros;
  int64_t learnUntil = 0;
  std::optional<int64_t> unrestBegan;  ///< most of the picture keeps changing
  int64_t unrestLast = 0;
  uint64_t lightChanges = 0;
  bool learning = true;
  size_t straying = 0;  ///< cells of the picture that is looked at

  State(Size size, const MotionOptions& given, CpuLevel level)
      : cells(size),
        options(given),
        kernels(motionKernels(level)),
        background(size, readZones(), kernels),
        finder(size, kernels),
        lamp(size),
        grey(zoneBits.size()) {}

  MotionBackground::Levels readZones();
  void learn(int64_t timeMicros, bool afresh);
  void analyse(int64_t timeMicros);
  bool followLight(MotionBackground::Difference difference, int64_t timeMicros);
  void report(int64_t elapsedMicros);
  [[nodiscard]] size_t leastArea() const;
  [[nodiscard]] std::optional<MotionRegion> judge(const CellRegion& region, int stillLimit) const;
  [[nodiscard]] int ageOf(const CellRegion& region) const;
  static void join(std::vector<CellRegion>& regions);
};

MotionBackground::Levels MotionDetector::State::readZones() {
  checkOptions(cells, options);
  const auto count = static_cast<size_t>(cells.width) * static_cast<size_t>(cells.height);
  zoneBits.assign(count, 0);
  moving.assign(count, 0);
  const bool all = std::all_of(options.zones.begin(), options.zones.end(),
                               [](const MotionZone& zone) { return zone.exclude; });
  counted.assign(count, all ? 1 : 0);
  MotionBackground::Levels floors(count, floorOf(options.sensitivity));
  for (size_t i = 0; i < count; ++i) {
    const size_t column = i % static_cast<size_t>(cells.width);
    const size_t line = i / static_cast<size_t>(cells.width);
    const float x = (static_cast<float>(column) + 0.5F) / static_cast<float>(cells.width);
    const float y = (static_cast<float>(line) + 0.5F) / static_cast<float>(cells.height);
    int sensitivity = -1;
    bool excluded = false;
    for (size_t z = 0; z < options.zones.size(); ++z) {
      const MotionZone& zone = options.zones[z];
      if (!contains(zone.polygon, x, y)) continue;
      excluded = excluded || zone.exclude;
      if (zone.exclude) continue;
      // Where zones overlap the most sensitive one counts.
      sensitivity = std::max(sensitivity, zone.sensitivity);
      zoneBits[i] |= 1U << z;
    }
    if (sensitivity >= 0) {
      counted[i] = 1;
      floors[i] = floorOf(sensitivity);
    }
    if (excluded) {
      counted[i] = 0;
      zoneBits[i] = 0;
    }
  }
  return floors;
}

MotionDetector::MotionDetector(Size cells, const MotionOptions& options)
    : MotionDetector(cells, options, cpuLevel()) {}

MotionDetector::MotionDetector(Size cells, const MotionOptions& options, CpuLevel level)
    : state_(std::make_unique<State>(cells, options, level)) {}

MotionDetector::~MotionDetector() = default;

Size MotionDetector::cells() const noexcept {
  return state_->cells;
}

bool MotionDetector::isLearning() const noexcept {
  return state_->learning;
}

uint64_t MotionDetector::lightChanges() const noexcept {
  return state_->lightChanges;
}

void MotionDetector::reset() {
  state_->lastMicros.reset();
  state_->learning = true;
  state_->unrestBegan.reset();
  state_->found.clear();
  state_->before.clear();
}

const std::vector<MotionRegion>& MotionDetector::analyse(const uint8_t* grey, size_t pitch,
                                                         int64_t timeMicros) {
  const auto width = static_cast<size_t>(state_->cells.width);
  for (size_t y = 0; y < static_cast<size_t>(state_->cells.height); ++y) {
    std::copy_n(grey + y * pitch, width, &state_->grey[y * width]);
  }
  state_->analyse(timeMicros);
  return state_->found;
}

void MotionDetector::State::learn(int64_t timeMicros, bool afresh) {
  background.learn(grey.data(), !afresh);
  learning = true;
  learnUntil = timeMicros + kLearnMicros;
  before.clear();
}

void MotionDetector::State::analyse(int64_t timeMicros) {
  found.clear();
  const bool first = !lastMicros || timeMicros < *lastMicros ||
                     timeMicros - *lastMicros > MotionDetector::kMaxGapMicros;
  const int64_t elapsed = first ? 0 : timeMicros - *lastMicros;
  lastMicros = timeMicros;
  if (first) {
    learn(timeMicros, true);
    return;
  }
  if (followLight(background.compare(grey.data()), timeMicros)) return;

  const double rate = kSecond / std::max<double>(1, static_cast<double>(elapsed));
  MotionBackground::Pace pace{paceOf(kMeanSeconds, elapsed), paceOf(kForegroundSeconds, elapsed),
                              paceOf(kNoiseSeconds, elapsed),
                              paceOf(kForegroundNoiseSeconds, elapsed),
                              static_cast<int>(std::lround(kStillSeconds * rate))};
  if (learning) pace.mean = pace.foreground = kLearnPace;
  background.follow(grey.data(), pace);
  if (learning && timeMicros >= learnUntil) learning = false;
  if (!learning) report(elapsed);
}

/// The light of the whole picture. True where it was learned anew.
bool MotionDetector::State::followLight(MotionBackground::Difference difference,
                                        int64_t timeMicros) {
  const auto share = [&] {
    return static_cast<double>(difference.straying) / static_cast<double>(grey.size());
  };
  if (share() >= kAskLight || std::abs(difference.brightening) >= kAskBrightening) {
    const MotionBackground::Light light = background.fitLight(grey.data());
    const float change = light.gain * 128 + light.offset - 128;
    const bool changed = std::abs(change) >= 1 || std::abs(light.gain - 1) > 0.02F;
    if (changed && background.strayingIn(light, grey.data()) <= difference.straying) {
      background.apply(light);
      difference = background.compare(grey.data());
    }
  }
  straying = difference.straying;
  if (share() < kLightChange) {
    if (unrestBegan && timeMicros - unrestLast > kCalmMicros) unrestBegan.reset();
    return false;
  }
  if (!unrestBegan) unrestBegan = timeMicros;
  unrestLast = timeMicros;
  // What goes on changing is no change of light: something stands right in front of the camera.
  if (timeMicros - *unrestBegan > kMaxUnrestMicros) return false;
  ++lightChanges;
  learn(timeMicros, false);
  return true;
}

/// With fewer straying cells there is neither a thing nor a spot of light.
size_t MotionDetector::State::leastArea() const {
  const double share = std::min(options.minRegion, MotionLight::kLeastShare);
  return std::max(MotionRegions::kLeastArea,
                  static_cast<size_t>(std::ceil(share * static_cast<double>(grey.size()))));
}

void MotionDetector::State::report(int64_t elapsedMicros) {
  if (straying < leastArea()) {  // too few for any region, as in most pictures
    before.clear();
    return;
  }
  const double rate = kSecond / std::max<double>(1, static_cast<double>(elapsedMicros));
  const int stillLimit = std::max(2, static_cast<int>(std::lround(kActiveSeconds * rate)));
  // The light is judged by the whole picture, motion by what counts of it.
  kernels.both(background.foreground().data(), counted.data(), moving.size(), moving.data());
  std::vector<CellRegion> regions = finder.find(moving);
  std::erase_if(regions, [this](const CellRegion& region) {
    if (!lamp.explains(region, grey.data(), background.mean())) return false;
    for (const uint32_t cell : region.members) background.absorb(cell, grey[cell]);
    return true;
  });
  join(regions);
  std::vector<Tracked> now;
  for (CellRegion& region : regions) {
    const std::optional<MotionRegion> motion = judge(region, stillLimit);
    if (!motion) continue;
    const int age = ageOf(region) + 1;
    // What is in one picture only is a flash, an insect; of drops two may seem to be one that
    // moves.
    const bool small = motion->area < 4 * options.minRegion;
    if (age >= (small ? 3 : 2) && found.size() < MotionDetector::kMaxRegions)
      found.push_back(*motion);
    region.members.clear();
    if (now.size() < kMostTracked) now.push_back({std::move(region), age});
  }
  before = std::move(now);
}

std::optional<MotionRegion> MotionDetector::State::judge(const CellRegion& region,
                                                         int stillLimit) const {
  const double share = static_cast<double>(region.area) / static_cast<double>(grey.size());
  if (share < options.minRegion) return std::nullopt;
  size_t changing = 0;
  double excess = 0;
  MotionRegion motion;
  for (const uint32_t cell : region.members) {
    if (background.stillFor()[cell] < stillLimit) ++changing;
    const int distance = std::abs(grey[cell] * MotionBackground::kOne - background.mean()[cell]);
    excess += static_cast<double>(distance) / background.threshold(cell);
    motion.zones |= zoneBits[cell];
  }
  // A twentieth of it has to change: an outline is enough, a car that is parked has none.
  if (changing * 20 < region.area) return std::nullopt;
  const auto width = static_cast<float>(cells.width);
  const auto height = static_cast<float>(cells.height);
  motion.box = {static_cast<float>(region.left) / width, static_cast<float>(region.top) / height,
                static_cast<float>(region.right - region.left) / width,
                static_cast<float>(region.bottom - region.top) / height};
  motion.area = static_cast<float>(share);
  const double contrast = excess / static_cast<double>(region.area);
  const double beyond = std::max(1.0, contrast) * share / std::max(options.minRegion, 1e-4);
  motion.score = static_cast<float>(beyond / (beyond + 1));
  return motion;
}

/// For how many pictures there was something of the kind nearby.
int MotionDetector::State::ageOf(const CellRegion& region) const {
  int age = 0;
  for (const Tracked& old : before) {
    // Between two pictures a thing goes as far as its own size, and a bit.
    const int reachX = (region.right - region.left) + cells.width / 16;
    const int reachY = (region.bottom - region.top) + cells.height / 16;
    const bool near =
        old.region.left < region.right + reachX && old.region.right > region.left - reachX &&
        old.region.top < region.bottom + reachY && old.region.bottom > region.top - reachY;
    // A large thing does not come out of a drop.
    const bool alike = old.region.area * 8 >= region.area && region.area * 8 >= old.region.area;
    if (near && alike) age = std::max(age, old.age);
  }
  return age;
}

/// Parts of one thing whose middle looks like what is behind it.
void MotionDetector::State::join(std::vector<CellRegion>& regions) {
  constexpr int kGap = 3;
  for (size_t i = 0; i < regions.size(); ++i) {
    for (size_t j = i + 1; j < regions.size();) {
      CellRegion& a = regions[i];
      CellRegion& b = regions[j];
      const bool near = a.left <= b.right + kGap && b.left <= a.right + kGap &&
                        a.top <= b.bottom + kGap && b.top <= a.bottom + kGap;
      if (!near) {
        ++j;
        continue;
      }
      a.left = std::min(a.left, b.left);
      a.top = std::min(a.top, b.top);
      a.right = std::max(a.right, b.right);
      a.bottom = std::max(a.bottom, b.bottom);
      a.area += b.area;
      a.members.insert(a.members.end(), b.members.begin(), b.members.end());
      regions.erase(regions.begin() + static_cast<std::ptrdiff_t>(j));
      j = i + 1;  // it has grown
    }
  }
}

}  // namespace flux::video
