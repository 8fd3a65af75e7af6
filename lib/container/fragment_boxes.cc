#include "container/fragment_boxes.h"

#include <array>
#include <string_view>

namespace flux {
namespace {

constexpr uint32_t kTrack = 1;
/// ISO/IEC 14496-12 §8.8.3.1: depends on no other sample; or on others, and is no sync sample.
constexpr uint32_t kSyncSample = 0x02000000;
constexpr uint32_t kOtherSample = 0x01010000;

/// Boxes inside each other: each one's size is written when it ends.
class BoxWriter final {
 public:
  /// Writes the box around what `content` writes.
  template <typename Content>
  BoxWriter& box(std::string_view type, Content content) {
    const size_t start = out_.size();
    u32(0).text(type);
    content();
    const size_t size = out_.size() - start;
    for (size_t i = 0; i < 4; ++i) out_[start + i] = static_cast<uint8_t>(size >> (24 - 8 * i));
    return *this;
  }
  template <typename Content>
  BoxWriter& fullBox(std::string_view type, uint32_t versionAndFlags, Content content) {
    return box(type, [&] {
      u32(versionAndFlags);
      content();
    });
  }
  BoxWriter& u8(uint32_t value) { return integer(value, 1); }
  BoxWriter& u16(uint32_t value) { return integer(value, 2); }
  BoxWriter& u32(uint32_t value) { return integer(value, 4); }
  BoxWriter& zeros(size_t count) {
    out_.insert(out_.end(), count, 0);
    return *this;
  }
  BoxWriter& text(std::string_view text) { return bytes(asBytes(text)); }
  BoxWriter& bytes(ByteView view) {
    out_.insert(out_.end(), view.begin(), view.end());
    return *this;
  }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  BoxWriter& integer(uint32_t value, int width) {
    for (int i = width - 1; i >= 0; --i) out_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  Bytes out_;
};

constexpr std::array<uint32_t, 9> kUnityMatrix = {0x00010000, 0, 0, 0,         0x00010000,
                                                  0,          0, 0, 0x40000000};

void matrix(BoxWriter& out) {
  for (const uint32_t value : kUnityMatrix) out.u32(value);
}

void movieHeader(BoxWriter& out) {
  out.fullBox("mvhd", 0, [&] {
    out.u32(0).u32(0).u32(kFragmentTimescale).u32(0);
    out.u32(0x00010000).u16(0x0100).zeros(10);  // rate 1, volume 1
    matrix(out);
    out.zeros(24).u32(kTrack + 1);
  });
}

void trackHeader(BoxWriter& out, uint32_t width, uint32_t height) {
  constexpr uint32_t kEnabledInMovieAndPreview = 7;
  out.fullBox("tkhd", kEnabledInMovieAndPreview, [&] {
    out.u32(0).u32(0).u32(kTrack).u32(0).u32(0);
    out.zeros(8).u16(0).u16(0).u16(0).u16(0);
    matrix(out);
    out.u32(width << 16).u32(height << 16);
  });
}

/// VisualSampleEntry (§12.1.3).
void sampleEntry(BoxWriter& out, const CodecParameters& parameters, ByteView configuration) {
  const bool h264 = parameters.codec == Codec::kH264;
  out.box(h264 ? "avc1" : "hvc1", [&] {
    out.zeros(6).u16(1).zeros(16);
    out.u16(static_cast<uint32_t>(parameters.width)).u16(static_cast<uint32_t>(parameters.height));
    out.u32(0x00480000).u32(0x00480000).u32(0).u16(1);  // 72 dpi, one frame per sample
    out.zeros(32).u16(0x0018).u16(0xFFFF);
    out.box(h264 ? "avcC" : "hvcC", [&] { out.bytes(configuration); });
  });
}

void sampleTables(BoxWriter& out, const CodecParameters& parameters, ByteView configuration) {
  out.box("stbl", [&] {
    out.fullBox("stsd", 0, [&] {
      out.u32(1);
      sampleEntry(out, parameters, configuration);
    });
    for (const char* empty : {"stts", "stsc", "stco"}) out.fullBox(empty, 0, [&] { out.u32(0); });
    out.fullBox("stsz", 0, [&] { out.u32(0).u32(0); });
  });
}

void media(BoxWriter& out, const CodecParameters& parameters, ByteView configuration) {
  constexpr uint32_t kUndetermined = 0x55C4;  // ISO 639-2 "und"
  constexpr uint32_t kInSameFile = 1;
  out.box("mdia", [&] {
    out.fullBox("mdhd", 0, [&] {
      out.u32(0).u32(0).u32(kFragmentTimescale).u32(0).u16(kUndetermined).u16(0);
    });
    out.fullBox("hdlr", 0, [&] { out.u32(0).text("vide").zeros(12).text("video").u8(0); });
    out.box("minf", [&] {
      out.fullBox("vmhd", 1, [&] { out.zeros(8); });
      out.box("dinf", [&] {
        out.fullBox("dref", 0, [&] { out.u32(1).fullBox("url ", kInSameFile, [] {}); });
      });
      sampleTables(out, parameters, configuration);
    });
  });
}

}  // namespace

Bytes initializationSegment(const CodecParameters& parameters, ByteView configuration) {
  BoxWriter out;
  out.box("ftyp", [&] { out.text("iso6").u32(1).text("iso6").text("iso5").text("mp41"); });
  out.box("moov", [&] {
    movieHeader(out);
    out.box("trak", [&] {
      trackHeader(out, static_cast<uint32_t>(parameters.width),
                  static_cast<uint32_t>(parameters.height));
      media(out, parameters, configuration);
    });
    out.box("mvex", [&] {
      out.fullBox("trex", 0, [&] { out.u32(kTrack).u32(1).u32(0).u32(0).u32(kOtherSample); });
    });
  });
  return out.take();
}

void writeFragmentBoxes(const FragmentSample& sample, std::span<uint8_t, kFragmentBoxesBytes> out) {
  constexpr uint32_t kMoofBytes = kFragmentBoxesBytes - 8;
  constexpr uint32_t kBaseIsMoof = 0x020000;
  // One sample with its own duration, size, flags and composition offset, which is signed.
  constexpr uint32_t kRun = 0x01000000 | 0x000F01;
  size_t at = 0;
  const auto u32 = [&](uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out[at++] = static_cast<uint8_t>(value >> shift);
  };
  const auto box = [&](uint32_t size, std::string_view type) {
    u32(size);
    for (const char letter : type) out[at++] = static_cast<uint8_t>(letter);
  };
  box(kMoofBytes, "moof");
  box(16, "mfhd");
  u32(0);
  u32(sample.sequence);
  box(kMoofBytes - 24, "traf");
  box(16, "tfhd");
  u32(kBaseIsMoof);
  u32(kTrack);
  box(20, "tfdt");
  u32(0x01000000);
  u32(static_cast<uint32_t>(sample.decode >> 32));
  u32(static_cast<uint32_t>(sample.decode));
  box(36, "trun");
  u32(kRun);
  u32(1);
  u32(kFragmentBoxesBytes);  // where the sample begins, from moof on
  u32(sample.duration);
  u32(sample.bytes);
  u32(sample.key ? kSyncSample : kOtherSample);
  u32(static_cast<uint32_t>(sample.composition));
  box(sample.bytes + 8, "mdat");
}

}  // namespace flux
