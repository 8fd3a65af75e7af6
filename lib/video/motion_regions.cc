#include "video/motion_regions.h"

#include <algorithm>
#include <climits>
#include <cstring>

namespace flux::video {
namespace {

/// Of the nine cells of a neighbourhood, itself included.
constexpr uint8_t kLeastTogether = 4;

}  // namespace

MotionRegions::MotionRegions(Size cells, const MotionKernels& kernels)
    : cells_(cells),
      kernels_(kernels),
      sums_(static_cast<size_t>(cells.width) * static_cast<size_t>(cells.height)),
      nothing_(static_cast<size_t>(cells.width)),
      kept_(sums_.size()),
      wide_(sums_.size()) {}

const std::vector<CellRegion>& MotionRegions::find(const std::vector<uint8_t>& mask) {
  regions_.clear();
  dropLonely(mask);
  widen();
  cutIntoRuns();
  if (runs_.empty()) return regions_;
  joinRuns();
  collect();
  return regions_;
}

void MotionRegions::dropLonely(const std::vector<uint8_t>& mask) {
  const auto width = static_cast<size_t>(cells_.width);
  const size_t last = mask.size() - width;
  for (size_t at = 0; at <= last; at += width) kernels_.sums(&mask[at], width, &sums_[at]);
  for (size_t at = 0; at <= last; at += width) {
    // Beyond the edge there is nothing: such cells need as many neighbours as any.
    const uint8_t* const sums[] = {at > 0 ? &sums_[at - width] : nothing_.data(), &sums_[at],
                                   at < last ? &sums_[at + width] : nothing_.data()};
    kernels_.keep(sums, &mask[at], kLeastTogether, width, &kept_[at]);
  }
}

void MotionRegions::widen() {
  const auto width = static_cast<size_t>(cells_.width);
  const size_t last = kept_.size() - width;
  for (size_t at = 0; at <= last; at += width) kernels_.sums(&kept_[at], width, &sums_[at]);
  for (size_t at = 0; at <= last; at += width) {
    const uint8_t* const sums[] = {at > 0 ? &sums_[at - width] : nothing_.data(), &sums_[at],
                                   at < last ? &sums_[at + width] : nothing_.data()};
    kernels_.any(sums, width, &wide_[at]);
  }
}

void MotionRegions::cutIntoRuns() {
  runs_.clear();
  // memchr() looks at many cells at a time.
  const auto find = [](const uint8_t* from, const uint8_t* end, int what) {
    const void* const at = std::memchr(from, what, static_cast<size_t>(end - from));
    return at != nullptr ? static_cast<const uint8_t*>(at) : end;
  };
  for (int y = 0; y < cells_.height; ++y) {
    const uint8_t* line = &wide_[static_cast<size_t>(y) * static_cast<size_t>(cells_.width)];
    const uint8_t* const end = line + cells_.width;
    const uint8_t* at = find(line, end, 1);
    while (at != end) {
      const uint8_t* const stop = find(at, end, 0);
      runs_.push_back({y, static_cast<int>(at - line), static_cast<int>(stop - line),
                       static_cast<uint32_t>(runs_.size())});
      at = find(stop, end, 1);
    }
  }
}

uint32_t MotionRegions::rootOf(uint32_t run) {
  while (runs_[run].parent != run) {
    runs_[run].parent = runs_[runs_[run].parent].parent;
    run = runs_[run].parent;
  }
  return run;
}

void MotionRegions::joinRuns() {
  size_t above = 0;  // the first run of the line above that may still touch
  for (size_t i = 0; i < runs_.size(); ++i) {
    while (above < i && runs_[above].y < runs_[i].y - 1) ++above;
    for (size_t j = above; j < i && runs_[j].y < runs_[i].y; ++j) {
      // Corners touch as well.
      if (runs_[j].right < runs_[i].left || runs_[j].left > runs_[i].right) continue;
      const uint32_t a = rootOf(static_cast<uint32_t>(i));
      const uint32_t b = rootOf(static_cast<uint32_t>(j));
      runs_[std::max(a, b)].parent = std::min(a, b);
    }
  }
}

void MotionRegions::collect() {
  constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> regionOf(runs_.size(), kNone);
  for (uint32_t i = 0; i < runs_.size(); ++i) {
    uint32_t& index = regionOf[rootOf(i)];
    if (index == kNone) {
      index = static_cast<uint32_t>(regions_.size());
      regions_.push_back({cells_.width, cells_.height, 0, 0, 0, {}});
    }
    CellRegion& region = regions_[index];
    const Run& run = runs_[i];
    const auto line = static_cast<size_t>(run.y) * static_cast<size_t>(cells_.width);
    for (int x = run.left; x < run.right; ++x) {
      if (kept_[line + static_cast<size_t>(x)] == 0) continue;
      region.left = std::min(region.left, x);
      region.right = std::max(region.right, x + 1);
      region.top = std::min(region.top, run.y);
      region.bottom = std::max(region.bottom, run.y + 1);
      region.members.push_back(static_cast<uint32_t>(line + static_cast<size_t>(x)));
    }
    region.area = region.members.size();
  }
  std::erase_if(regions_, [](const CellRegion& region) { return region.area < kLeastArea; });
  std::sort(regions_.begin(), regions_.end(),
            [](const CellRegion& a, const CellRegion& b) { return a.area > b.area; });
  if (regions_.size() > kMax) regions_.resize(kMax);
}

}  // namespace flux::video
