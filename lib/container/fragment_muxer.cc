#include "container/fragment_muxer.h"

#include <algorithm>
#include <cmath>

#include "codec/h264.h"
#include "codec/h264_low_delay.h"
#include "codec/picture_kind.h"
#include "container/fragment_boxes.h"
#include "container/fragment_timeline.h"

namespace flux {
namespace {

constexpr uint8_t kVersion = 1;
enum Kind : uint8_t { kInit = 1, kFragment = 2 };
enum Flag : uint8_t { kKey = 1, kAfterGap = 2, kPreroll = 4 };
constexpr size_t kPictureOffset = FragmentMuxer::kHeaderBytes + kFragmentBoxesBytes;

/// Writes big-endian fields into memory that suffices.
class Cursor final {
 public:
  explicit Cursor(uint8_t* out) : out_(out) {}
  Cursor& integer(uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) *out_++ = static_cast<uint8_t>(value >> (8 * i));
    return *this;
  }
  Cursor& u8(uint8_t value) { return integer(value, 1); }
  Cursor& u16(uint16_t value) { return integer(value, 2); }
  Cursor& u32(uint32_t value) { return integer(value, 4); }
  Cursor& u64(uint64_t value) { return integer(value, 8); }
  Cursor& bytes(ByteView view) {
    out_ = std::ranges::copy(view, out_).out;
    return *this;
  }
  uint8_t* at() const { return out_; }

 private:
  uint8_t* out_;
};

/// An avcC with the promise in each of its SPS; as it was where it is damaged.
Bytes withPromise(const Bytes& avcC) try {
  ByteReader reader(avcC);
  ByteWriter out;
  out.bytes(reader.bytes(5));
  const uint8_t count = reader.u8();
  out.u8(count);
  for (int i = 0; i < (count & 0x1F); ++i) {
    const Bytes sps = h264::withoutReordering(reader.bytes(reader.u16()));
    if (sps.size() > UINT16_MAX) return avcC;
    out.u16(static_cast<uint16_t>(sps.size())).bytes(sps);
  }
  out.bytes(reader.bytes(reader.remaining()));
  return out.take();
} catch (const Error&) {
  return avcC;
}

/// An hvcC that says of its sets that they are all there are, as `hvc1` demands.
Bytes withCompleteSets(Bytes hvcC) try {
  ByteReader reader(hvcC);
  reader.skip(22);
  for (int arrays = reader.u8(); arrays > 0; --arrays) {
    hvcC[reader.position()] |= 0x80;
    reader.skip(1);
    for (int sets = reader.u16(); sets > 0; --sets) reader.skip(reader.u16());
  }
  return hvcC;
} catch (const Error&) {
  return hvcC;
}

/// Until the second key frame tells how far they are apart.
constexpr int64_t kKeyFrameMicros = 1'000'000;

/// What a picture lasts as long as no two are known.
int64_t firstDuration(const CodecParameters& parameters, bool keyFramesOnly) {
  if (keyFramesOnly) return kKeyFrameMicros;
  const double rate = parameters.frameRate;
  return rate >= 0.1 && rate <= 1000 ? std::llround(1e6 / rate) : kDefaultFrameMicros;
}

uint32_t asTicks(int64_t micros) {
  return static_cast<uint32_t>(std::clamp<int64_t>(micros, 1, UINT32_MAX));
}

int32_t asOffset(int64_t micros) {
  return static_cast<int32_t>(std::clamp<int64_t>(micros, INT32_MIN, INT32_MAX));
}

bool isSps(ByteView nal) {
  return h264::nalType(nal) == h264::kNalSps;
}

}  // namespace

FragmentMuxer::FragmentMuxer(const FragmentMuxerOptions& options)
    : options_(options), timeline_(std::make_unique<FragmentTimeline>(kDefaultFrameMicros)) {}

FragmentMuxer::~FragmentMuxer() = default;

bool FragmentMuxer::needsInit(const AccessUnit& unit) const {
  if (parameters_ == nullptr) return true;
  if (unit.parameters != parameters_ && !sameParameters(*unit.parameters, *parameters_)) {
    return true;
  }
  return unit.keyFrame && promised_ && bidirectional_;
}

