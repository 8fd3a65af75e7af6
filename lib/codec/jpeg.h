// The headers of a baseline JPEG image (ITU-T T.81) around the scan that RTP carries without them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "codec/codec_parameters.h"

namespace flux::jpeg {

/// How much wider and higher luminance is sampled than chrominance.
enum class Sampling : uint8_t { k422, k420 };

/// 64 values in zigzag order: of one byte each, or of two (big-endian) where the table has 128.
using QuantizationTable = Bytes;
/// For luminance and for both kinds of chrominance.
using QuantizationTables = std::array<QuantizationTable, 2>;

struct Header {
  int width = 0;  ///< pixels, 1 to 65535
  int height = 0;
  Sampling sampling = Sampling::k420;
  uint16_t restartInterval = 0;  ///< MCUs between restart markers; 0 = none
};

/// The tables of quality `q`, 1 to 99, as RFC 2435 §4.2 and appendix A compute them; what lies
/// outside counts as the nearest.
QuantizationTables makeQuantizationTables(int q);

/// Appends SOI, APP0 (JFIF), DQT, DRI, SOF, DHT with the typical Huffman tables, and SOS: what
/// stands before the scan. Tables have 64 or 128 bytes.
void appendHeader(Bytes& image, const Header& header, const QuantizationTables& tables);

/// True where `image` ends with EOI.
bool hasEnd(ByteView image);
/// Ends `image` with EOI where it does not yet.
void appendEnd(Bytes& image);

struct PictureSize {
  int width = 0;  ///< pixels
  int height = 0;
};
/// What the first frame header of `image` says (B.2.2); empty where there is none before the scan.
/// Never throws, never reads outside.
std::optional<PictureSize> pictureSize(ByteView image);

CodecParametersPtr makeParameters(int width, int height);

}  // namespace flux::jpeg
