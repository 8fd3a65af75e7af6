#include "video/convert_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "base/error.h"

namespace flux::video {
namespace {

std::string text(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

void requireOptions(const ConvertOptions& options) {
  if (options.size.width < 1 || options.size.height < 1) {
    throw Error("ERR_INVALID_ARGUMENT",
                "a picture of " + text(options.size) + " pixels: each side must be at least 1");
  }
  if (int64_t{options.size.width} * options.size.height > kMaxPixels) {
    throw Error("ERR_LIMIT", "a picture of " + text(options.size) +
                                 " pixels is too large: ask for at most " +
                                 std::to_string(kMaxPixels) + " pixels");
  }
  for (const float deviation : options.deviation) {
    if (isTensor(options.format) && !(std::abs(deviation) > 0)) {
      throw Error("ERR_INVALID_ARGUMENT", "a deviation of 0: values are divided by it");
    }
  }
}

int scaled(int length, int by, int of) {
  return static_cast<int>(std::max<int64_t>(1, (int64_t{length} * by + int64_t{of} / 2) / of));
}

ColourTransform scaledTo255(const RgbTransform& unit) {
  ColourTransform transform = unit;
  for (auto& row : transform) row[3] *= 255;
  return transform;
}

/// First `inner`, then `outer`.
ColourTransform chained(const ColourTransform& outer, const ColourTransform& inner) {
  ColourTransform both{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t k = 0; k < 4; ++k) {
      double sum = k == 3 ? outer[i][3] : 0;
      for (size_t j = 0; j < 3; ++j) sum += double{outer[i][j]} * inner[j][k];
      both[i][k] = static_cast<float>(sum);
    }
  }
  return both;
}

constexpr ColourTransform kSame = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};

ColourTransform transformOf(ColourSpec from, const ConvertOptions& options) {
  switch (options.format) {
    case PixelFormat::kNv12:
    case PixelFormat::kI420: {
      const ColourSpec to = options.colour.value_or(from);
      if (to == from) return kSame;
      return chained(scaledTo255(fromRgb(to)), scaledTo255(toRgb(from)));
    }
    case PixelFormat::kGray8: {
      // Rows of toRgb() differ in the share of Cb and Cr alone.
      auto grey = scaledTo255(toRgb(from))[0];
      grey[3] += 128 * (grey[1] + grey[2]);
      return {{{grey[0], 0, 0, grey[3]}, {0, 0, 0, 0}, {0, 0, 0, 0}}};
    }
    default:
      return scaledTo255(toRgb(from));
  }
}

std::array<float, 3> fillOf(ColourSpec from, const ConvertOptions& options) {
  const auto [r, g, b] = options.fill;
  if (options.format != PixelFormat::kGray8 && !isQuarterChroma(options.format)) {
    return {static_cast<float>(r), static_cast<float>(g), static_cast<float>(b)};
  }
  ColourSpec to = options.colour.value_or(from);
  if (options.format == PixelFormat::kGray8) to = {from.matrix, true};
  std::array<float, 3> fill{};
  const ColourTransform transform = scaledTo255(fromRgb(to));
  for (size_t i = 0; i < 3; ++i) {
    const auto& row = transform[i];
    fill[i] = std::clamp(row[0] * static_cast<float>(r) + row[1] * static_cast<float>(g) +
                             row[2] * static_cast<float>(b) + row[3],
                         0.0F, 255.0F);
  }
  return fill;
}

}  // namespace

std::array<double, 2> Placement::toSource(double x, double y) const {
  return {source.x + (x - target.x) * source.width / target.width,
          source.y + (y - target.y) * source.height / target.height};
}

Placement place(Size stored, Size shown, const ConvertOptions& options) {
  const Size to = options.size;
  Placement placement{{0, 0, stored.width, stored.height}, {0, 0, to.width, to.height}};
  // The target is wider in its shape than the picture.
  const bool wider = int64_t{to.width} * shown.height > int64_t{to.height} * shown.width;
  if (options.fit == Fit::kLetterbox) {
    Rect& target = placement.target;
    if (wider) {
      target.width = std::min(to.width, scaled(shown.width, to.height, shown.height));
    } else {
      target.height = std::min(to.height, scaled(shown.height, to.width, shown.width));
    }
    const int mask = isQuarterChroma(options.format) ? ~1 : ~0;
    target.x = ((to.width - target.width) / 2) & mask;
    target.y = ((to.height - target.height) / 2) & mask;
  }
  if (options.fit == Fit::kCover) {
    Rect& source = placement.source;
    const double shape = static_cast<double>(to.width) * shown.height /
                         (static_cast<double>(to.height) * shown.width);
    if (wider) {
      source.height =
          std::clamp(static_cast<int>(std::lround(stored.height / shape)), 1, stored.height);
    } else {
      source.width =
          std::clamp(static_cast<int>(std::lround(stored.width * shape)), 1, stored.width);
    }
    source.x = (stored.width - source.width) / 2;
    source.y = (stored.height - source.height) / 2;
  }
  return placement;
}

ConvertPlan planOf(Size stored, Size shown, ColourSpec colour, const ConvertOptions& options) {
  requireOptions(options);
  ConvertPlan plan{.options = options};
  plan.placement = place(stored, shown, options);
  plan.transform = transformOf(colour, options);
  plan.keepsColour = plan.transform == kSame;
  plan.fill = fillOf(colour, options);
  for (size_t i = 0; i < 3; ++i) {
    plan.tensorScale[i] = options.scale / options.deviation[i];
    plan.tensorOffset[i] = -options.mean[i] / options.deviation[i];
  }
  return plan;
}

uint16_t halfFloat(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00);  // not a number
  // 65520 and more are nearer to infinity than to 65504.
  if (magnitude >= 0x477ff000) return static_cast<uint16_t>(sign | 0x7c00);
  if (magnitude < 0x38800000) {
    // Subnormal: float addition rounds at the bit that is the last of a half's.
    const float aligned = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(aligned) - 0x3f000000));
  }
  const uint32_t odd = magnitude >> 13 & 1;
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
}

}  // namespace flux::video
