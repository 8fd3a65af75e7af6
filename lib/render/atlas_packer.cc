#include "render/atlas_packer.h"

#include <algorithm>
#include <numeric>

namespace flux::render {
namespace {

int evenUp(int value) {
  return value + (value & 1);
}

}  // namespace

std::optional<Packing> pack(const std::vector<Size>& sizes, int width, int limit) {
  Packing packing{.slots = std::vector<PixelRect>(sizes.size())};
  std::vector<size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater<>{}, [&](size_t i) { return sizes[i].height; });

  int widest = evenUp(width);
  for (const Size& size : sizes) widest = std::max(widest, evenUp(size.width));
  if (widest > limit) return {};
  int x = 0;
  int y = 0;
  int shelf = 0;
  for (const size_t i : order) {
    const Size size = sizes[i];
    if (size.width <= 0 || size.height <= 0) continue;
    if (x + evenUp(size.width) > widest) {
      y += shelf;
      x = 0;
      shelf = 0;
    }
    shelf = std::max(shelf, evenUp(size.height));
    if (y + shelf > limit) return {};
    packing.slots[i] = {x, y, size.width, size.height};
    x += evenUp(size.width);
    packing.used.width = std::max(packing.used.width, x);
    packing.used.height = y + shelf;
  }
  return packing;
}

}  // namespace flux::render
