#include "video/encoded_units.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "codec/h264.h"
#include "codec/h265.h"

namespace flux::video {
namespace {

constexpr uint32_t kClockRate = 90000;
constexpr int kMinSide = 32;
constexpr int kMaxSide = 8192;
constexpr double kMaxFrameRate = 240;
constexpr int64_t kMinBitrate = 16'000;
constexpr int64_t kMaxBitrate = 1'000'000'000;
constexpr double kBufferSeconds = 0.5;
constexpr double kBufferFrames = 1.5;

enum class Role : uint8_t { kOther, kVps, kSps, kPps, kPicture, kKeyPicture };

Role roleOf(Codec codec, ByteView nal) {
  if (codec == Codec::kH264) {
    switch (h264::nalType(nal)) {
      case h264::kNalSps:
        return Role::kSps;
      case h264::kNalPps:
        return Role::kPps;
      case h264::kNalSlice:
        return Role::kPicture;
      case h264::kNalIdr:
        return Role::kKeyPicture;
      default:
        return Role::kOther;
    }
  }
  const uint8_t type = h265::nalType(nal);
  if (type == h265::kNalVps) return Role::kVps;
  if (type == h265::kNalSps) return Role::kSps;
  if (type == h265::kNalPps) return Role::kPps;
  if (h265::isIrap(type)) return Role::kKeyPicture;
  return h265::isSlice(type) ? Role::kPicture : Role::kOther;
}

}  // namespace

AccessUnitPtr EncodedUnits::make(ByteView packet, const Encoder::Input& input) {
  std::vector<ByteView> slices;
  bool keyFrame = false;
  size_t bytes = 0;
  for (const ByteView nal : nal::splitAnnexB(packet)) {
    switch (roleOf(codec_, nal)) {
      case Role::kVps:
        takeParameterSet(nal, vps_);
        break;
      case Role::kSps:
        takeParameterSet(nal, sps_);
        break;
      case Role::kPps:
        takeParameterSet(nal, pps_);
        break;
      case Role::kKeyPicture:
        keyFrame = true;
        [[fallthrough]];
      case Role::kPicture:
        slices.push_back(nal);
        bytes += nal.size() + 4;
        break;
      case Role::kOther:
        break;
    }
  }
  if (slices.empty()) throw Error("ERR_ENCODE", "the encoder gave a packet without a picture");
  updateParameters();
  auto unit = std::make_shared<AccessUnit>();
  if (keyFrame) {
    unit->data.reserve(bytes + vps_.size() + sps_.size() + pps_.size() + 12);
    appendParameterSets(unit->data);
  } else {
    unit->data.reserve(bytes);
  }
  for (const ByteView slice : slices) nal::appendNal(unit->data, slice);
  unit->parameters = parameters_;
  unit->clockRate = kClockRate;
  unit->mediaTime = std::llround(static_cast<double>(input.timestamp) * kClockRate / 1e6);
  unit->arrivalMicros = input.arrivalMicros;
  unit->arrivalWallMs = input.arrivalWallMs;
  unit->keyFrame = keyFrame;
  return unit;
}

void EncodedUnits::takeParameterSet(ByteView nal, Bytes& set) {
  if (std::ranges::equal(nal, set)) return;
  set.assign(nal.begin(), nal.end());
  changed_ = true;
}

void EncodedUnits::updateParameters() {
  if (changed_) {
    parameters_ = codec_ == Codec::kH264 ? h264::makeParameters(sps_, pps_)
                                         : h265::makeParameters(vps_, sps_, pps_);
    changed_ = false;
  }
  if (parameters_ == nullptr) {
    throw Error("ERR_ENCODE", "the encoder gave a picture without valid parameter sets");
  }
}

void EncodedUnits::appendParameterSets(Bytes& data) const {
  if (codec_ == Codec::kH265) nal::appendNal(data, vps_);
  nal::appendNal(data, sps_);
  nal::appendNal(data, pps_);
}

void checkEncoderOptions(const EncoderOptions& options) {
  const auto fail = [](const std::string& what) {
    throw Error("ERR_INVALID_ARGUMENT", "an encoder's " + what);
  };
  if (options.codec != Codec::kH264 && options.codec != Codec::kH265) {
    fail(std::string("codec must be H264 or H265, not ") + codecName(options.codec));
  }
  for (const int side : {options.size.width, options.size.height}) {
    if (side < kMinSide || side > kMaxSide || side % 2 != 0) {
      fail("width and height must be even numbers from 32 to 8192, not " + std::to_string(side));
    }
  }
  if (int64_t{options.size.width} * options.size.height > kMaxPixels) {
    fail("picture must have at most " + std::to_string(kMaxPixels) + " pixels");
  }
  if (!(options.frameRate > 0 && options.frameRate <= kMaxFrameRate)) {
    fail("frame rate must be above 0 and at most 240");
  }
  if (options.bitrate < kMinBitrate || options.bitrate > kMaxBitrate) {
    fail("bitrate must be from 16000 to 1000000000 bits per second");
  }
  if (options.keyFrameEvery < 1) fail("distance of key frames must be at least 1 frame");
}

int64_t encoderBufferBits(int64_t bitrate, double frameRate) {
  const double seconds = std::max(kBufferSeconds, kBufferFrames / frameRate);
  return static_cast<int64_t>(static_cast<double>(bitrate) * seconds);
}

}  // namespace flux::video
