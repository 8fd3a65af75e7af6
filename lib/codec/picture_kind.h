// What other pictures need of a picture, as its slices' headers say: for decoders that hold nothing
// back, and for those that leave out what nobody misses.
#pragma once

#include "codec/access_unit.h"

namespace flux {

// They read the headers of the unit's slices and no more, never throw and never read outside.
// What is damaged, and a unit without slices, counts as a picture without B slices that others
// refer to.

/// Is one of the unit's slices a B slice (H.264 §7.4.3, slice_type 1 or 6; H.265 §7.4.7.1, 0)? With
/// H.264 that as good as always means pictures out of their order. H.265's encoders write B slices
/// that only look back: there it tells nothing of the order, which the SPS always does. False for
/// MJPEG.
bool hasBidirectionalSlice(const AccessUnit& unit);

/// May another picture be decoded with the help of this one? False where all slices have
/// nal_ref_idc 0 (H.264 §7.4.1), are of a sub-layer non-reference type in the highest sub-layer
/// (H.265 §7.4.2.2), and for MJPEG: such a unit may be left out without harm to others.
bool isReference(const AccessUnit& unit);

/// Is it a random access skipped leading picture (H.265 §3.107, RASL)? It may refer to what was
/// before its key frame, and nothing behind it refers to it but others of its kind.
bool isSkippedLeading(const AccessUnit& unit);

}  // namespace flux
