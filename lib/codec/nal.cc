// NAL units: finding them in Annex B streams and length-prefixed access units.
#include "codec/nal.h"

#include <iterator>

namespace flux::nal {
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

void appendEscaped(Bytes& out, ByteView payload) {
  int zeros = 0;
  for (const uint8_t byte : payload) {
    if (zeros == 2 && byte <= 3) {
      out.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
}

ByteView withoutTrailingZeros(ByteView nal) {
  while (!nal.empty() && nal.back() == 0) nal = nal.first(nal.size() - 1);
  return nal;
}

bool beginsWithStartCode(ByteView data) {
  return data.size() > 3 && data[0] == 0 && data[1] == 0 &&
         (data[2] == 1 || (data[2] == 0 && data[3] == 1));
}

ByteView untilStartCode(ByteView nal) {
  return nal.first(findStartCode(nal, 0));
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

void appendAnnexB(Bytes& stream, ByteView nal) {
  constexpr uint8_t kStartCode[] = {0, 0, 0, 1};
  stream.insert(stream.end(), std::begin(kStartCode), std::end(kStartCode));
  stream.insert(stream.end(), nal.begin(), nal.end());
}

bool toAnnexB(ByteView accessUnit, Bytes& stream) {
  stream.clear();
  return forEachNal(accessUnit, [&stream](ByteView nal) { appendAnnexB(stream, nal); });
}

}  // namespace flux::nal
