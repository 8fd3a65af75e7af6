// Which pictures an H.265 picture refers to (§7.3.7, §8.3.2), as sets and slice headers tell it.
// Internal to lib/codec.
#pragma once

#include <optional>
#include <vector>

#include "codec/bit_reader.h"
#include "codec/h265.h"

namespace flux::h265 {

constexpr uint32_t kMaxPictureBuffer = 16;
constexpr uint32_t kMaxLongTermPictures = 32;

/// st_ref_pic_set(known.size()), behind those that are `known`; `inSlice` where a slice header has
/// it. Empty where it is malformed.
std::optional<ReferenceSet> readReferenceSet(BitReader& reader,
                                             const std::vector<ReferenceSet>& known, bool inSlice);

}  // namespace flux::h265
