#include "segment/format.h"

#include <algorithm>
#include <bitset>

#include "segment/cover.h"

namespace flux::segment {
namespace {

constexpr std::string_view kMagic = "FVMS";
constexpr std::string_view kV1AadLabel = "FVMS1";
// Version 2 with an empty camera id and no extension.
constexpr size_t kMinV2HeaderSize = 91 + 2 + kCommitmentSize;
constexpr uint8_t kCoverEntry = 1;
constexpr size_t kCoverEntrySize = 4 + 32;

[[noreturn]] void refuse(const std::string& what) {
  throw Error("ERR_SEGMENT_HEADER", what);
}

template <typename Array>
void copyField(ByteReader& reader, Array& field) {
  std::ranges::copy(reader.bytes(field.size()), field.begin());
}

void parseCover(ByteView value, Cover& cover) {
  if (value.size() != kCoverEntrySize) refuse("its entry on the picture has another size");
  ByteReader reader(value);
  cover.size = reader.u32();
  if (cover.size == 0 || cover.size > kMaxCoverSize) {
    refuse("a picture of " + std::to_string(cover.size) + " bytes is out of range");
  }
  copyField(reader, cover.sha256);
}

void parseExtension(ByteView extension, Header& header) {
  ByteReader reader(extension);
  std::bitset<256> seen;
  while (reader.remaining() > 0) {
    const uint8_t type = reader.u8();
    const ByteView value = reader.bytes(reader.u16());
    if (seen.test(type)) refuse("its extension has two entries of type " + std::to_string(type));
    seen.set(type);
    if (type == kCoverEntry) parseCover(value, header.cover);
  }
}

void parseV2(ByteView start, Header& header) {
  if (start.size() < header.size) {
    throw Error("ERR_SEGMENT_TRUNCATED", "the segment ends inside its header, after " +
                                             std::to_string(start.size()) + " bytes");
  }
  ByteReader reader(start.first(header.size));
  reader.skip(kCommonHeaderSize + 2);
  if (const int flags = reader.u8(); flags != 0) {
    refuse("unknown flags " + std::to_string(flags));
  }
  header.chunkLog2 = reader.u8();
  if (header.chunkLog2 < kMinChunkLog2 || header.chunkLog2 > kMaxChunkLog2) {
    refuse("a chunk size of 2^" + std::to_string(header.chunkLog2) + " is out of range");
  }
  copyField(reader, header.salt);
  const uint64_t startMs = reader.u64();
  if (startMs > static_cast<uint64_t>(kMaxStartMs)) refuse("the start time is out of range");
  header.startMs = static_cast<int64_t>(startMs);
  header.sequence = reader.u64();
  header.stream = reader.u16();
  header.cameraId = asText(reader.bytes(reader.u16()));
  if (!isCameraId(header.cameraId)) refuse("the camera id is not 1 to 255 bytes of clean UTF-8");
  const ByteView extension = reader.bytes(reader.u16());
  copyField(reader, header.commitment);
  if (reader.position() != header.size) {
    refuse("the header says it has " + std::to_string(header.size) + " bytes, its fields have " +
           std::to_string(reader.position()));
  }
  parseExtension(extension, header);
}

void parseCommon(ByteReader& reader, Header& header) {
  reader.skip(kMagic.size());
  header.version = reader.u16();
  if (header.version != kVersion1 && header.version != kVersion2) {
    throw Error("ERR_SEGMENT_VERSION",
                "segment version " + std::to_string(header.version) + " is not known here");
  }
  header.algorithm = reader.u8();
  const bool storedNonce =
      header.version == kVersion2 && header.algorithm == kAlgorithmLea256GcmStoredNonce;
  if (header.algorithm != kAlgorithmLea256Gcm && !storedNonce) {
    throw Error("ERR_SEGMENT_ALGORITHM",
                "segment algorithm " + std::to_string(header.algorithm) + " is not known here");
  }
  copyField(reader, header.keyId);
  copyField(reader, header.iv);
  header.size = kCommonHeaderSize;
}

/// Length of the UTF-8 sequence at the start of `text`, 0 where there is none or it is a control
/// character. Shortest form only, no surrogates (RFC 3629).
size_t printableSequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (lead == 0xc2 && byte(1) < 0xa0) return 0;  // C1 controls
  if (lead == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
  if (lead == 0xed && byte(1) > 0x9f) return 0;  // surrogates
  if (lead == 0xf0 && byte(1) < 0x90) return 0;  // overlong
  if (lead == 0xf4 && byte(1) > 0x8f) return 0;  // above U+10FFFF
  return size;
}

}  // namespace

Header parseHeader(ByteView start) {
  const size_t known = std::min(start.size(), kMagic.size());
  if (asText(start.first(known)) != kMagic.substr(0, known)) {
    throw Error("ERR_SEGMENT_MAGIC", "not a FVMS segment: the first four bytes differ");
  }
  Header header;
  try {
    ByteReader reader(start);
    parseCommon(reader, header);
    if (header.version == kVersion1) return header;
    header.size = reader.u16();
  } catch (const Error& error) {
    if (error.code() != "ERR_TRUNCATED") throw;
    throw Error("ERR_SEGMENT_TRUNCATED", "the segment ends inside its header, after " +
                                             std::to_string(start.size()) + " bytes");
  }
  if (header.size < kMinV2HeaderSize || header.size > kMaxHeaderSize) {
    refuse("a header size of " + std::to_string(header.size) + " is out of range");
  }
  try {
    parseV2(start, header);
  } catch (const Error& error) {
    if (error.code() != "ERR_TRUNCATED") throw;
    refuse("its fields do not fit into the size that it gives itself");
  }
  return header;
}

Header parseFileStart(ByteView start) {
  const size_t before = beginsLikeJpeg(start) ? jpegSize(start) : 0;
  Header header = parseHeader(start.subspan(before));
  if (header.cover.size != before) {
    throw Error("ERR_SEGMENT_COVER",
                "the header stands " + std::to_string(before) +
                    " bytes into the file, but was written to stand " +
                    std::to_string(header.cover.size) +
                    " bytes into it: the picture in front was added, taken away or exchanged");
  }
  return header;
}

Bytes encodeHeaderPrefix(const Header& header) {
  ByteWriter out;
  out.bytes(asBytes(kMagic)).u16(header.version).u8(header.algorithm);
  out.bytes(header.keyId).bytes(header.iv);
  if (header.version == kVersion1) return out.take();
  ByteWriter extension;
  if (header.cover.size > 0) {
    extension.u8(kCoverEntry).u16(kCoverEntrySize);
    extension.u32(header.cover.size).bytes(header.cover.sha256);
  }
  out.u16(static_cast<uint16_t>(kMinV2HeaderSize + header.cameraId.size() + extension.size()));
  out.u8(0).u8(header.chunkLog2).bytes(header.salt);
  out.u64(static_cast<uint64_t>(header.startMs)).u64(header.sequence).u16(header.stream);
  out.u16(static_cast<uint16_t>(header.cameraId.size())).bytes(asBytes(header.cameraId));
  out.u16(static_cast<uint16_t>(extension.size())).bytes(extension.view());
  return out.take();
}

bool isCameraId(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxCameraIdBytes) return false;
  while (!text.empty()) {
    const size_t size = printableSequence(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

Bytes v1AssociatedData(const std::string& cameraId, int64_t startMs) {
  // The length keeps "cam1" + "12..." and "cam11" + "2..." apart.
  ByteWriter out;
  out.bytes(asBytes(kV1AadLabel)).u16(static_cast<uint16_t>(cameraId.size()));
  out.bytes(asBytes(cameraId)).u64(static_cast<uint64_t>(startMs));
  return out.take();
}

std::string formatUuid(const KeyId& id) {
  std::string text = toHex(id);
  for (const size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

KeyId parseUuid(const std::string& text) {
  const auto fail = [&]() -> Error {
    return {"ERR_INVALID_ARGUMENT",
            "a key id is a UUID such as 01234567-89ab-cdef-0123-456789abcdef (lower case)"};
  };
  if (text.size() != 36) throw fail();
  std::string hex;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-') || (text[i] >= 'A' && text[i] <= 'F')) throw fail();
    if (!dash) hex.push_back(text[i]);
  }
  KeyId id{};
  try {
    std::ranges::copy(fromHex(hex), id.begin());
  } catch (const Error&) {
    throw fail();
  }
  return id;
}

}  // namespace flux::segment
