// NAL units: finding them in Annex B streams and length-prefixed access units.
#include <algorithm>

#include "codec/h264.h"

namespace flux::h264 {
namespace {

/// Offset of the next 00 00 01 at or after `from`; the stream's size where there is none.
size_t findStartCode(ByteView stream, size_t from) {
  for (size_t i = from; i + 3 <= stream.size();) {
    if (stream[i + 2] > 1) {
      i += 3;
    } else if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1) {
      return i;
    } else {
      ++i;
    }
  }
  return stream.size();
}

}  // namespace

Bytes unescape(ByteView nal) {
  Bytes out;
  out.reserve(nal.size());
  int zeros = 0;
  for (const uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

std::vector<ByteView> splitAnnexB(ByteView stream) {
  std::vector<ByteView> units;
  size_t code = findStartCode(stream, 0);
  while (code < stream.size()) {
    const size_t begin = code + 3;
    code = findStartCode(stream, begin);
    size_t end = code;
    while (end > begin && stream[end - 1] == 0) --end;
    if (end > begin) units.push_back(stream.subspan(begin, end - begin));
  }
  return units;
}

bool forEachNal(ByteView accessUnit, const std::function<void(ByteView)>& visit,
                size_t lengthSize) {
  if (lengthSize < 1 || lengthSize > 4) return false;
  while (!accessUnit.empty()) {
    if (accessUnit.size() < lengthSize) return false;
    size_t length = 0;
    for (size_t i = 0; i < lengthSize; ++i) length = length << 8 | accessUnit[i];
    accessUnit = accessUnit.subspan(lengthSize);
    if (length > accessUnit.size()) return false;
    if (length > 0) visit(accessUnit.first(length));
    accessUnit = accessUnit.subspan(length);
  }
  return true;
}

void appendNal(Bytes& accessUnit, ByteView nal) {
  const size_t size = nal.size();
  const uint8_t prefix[] = {static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16),
                            static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
  accessUnit.insert(accessUnit.end(), std::begin(prefix), std::end(prefix));
  accessUnit.insert(accessUnit.end(), nal.begin(), nal.end());
}

bool startsPicture(ByteView nal) {
  const uint8_t type = nalType(nal);
  if (type != kNalSlice && type != kNalPartitionA && type != kNalIdr) return false;
  // first_mb_in_slice is ue(v) right behind the header: the code of zero is a single 1 bit.
  return nal.size() > 1 && (nal[1] & 0x80) != 0;
}

}  // namespace flux::h264
