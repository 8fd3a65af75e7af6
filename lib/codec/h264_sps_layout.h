// Where the parts of an SPS of H.264 lie that its rewriter and comparisons need. Internal to
// lib/codec.
#pragma once

#include <cstddef>
#include <optional>

#include "codec/h264.h"

namespace flux::h264 {

/// Offsets in bits of the RBSP, behind the header byte.
struct SpsLayout {
  size_t vuiFlag = 0;  ///< vui_parameters_present_flag
  bool hasVui = false;
  size_t restrictionFlag = 0;        ///< bitstream_restriction_flag, in the VUI
  std::optional<size_t> reordering;  ///< max_num_reorder_frames, with bitstream_restriction_flag
  bool whole = false;                ///< read to the end of the VUI without damage
};

/// See parseSps(ByteView).
std::optional<Sps> parseSps(ByteView nal, SpsLayout& layout);

}  // namespace flux::h264
