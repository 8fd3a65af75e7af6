#include "video/convert_axis.h"

#include <algorithm>
#include <cmath>

#include "video/convert_plan.h"

namespace flux::video {
namespace {

constexpr int kWhole = 1 << 16;

/// One output's samples, those beyond the border counted as the border's.
struct Sum {
  int first = 0;
  std::vector<double> weights;
};

Sum sumOf(const AxisRule& rule, int output) {
  const double toPlane = 1.0 / (1 << rule.shift);
  const double ratio = static_cast<double>(rule.sourceLength) / rule.targetLength * toPlane;
  const double from = rule.sourceFrom * toPlane + output * rule.cell * ratio;
  const double length = rule.cell * ratio;
  const int parts = partsOf(length);
  const auto inside = [&](int sample) { return std::clamp(sample, 0, rule.planeLength - 1); };
  const auto leftOf = [&](int part) { return from + (part + 0.5) * length / parts - 0.5; };
  Sum sum{.first = inside(static_cast<int>(std::floor(leftOf(0))))};
  sum.weights.resize(inside(static_cast<int>(std::floor(leftOf(parts - 1))) + 1) - sum.first + 1);
  for (int part = 0; part < parts; ++part) {
    const double left = std::floor(leftOf(part));
    const double right = leftOf(part) - left;
    const int sample = static_cast<int>(left);
    sum.weights[inside(sample) - sum.first] += (1 - right) / parts;
    sum.weights[inside(sample + 1) - sum.first] += right / parts;
  }
  return sum;
}

/// Whole numbers of `kWhole` with the right sum.
std::vector<int32_t> wholeWeights(const std::vector<double>& weights) {
  std::vector<int32_t> whole;
  double sum = 0;
  int given = 0;
  for (const double weight : weights) {
    sum += weight;
    const int upTo = static_cast<int>(std::lround(sum * kWhole));
    whole.push_back(upTo - given);
    given = upTo;
  }
  return whole;
}

/// The result's samples are the plane's.
bool isSame(const AxisRule& rule) {
  return int64_t{rule.sourceLength} * rule.cell == int64_t{rule.targetLength} << rule.shift &&
         rule.sourceFrom % (1 << rule.shift) == 0 &&
         (rule.sourceFrom >> rule.shift) + rule.outputs <= rule.planeLength;
}

bool isDouble(const AxisRule& rule) {
  return rule.shift == 1 && rule.cell == 1 && rule.sourceLength == rule.targetLength &&
         rule.sourceFrom % 2 == 0;
}

}  // namespace

Axis axisOf(const AxisRule& rule) {
  Axis axis{.outputs = rule.outputs};
  if (isSame(rule)) {
    axis.kind = AxisKind::kSame;
    axis.begin = rule.sourceFrom >> rule.shift;
    axis.end = axis.begin + rule.outputs;
    return axis;
  }
  if (isDouble(rule)) {
    axis.kind = AxisKind::kDouble;
    axis.begin = rule.sourceFrom / 2;
    axis.end = axis.begin + halfOf(rule.outputs);
    return axis;
  }
  std::vector<Sum> sums(rule.outputs);
  for (int i = 0; i < rule.outputs; ++i) {
    sums[i] = sumOf(rule, i);
    axis.taps = std::max(axis.taps, static_cast<int>(sums[i].weights.size()));
  }
  axis.first.resize(rule.outputs);
  axis.weights.resize(static_cast<size_t>(rule.outputs) * axis.taps);
  axis.begin = rule.planeLength;
  for (int i = 0; i < rule.outputs; ++i) {
    // All have the same number of samples to look at: near the end some before their first.
    const int first = std::min(sums[i].first, rule.planeLength - axis.taps);
    const auto whole = wholeWeights(sums[i].weights);
    std::ranges::copy(whole,
                      axis.weights.begin() + ptrdiff_t{i} * axis.taps + sums[i].first - first);
    axis.first[i] = first;
    axis.begin = std::min(axis.begin, first);
    axis.end = std::max(axis.end, first + axis.taps);
  }
  return axis;
}

}  // namespace flux::video
