// Marker segments as ITU-T T.81 annex B lays them out.
#include "codec/jpeg.h"

#include <algorithm>

#include "codec/jpeg_tables.h"

namespace flux::jpeg {
namespace {

constexpr uint16_t kSoi = 0xFFD8;
constexpr uint16_t kApp0 = 0xFFE0;
constexpr uint16_t kDqt = 0xFFDB;
constexpr uint16_t kDri = 0xFFDD;
constexpr uint16_t kSofBaseline = 0xFFC0;
constexpr uint16_t kSofExtended = 0xFFC1;
constexpr uint16_t kDht = 0xFFC4;
constexpr uint16_t kSos = 0xFFDA;

constexpr size_t kTableBytes = 64;

/// SOF0 to SOF15: the markers C0 to CF that are no tables (DHT, JPG, DAC; B.1.1.3).
bool isFrameHeader(uint16_t marker) {
  return marker >= 0xFFC0 && marker <= 0xFFCF && marker != kDht && marker != 0xFFC8 &&
         marker != 0xFFCC;
}

void writeQuantization(ByteWriter& out, const QuantizationTables& tables) {
  for (size_t i = 0; i < tables.size(); ++i) {
    const size_t precision = tables[i].size() > kTableBytes ? 1 : 0;
    out.u16(kDqt).u16(static_cast<uint16_t>(3 + tables[i].size()));
    out.u8(static_cast<uint8_t>(precision << 4 | i)).bytes(tables[i]);
  }
}

void writeFrame(ByteWriter& out, const Header& header, bool extended) {
  // Baseline has no 16-bit tables; the extended process with the same Huffman tables does.
  out.u16(extended ? kSofExtended : kSofBaseline).u16(17).u8(8);
  out.u16(static_cast<uint16_t>(header.height)).u16(static_cast<uint16_t>(header.width)).u8(3);
  out.u8(1).u8(header.sampling == Sampling::k422 ? 0x21 : 0x22).u8(0);
  out.u8(2).u8(0x11).u8(1);
  out.u8(3).u8(0x11).u8(1);
}

void writeHuffman(ByteWriter& out, uint8_t classAndId, ByteView table) {
  out.u16(kDht).u16(static_cast<uint16_t>(3 + table.size())).u8(classAndId).bytes(table);
}

QuantizationTable scaled(const std::array<uint8_t, kTableBytes>& typical, int scale) {
  QuantizationTable table(kTableBytes);
  std::transform(typical.begin(), typical.end(), table.begin(), [scale](uint8_t value) {
    return static_cast<uint8_t>(std::clamp((value * scale + 50) / 100, 1, 255));
  });
  return table;
}

}  // namespace

QuantizationTables makeQuantizationTables(int q) {
  q = std::clamp(q, 1, 99);
  const int scale = q < 50 ? 5000 / q : 200 - 2 * q;
  return {scaled(kLuminanceQuantizer, scale), scaled(kChrominanceQuantizer, scale)};
}

void appendHeader(Bytes& image, const Header& header, const QuantizationTables& tables) {
  const bool extended = tables[0].size() > kTableBytes || tables[1].size() > kTableBytes;
  ByteWriter out;
  out.u16(kSoi);
  // JFIF 1.01, square pixels, no thumbnail.
  out.u16(kApp0).u16(16).bytes(asBytes(std::string_view("JFIF\0", 5)));
  out.u16(0x0101).u8(0).u16(1).u16(1).u16(0);
  writeQuantization(out, tables);
  if (header.restartInterval != 0) out.u16(kDri).u16(4).u16(header.restartInterval);
  writeFrame(out, header, extended);
  writeHuffman(out, 0x00, kDcLuminance);
  writeHuffman(out, 0x10, kAcLuminance);
  writeHuffman(out, 0x01, kDcChrominance);
  writeHuffman(out, 0x11, kAcChrominance);
  out.u16(kSos).u16(12).u8(3).u16(0x0100).u16(0x0211).u16(0x0311).u8(0).u8(63).u8(0);
  image.insert(image.end(), out.view().begin(), out.view().end());
}

bool hasEnd(ByteView image) {
  const size_t size = image.size();
  return size >= 2 && image[size - 2] == 0xFF && image[size - 1] == 0xD9;
}

void appendEnd(Bytes& image) {
  if (hasEnd(image)) return;
  image.push_back(0xFF);
  image.push_back(0xD9);
}

std::optional<PictureSize> pictureSize(ByteView image) {
  ByteReader reader(image);
  if (reader.remaining() < 2 || reader.u16() != kSoi) return std::nullopt;
  constexpr size_t kMarkerAndLength = 4;
  while (reader.remaining() >= kMarkerAndLength) {
    const uint16_t marker = reader.u16();
    const size_t length = reader.u16();
    if (marker < 0xFF01 || marker == kSos || length < 2) return std::nullopt;
    if (reader.remaining() < length - 2) return std::nullopt;
    ByteReader segment(reader.bytes(length - 2));
    if (!isFrameHeader(marker)) continue;
    if (segment.remaining() < 5) return std::nullopt;
    segment.u8();  // bits per sample
    const int height = segment.u16();
    return PictureSize{segment.u16(), height};
  }
  return std::nullopt;
}

CodecParametersPtr makeParameters(int width, int height) {
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = Codec::kMjpeg;
  parameters->codecString = "mjpeg";
  parameters->width = width;
  parameters->height = height;
  return parameters;
}

}  // namespace flux::jpeg
