// profile_tier_level() and sub-layer ordering, which VPS and SPS share. Internal to lib/codec.
#pragma once

#include "codec/bit_reader.h"
#include "codec/h265.h"

namespace flux::h265 {

constexpr uint32_t kMaxSubLayers = 7;
/// Above it the time scale is no statement about pictures.
constexpr double kMaxPlausibleFrameRate = 1000;

/// profile_tier_level(1, subLayers - 1) of §7.3.3; of the sub-layers' own profiles nothing is kept.
inline Profile readProfile(BitReader& reader, uint32_t subLayers) {
  Profile out;
  out.space = static_cast<int>(reader.bits(2));
  out.highTier = reader.flag();
  out.idc = static_cast<int>(reader.bits(5));
  out.compatibility = reader.bits(32);
  for (uint8_t& byte : out.constraints) byte = static_cast<uint8_t>(reader.bits(8));
  out.levelIdc = static_cast<int>(reader.bits(8));
  if (subLayers <= 1) return out;
  uint32_t profiles = 0;
  uint32_t levels = 0;
  for (uint32_t i = 0; i + 1 < subLayers; ++i) {
    if (reader.flag()) ++profiles;
    if (reader.flag()) ++levels;
  }
  // Two reserved bits for each sub-layer up to the eighth keep the flags in whole bytes.
  reader.skip(2 * (9 - subLayers));
  reader.skip(88 * profiles + 8 * levels);
  return out;
}

/// num_units_in_tick and time_scale; 0 where they say nothing about pictures.
inline double readFrameRate(BitReader& reader) {
  const uint32_t unitsInTick = reader.bits(32);
  const uint32_t timeScale = reader.bits(32);
  if (!reader.ok() || unitsInTick == 0) return 0;
  const double rate = static_cast<double>(timeScale) / unitsInTick;
  return rate <= kMaxPlausibleFrameRate ? rate : 0;
}

}  // namespace flux::h265
