#include "video/motion_light.h"

#include <algorithm>
#include <cmath>

namespace flux::video {
namespace {

constexpr int kSide = 8;  // of a square, in cells
/// With fewer cells of the region in it a square says nothing.
constexpr int kLeastCells = 12;
constexpr uint8_t kBlack = 4;
constexpr uint8_t kWhite = 251;
/// Of the region, as much has to lie in squares that do.
constexpr double kLeastCovered = 0.5;
/// Grey levels squared: with less variance the background has no pattern.
constexpr double kLeastPattern = 10;
/// How alike the patterns are at least, 1 being the same. A lamp in the dusk, seen with its noise,
/// leaves 0.8; what stands in front of a pattern hides it: 0.5 at most.
constexpr double kSamePattern = 0.7;

constexpr int squaresIn(int cells) {
  return (cells + kSide - 1) / kSide;
}

}  // namespace

MotionLight::MotionLight(Size cells)
    : cells_(cells),
      columns_(squaresIn(cells.width)),
      squares_(static_cast<size_t>(columns_) * static_cast<size_t>(squaresIn(cells.height))) {}

bool MotionLight::explains(const CellRegion& region, const uint8_t* grey,
                           const MotionBackground::Levels& mean) {
  const auto area = static_cast<double>(region.area);
  if (area < kLeastShare * static_cast<double>(mean.size())) return false;
  std::fill(squares_.begin(), squares_.end(), Square{});
  const auto width = static_cast<uint32_t>(cells_.width);
  for (const uint32_t cell : region.members) {
    // Beyond black and white there is no pattern.
    if (grey[cell] < kBlack || grey[cell] > kWhite) continue;
    const uint32_t column = cell % width / kSide;
    const uint32_t line = cell / width / kSide;
    Square& square = squares_[line * static_cast<uint32_t>(columns_) + column];
    const int now = grey[cell];
    const int then = mean[cell] / MotionBackground::kOne;
    ++square.count;
    square.sumNow += now;
    square.sumThen += then;
    square.squareNow += now * now;
    square.squareThen += then * then;
    square.product += now * then;
  }
  double covered = 0;
  double pattern = 0;  // sums over cells
  double alike = 0;
  double together = 0;
  for (const Square& square : squares_) {
    if (square.count < kLeastCells) continue;
    const double count = square.count;
    const double varianceNow = square.squareNow - 1.0 * square.sumNow * square.sumNow / count;
    const double varianceThen = square.squareThen - 1.0 * square.sumThen * square.sumThen / count;
    covered += count;
    pattern += varianceThen;
    alike += square.product - 1.0 * square.sumNow * square.sumThen / count;
    together += std::sqrt(std::max(0.0, varianceNow) * std::max(0.0, varianceThen));
  }
  if (covered < kLeastCovered * area || pattern < kLeastPattern * covered) return false;
  return alike > kSamePattern * together;
}

}  // namespace flux::video
