#include "video/motion_regions.h"

#include <algorithm>
#include <climits>

namespace flux::video {
namespace {

/// Of the nine cells of a neighbourhood, itself included.
constexpr int kLeastTogether = 4;
/// Fewer cells than this are nothing, whatever is asked for.
constexpr size_t kLeastArea = 4;

}  // namespace

MotionRegions::MotionRegions(Size cells)
    : cells_(cells),
      sums_(static_cast<size_t>(cells.width) * static_cast<size_t>(cells.height)),
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
  const size_t width = static_cast<size_t>(cells_.width);
  const size_t height = static_cast<size_t>(cells_.height);
  for (size_t y = 0; y < height; ++y) {
    const uint8_t* __restrict line = &mask[y * width];
    uint8_t* __restrict out = &sums_[y * width];
    out[0] = static_cast<uint8_t>(line[0] + line[1]);
    for (size_t x = 1; x + 1 < width; ++x) {
      out[x] = static_cast<uint8_t>(line[x - 1] + line[x] + line[x + 1]);
    }
    out[width - 1] = static_cast<uint8_t>(line[width - 2] + line[width - 1]);
  }
  for (size_t y = 0; y < height; ++y) {
    // Beyond the edge there is nothing: such cells need as many neighbours as any.
    const uint8_t* __restrict above = y > 0 ? &sums_[(y - 1) * width] : nullptr;
    const uint8_t* __restrict here = &sums_[y * width];
    const uint8_t* __restrict below = y + 1 < height ? &sums_[(y + 1) * width] : nullptr;
    const uint8_t* __restrict line = &mask[y * width];
    uint8_t* __restrict out = &kept_[y * width];
    if (above != nullptr && below != nullptr) {
      for (size_t x = 0; x < width; ++x) {
        out[x] = (above[x] + here[x] + below[x] >= kLeastTogether) ? line[x] : uint8_t{0};
      }
    } else {
      const uint8_t* other = above != nullptr ? above : below;
      for (size_t x = 0; x < width; ++x) {
        out[x] = (other[x] + here[x] >= kLeastTogether) ? line[x] : uint8_t{0};
      }
    }
  }
}

void MotionRegions::widen() {
  const size_t width = static_cast<size_t>(cells_.width);
  const size_t height = static_cast<size_t>(cells_.height);
  for (size_t y = 0; y < height; ++y) {
    const uint8_t* __restrict line = &kept_[y * width];
    uint8_t* __restrict out = &sums_[y * width];
    out[0] = line[0] | line[1];
    for (size_t x = 1; x + 1 < width; ++x) out[x] = line[x - 1] | line[x] | line[x + 1];
    out[width - 1] = line[width - 2] | line[width - 1];
  }
  for (size_t y = 0; y < height; ++y) {
    const uint8_t* __restrict above = &sums_[(y > 0 ? y - 1 : y) * width];
    const uint8_t* __restrict here = &sums_[y * width];
    const uint8_t* __restrict below = &sums_[(y + 1 < height ? y + 1 : y) * width];
    uint8_t* __restrict out = &wide_[y * width];
    for (size_t x = 0; x < width; ++x) out[x] = above[x] | here[x] | below[x];
  }
}

void MotionRegions::cutIntoRuns() {
  runs_.clear();
  for (int y = 0; y < cells_.height; ++y) {
    const uint8_t* line = &wide_[static_cast<size_t>(y) * static_cast<size_t>(cells_.width)];
    const uint8_t* const end = line + cells_.width;
    const uint8_t* at = std::find(line, end, uint8_t{1});
    while (at != end) {
      const uint8_t* const stop = std::find(at, end, uint8_t{0});
      runs_.push_back({y, static_cast<int>(at - line), static_cast<int>(stop - line),
                       static_cast<uint32_t>(runs_.size())});
      at = std::find(stop, end, uint8_t{1});
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
