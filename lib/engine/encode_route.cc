#include "engine/encode_route.h"

#include <algorithm>
#include <cmath>

namespace flux {
namespace {

/// Encoders want no less.
constexpr int kMinSide = 32;
/// Cameras' clocks and rates are never exact.
constexpr double kRateTolerance = 1.1;
/// A stream that is passed through already stays so up to this: no changing back and forth.
constexpr double kBitrateTolerance = 1.15;
/// A sub stream that is smaller than this share of what encoding would give is no stand-in for it.
constexpr double kLargeEnough = 0.75;
constexpr double kFastEnough = 0.9;

video::Size sizeOf(const StreamFacts& facts) {
  return {facts.parameters->width, facts.parameters->height};
}

bool isWithin(video::Size size, video::Size box) {
  return size.width <= box.width && size.height <= box.height;
}

/// Does the stream keep to what `target` allows?
bool fits(const StreamFacts& facts, const EncodeTarget& target, bool already) {
  if (!target.passthrough || facts.parameters == nullptr) return false;
  if (facts.parameters->codec != target.codec || !isWithin(sizeOf(facts), target.box)) return false;
  const double bitrate = static_cast<double>(target.bitrate) * (already ? kBitrateTolerance : 1);
  return facts.knownFrameRate() <= target.frameRate * kRateTolerance && facts.bitrate <= bitrate;
}

/// Is the sub stream as good a source as main, for `target`?
bool isEnough(const StreamFacts& sub, const StreamFacts& main, const EncodeTarget& target,
              double share) {
  if (sub.parameters == nullptr) return false;
  if (main.parameters == nullptr) return true;
  const video::Size wanted = fitWithin(sizeOf(main), target.box);
  if (sub.parameters->width < wanted.width * share) return false;
  const double wantedRate = std::min(target.frameRate, main.knownFrameRate());
  return sub.knownFrameRate() == 0 || sub.knownFrameRate() >= wantedRate * kFastEnough;
}

}  // namespace

double StreamFacts::knownFrameRate() const {
  if (frameRate > 0) return frameRate;
  return parameters != nullptr ? parameters->frameRate : 0;
}

bool StreamMeter::push(const AccessUnit& unit) {
  bool changed = false;
  if (unit.parameters != facts_.parameters) {
    facts_ = {.parameters = unit.parameters};
    running_ = false;
    changed = true;
  }
  if (running_) {
    const double seconds =
        static_cast<double>(unit.mediaTime - startTime_) / static_cast<double>(unit.clockRate);
    const bool leap = seconds > 2 * kMaxSeconds || seconds < -1;
    if (leap) running_ = false;
    if (!leap && (seconds >= kMaxSeconds || (unit.keyFrame && seconds >= kMinSeconds))) {
      facts_.bitrate = static_cast<double>(bytes_) * 8 / seconds;
      facts_.frameRate = static_cast<double>(frames_) / seconds;
      running_ = false;
      changed = true;
    }
  }
  if (!running_) begin(unit);
  bytes_ += unit.data.size();
  ++frames_;
  return changed;
}

void StreamMeter::begin(const AccessUnit& unit) {
  running_ = true;
  startTime_ = unit.mediaTime;
  bytes_ = frames_ = 0;
}

video::Size fitWithin(video::Size size, video::Size box) {
  const double scale = std::min({1.0, static_cast<double>(box.width) / std::max(1, size.width),
                                 static_cast<double>(box.height) / std::max(1, size.height)});
  const auto even = [&](int side) {
    return std::max(kMinSide, static_cast<int>(std::lround(side * scale / 2)) * 2);
  };
  return {even(size.width), even(size.height)};
}

EncodeRoute chooseRoute(const EncodeTarget& target, const StreamFacts& main, const StreamFacts* sub,
                        std::optional<EncodeRoute> current) {
  const auto isCurrent = [&](StreamKind stream) { return current == EncodeRoute{stream, true}; };
  if (fits(main, target, isCurrent(StreamKind::kMain))) return {StreamKind::kMain, true};
  if (sub == nullptr) return {StreamKind::kMain, false};
  if (fits(*sub, target, isCurrent(StreamKind::kSub)) &&
      isEnough(*sub, main, target, kLargeEnough)) {
    return {StreamKind::kSub, true};
  }
  return {isEnough(*sub, main, target, 1) ? StreamKind::kSub : StreamKind::kMain, false};
}

}  // namespace flux
