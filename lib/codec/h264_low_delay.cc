#include "codec/h264_low_delay.h"

#include <algorithm>

#include "codec/bit_reader.h"
#include "codec/bit_writer.h"
#include "codec/h264_sps_layout.h"

namespace flux::h264 {
namespace {

/// What stands before max_num_reorder_frames; the same as where nothing is said, but for the
/// smallest sizes of pictures and macroblocks, of which 0 promises none.
void writeLimits(BitWriter& out) {
  constexpr unsigned kLog2MaxVectorLength = 15;
  out.flag(true).ue(0).ue(0).ue(kLog2MaxVectorLength).ue(kLog2MaxVectorLength);
}

/// The flags of a VUI that says nothing, up to bitstream_restriction_flag.
constexpr unsigned kFlagsBeforeRestriction = 8;

}  // namespace

Bytes withoutReordering(ByteView sps) {
  Bytes same(sps.begin(), sps.end());
  SpsLayout layout;
  const auto parsed = parseSps(sps, layout);
  if (!parsed || !layout.whole) return same;
  const int frames = std::max(1, parsed->maxRefFrames);
  if (parsed->reorderDepthTold && parsed->reorderDepth == 0 &&
      parsed->maxBufferedFrames == frames) {
    return same;
  }
  const Bytes rbsp = nal::unescape(sps.subspan(1));
  BitReader reader(rbsp);
  BitWriter out;
  if (layout.reordering) {
    out.copy(reader, *layout.reordering);
  } else {
    out.copy(reader, layout.hasVui ? layout.restrictionFlag : layout.vuiFlag);
    if (!layout.hasVui) out.flag(true).bits(0, kFlagsBeforeRestriction);
    out.flag(true);
    writeLimits(out);
  }
  out.ue(0).ue(static_cast<uint64_t>(frames));
  return out.nal(sps[0]);
}

}  // namespace flux::h264