void FragmentMuxer::init(const CodecParametersPtr& parameters, const Allocate& allocate) {
  if (parameters->kind() != MediaKind::kVideo) {
    throw Error("ERR_UNSUPPORTED", std::string("viewers are sent video, which ") +
                                       codecName(parameters->codec) + " is not");
  }
  if (parameters_ != nullptr && !sameParameters(*parameters_, *parameters)) bidirectional_ = false;
  parameters_ = parameters;
  const bool h264 = parameters->codec == Codec::kH264;
  const auto sps = h264 ? h264::parseSps(parameters->sps) : std::nullopt;
  told_ = !sps || sps->reorderDepthTold;
  promised_ = !told_ && !bidirectional_;
  int depth = promised_ ? 0 : parameters->reorderDepth;
  // Where the level alone tells, it tells far too much (lib/video/av_decoder.cc).
  if (!told_) depth = std::min(depth, std::max(sps->maxRefFrames, 1));
  if (parameters->codec == Codec::kMjpeg || options_.keyFramesOnly) depth = 0;
  timeline_->setDepth(depth, firstDuration(*parameters, options_.keyFramesOnly));

  Bytes configuration = parameters->decoderConfiguration;
  Bytes segment;
  if (parameters->codec != Codec::kMjpeg) {
    if (promised_) configuration = withPromise(configuration);
    if (!h264) configuration = withCompleteSets(std::move(configuration));
    segment = initializationSegment(*parameters, configuration);
  } else {
    configuration.clear();
  }
  const std::string& codec = parameters->codecString;
  const size_t offset = kHeaderBytes + 2 + codec.size() + 8 + configuration.size();
  Cursor out(allocate(offset + segment.size()));
  out.u8(kVersion).u8(kInit).u8(0).u8(0).u32(options_.number).u64(0).u64(0);
  out.u32(static_cast<uint32_t>(offset)).u32(0);
  out.u16(static_cast<uint16_t>(codec.size())).bytes(asBytes(codec));
  out.u16(static_cast<uint16_t>(parameters->width)).u16(static_cast<uint16_t>(parameters->height));
  out.u32(static_cast<uint32_t>(configuration.size())).bytes(configuration).bytes(segment);
}

/// The unit with the promise in its SPS as well, where it has one.
ByteView FragmentMuxer::pictureOf(const AccessUnit& unit) {
  if (!promised_) return unit.data;
  bidirectional_ = bidirectional_ || hasBidirectionalSlice(unit);
  bool found = false;
  const bool whole = nal::forEachNal(unit.data, [&](ByteView nal) { found = found || isSps(nal); });
  if (!whole || !found) return unit.data;
  rewritten_.clear();
  nal::forEachNal(unit.data, [&](ByteView nal) {
    if (!isSps(nal)) return nal::appendNal(rewritten_, nal);
    if (!std::ranges::equal(nal, sps_)) {
      sps_.assign(nal.begin(), nal.end());
      promisingSps_ = h264::withoutReordering(nal);
    }
    nal::appendNal(rewritten_, promisingSps_);
  });
  return rewritten_;
}

void FragmentMuxer::fragment(const AccessUnit& unit, const FragmentMarks& marks,
                             const Allocate& allocate) {
  if (parameters_ == nullptr || parameters_->codec != unit.parameters->codec) {
    throw Error("ERR_UNSUPPORTED", "a stream's pictures follow the init message of their codec");
  }
  if (unit.data.empty() || unit.data.size() > kMaxPictureBytes) {
    throw Error("ERR_UNSUPPORTED",
                "a picture of " + std::to_string(unit.data.size()) + " bytes cannot be sent");
  }
  const ByteView picture = pictureOf(unit);
  const FragmentTimeline::Times times = timeline_->next(mediaMicros(unit), unit.arrivalMicros);
  const bool boxes = parameters_->codec != Codec::kMjpeg;
  const size_t offset = boxes ? kPictureOffset : kHeaderBytes;
  const int32_t composition = asOffset(times.composition);
  uint8_t* const message = allocate(offset + picture.size());
  Cursor out(message);
  out.u8(kVersion).u8(kFragment);
  out.u8(static_cast<uint8_t>((unit.keyFrame ? kKey : 0) | (marks.afterGap ? kAfterGap : 0) |
                              (marks.preroll ? kPreroll : 0)));
  out.u8(marks.epoch).u32(options_.number).u64(static_cast<uint64_t>(unit.arrivalWallMs) * 1000);
  out.u64(static_cast<uint64_t>(times.decode));
  out.u32(static_cast<uint32_t>(offset)).u32(static_cast<uint32_t>(composition));
  ++fragments_;
  if (boxes) {
    const FragmentSample sample{.sequence = static_cast<uint32_t>(fragments_),
                                .decode = static_cast<uint64_t>(times.decode),
                                .duration = asTicks(times.duration),
                                .composition = composition,
                                .bytes = static_cast<uint32_t>(picture.size()),
                                .key = unit.keyFrame};
    writeFragmentBoxes(sample,
                       std::span<uint8_t, kFragmentBoxesBytes>(out.at(), kFragmentBoxesBytes));
  }
  Cursor(message + offset).bytes(picture);
}

void FragmentMuxer::restart(int64_t pauseMicros) {
  timeline_->restart(pauseMicros);
}

}  // namespace flux
