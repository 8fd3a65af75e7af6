#include "segment/cover.h"

#include <algorithm>

namespace flux::segment {
namespace {

constexpr uint8_t kStartOfImage = 0xd8;
constexpr uint8_t kEndOfImage = 0xd9;
constexpr uint8_t kStartOfScan = 0xda;
constexpr uint8_t kTemporary = 0x01;

bool isRestart(uint8_t marker) {
  return marker >= 0xd0 && marker <= 0xd7;
}

[[noreturn]] void notAJpeg(const ByteReader& reader, const std::string& what) {
  throw Error("ERR_SEGMENT_MAGIC", "not a FVMS segment: it begins like a JPEG picture, but at " +
                                       std::to_string(reader.position()) + " bytes " + what);
}

/// The marker that comes next, behind any fill bytes (T.81, B.1.1.2).
uint8_t nextMarker(ByteReader& reader) {
  if (reader.u8() != 0xff) notAJpeg(reader, "there is no marker");
  for (;;) {
    const uint8_t marker = reader.u8();
    if (marker == 0) notAJpeg(reader, "there is no marker");
    if (marker != 0xff) return marker;
  }
}

/// Entropy-coded data up to the marker that ends it: FF 00 and restart markers belong to it.
uint8_t markerAfterScan(ByteReader& reader) {
  for (;;) {
    if (reader.u8() != 0xff) continue;
    uint8_t marker = reader.u8();
    while (marker == 0xff) marker = reader.u8();
    if (marker != 0 && !isRestart(marker)) return marker;
  }
}

size_t walk(ByteReader& reader) {
  if (reader.u8() != 0xff || reader.u8() != kStartOfImage) notAJpeg(reader, "it does not go on");
  for (uint8_t marker = nextMarker(reader); marker != kEndOfImage;) {
    if (marker == kStartOfImage || isRestart(marker)) notAJpeg(reader, "a marker is out of place");
    if (marker != kTemporary) {
      const uint16_t size = reader.u16();
      if (size < 2) notAJpeg(reader, "a marker's length is impossible");
      reader.skip(size - 2U);
    }
    marker = marker == kStartOfScan ? markerAfterScan(reader) : nextMarker(reader);
  }
  return reader.position();
}

}  // namespace

bool beginsLikeJpeg(ByteView start) noexcept {
  return !start.empty() && start[0] == 0xff && (start.size() == 1 || start[1] == kStartOfImage);
}

size_t jpegSize(ByteView start) {
  ByteReader reader(start.first(std::min(start.size(), kMaxCoverSize)));
  try {
    return walk(reader);
  } catch (const Error& error) {
    if (error.code() != "ERR_TRUNCATED") throw;
    if (start.size() >= kMaxCoverSize) {
      throw Error("ERR_SEGMENT_MAGIC",
                  "not a FVMS segment: it begins like a JPEG picture of more than 64 KiB");
    }
    throw Error("ERR_SEGMENT_TRUNCATED",
                "the segment ends inside the picture in front of it, after " +
                    std::to_string(start.size()) + " bytes");
  }
}

}  // namespace flux::segment
