// NAL units as H.264 and H.265 share them: start codes, length prefixes, emulation prevention.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"

namespace flux::nal {

/// Removes the emulation prevention bytes of a NAL unit's payload (H.264 §7.4.1.1, H.265 §7.4.2).
Bytes unescape(ByteView nal);

/// Appends a NAL unit's payload with the emulation prevention bytes that it needs.
void appendEscaped(Bytes& out, ByteView payload);

/// Zero bytes behind a NAL unit are no part of it: none ends in one (H.264 §7.4.1, H.265 §7.4.2.1).
ByteView withoutTrailingZeros(ByteView nal);

/// True where the bytes begin with 00 00 01 or 00 00 00 01.
bool beginsWithStartCode(ByteView data);
/// What stands before the first 00 00 01, all where there is none: no NAL unit holds one.
ByteView untilStartCode(ByteView nal);
/// Splits an Annex B byte stream at its start codes; trailing zero bytes are not part of a NAL
/// unit.
std::vector<ByteView> splitAnnexB(ByteView stream);
/// Calls `visit` for each NAL unit of a length-prefixed access unit; false where a length leads
/// outside the buffer (the units before it were visited).
bool forEachNal(ByteView accessUnit, const std::function<void(ByteView)>& visit,
                size_t lengthSize = 4);
/// Appends a NAL unit behind its 4-byte length.
void appendNal(Bytes& accessUnit, ByteView nal);
/// Appends a NAL unit behind a start code of four bytes.
void appendAnnexB(Bytes& stream, ByteView nal);
/// Makes `stream` the length-prefixed access unit as an Annex B byte stream; what it held is lost,
/// its memory is used again. False where a length leads outside: the units before it are there.
bool toAnnexB(ByteView accessUnit, Bytes& stream);

}  // namespace flux::nal
