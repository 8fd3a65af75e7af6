#include <algorithm>

#include "base/round_up.h"
#include "video/convert_rows.h"

namespace flux::video {
namespace {

constexpr int kLanes = 8;  // of a group of ConvertKernels::across

Axis axisAcross(const ConvertPlan& plan, const Component& component, int cell) {
  const auto& [source, target] = plan.placement;
  return axisOf({.outputs = cell == 1 ? target.width : halfOf(target.width),
                 .cell = cell,
                 .sourceFrom = source.x,
                 .sourceLength = source.width,
                 .targetLength = target.width,
                 .shift = component.shiftX,
                 .planeLength = component.size.width});
}

Axis axisDown(const ConvertPlan& plan, const Component& component, int cell) {
  const auto& [source, target] = plan.placement;
  return axisOf({.outputs = cell == 1 ? target.height : halfOf(target.height),
                 .cell = cell,
                 .sourceFrom = source.y,
                 .sourceLength = source.height,
                 .targetLength = target.height,
                 .shift = component.shiftY,
                 .planeLength = component.size.height});
}

}  // namespace

PlaneResampler::PlaneResampler(const ConvertPlan& plan, const Component& component, int cell)
    : down_(axisDown(plan, component, cell)),
      across_(axisAcross(plan, component, cell)),
      planeColumns_(component.size.width),
      planeRows_(component.size.height) {
  const int beside = across_.kind == AxisKind::kDouble ? 1 : 0;
  readFrom_ = std::max(across_.begin - beside, 0);
  readTo_ = std::min(across_.end + beside, planeColumns_);
  if (!suits() || across_.kind == AxisKind::kSame) return;
  const size_t room = static_cast<size_t>(across_.end - across_.begin) + size_t{2} * kRowSlack;
  for (auto& samples : samples_) samples.resize(room);
  if (across_.kind == AxisKind::kDouble) return;

  pairs_ = (across_.taps + 1) / 2;
  const int outputs = roundUp(across_.outputs, kGroup);
  firsts_.resize(outputs);
  weights_.resize(size_t{2} * pairs_ * outputs);
  for (int i = 0; i < outputs; ++i) {
    const int from = std::min(i, across_.outputs - 1);
    firsts_[i] = across_.first[from] - across_.begin;
    if (i >= across_.outputs) continue;  // weights of 0
    const size_t group = size_t{2} * kLanes * pairs_ * (i / kLanes);
    int sum = 0;
    int given = 0;
    for (int t = 0; t < across_.taps; ++t) {
      sum += across_.weights[ptrdiff_t{i} * across_.taps + t];
      const int upTo = (sum + 2) / 4;
      const int place = 2 * kLanes * (t / 2) + 2 * (i % kLanes) + t % 2;
      weights_[group + place] = static_cast<int16_t>(upTo - given);
      given = upTo;
    }
  }
}

bool PlaneResampler::suits() const {
  return across_.taps <= kMaxTaps && down_.taps <= kMaxTaps;
}

const uint8_t* PlaneResampler::rowOf(const Component& component, int y) const {
  return component.data + std::clamp(down_.begin + y, 0, planeRows_ - 1) * component.stride +
         ptrdiff_t{component.step} * across_.begin;
}

int PlaneResampler::collectRows(const Component& component, int y) {
  const uint8_t* const first = component.data + ptrdiff_t{component.step} * readFrom_;
  const auto rowAt = [&](int row) {
    return first + std::clamp(row, 0, planeRows_ - 1) * component.stride;
  };
  if (down_.kind == AxisKind::kSame) {
    rows_[0] = rowAt(down_.begin + y);
    return 1;
  }
  if (down_.kind == AxisKind::kDouble) {
    const int middle = down_.begin + y / 2;
    rows_[0] = rowAt(y % 2 == 0 ? middle - 1 : middle + 1);
    rows_[1] = rowAt(middle);
    rowWeights_[0] = 1 << 14;
    rowWeights_[1] = 3 << 14;
    return 2;
  }
  int count = 0;
  for (int t = 0; t < down_.taps; ++t) {
    const int weight = down_.weights[ptrdiff_t{y} * down_.taps + t];
    if (weight == 0) continue;
    rows_[count] = rowAt(down_.first[y] + t);
    rowWeights_[count++] = static_cast<uint16_t>(std::min(weight, 65535));
  }
  return count;
}

int16_t* PlaneResampler::samplesFor(std::vector<int16_t>& own, int16_t* out) {
  return across_.kind == AxisKind::kSame ? out : own.data() + kRowSlack;
}

void PlaneResampler::resample(const ConvertKernels& kernels, const Component& component, int y,
                              int16_t* out) {
  const int taps = collectRows(component, y);
  int16_t* const in = samplesFor(samples_[0], out);
  kernels.down(rows_.data(), rowWeights_.data(), taps, readTo_ - readFrom_,
               in + (readFrom_ - across_.begin));
  acrossRow(kernels, in, out);
}

void PlaneResampler::resamplePair(const ConvertKernels& kernels, const Component& cb,
                                  const Component& cr, int y, int16_t* outCb, int16_t* outCr) {
  if (cb.step == 1) {
    resample(kernels, cb, y, outCb);
    resample(kernels, cr, y, outCr);
    return;
  }
  const bool cbFirst = cb.data < cr.data;
  const int taps = collectRows(cbFirst ? cb : cr, y);
  std::array<int16_t*, 2> in{samplesFor(samples_[0], outCb), samplesFor(samples_[1], outCr)};
  const int offset = readFrom_ - across_.begin;
  kernels.downPairs(rows_.data(), rowWeights_.data(), taps, readTo_ - readFrom_,
                    in[cbFirst ? 0 : 1] + offset, in[cbFirst ? 1 : 0] + offset);
  acrossRow(kernels, in[0], outCb);
  acrossRow(kernels, in[1], outCr);
}

void PlaneResampler::acrossRow(const ConvertKernels& kernels, int16_t* in, int16_t* out) const {
  if (across_.kind == AxisKind::kSame) return;
  if (across_.kind == AxisKind::kTaps) {
    kernels.across(in, firsts_.data(), weights_.data(), pairs_, static_cast<int>(firsts_.size()),
                   out);
    return;
  }
  const int count = across_.end - across_.begin;
  if (readFrom_ == across_.begin) in[-1] = in[0];
  if (readTo_ == across_.end) in[count] = in[count - 1];
  kernels.twice(in, count, out);
}

}  // namespace flux::video
