#include "video/key_frame_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "video/libav.h"

namespace flux::video {
namespace {

constexpr const char* kDamaged = "ERR_DECODE";

void requireFits(Size size) {
  if (int64_t{size.width} * size.height <= kMaxPixels) return;
  throw Error("ERR_LIMIT", "the picture claims " + std::to_string(size.width) + "x" +
                               std::to_string(size.height) + " pixels; at most " +
                               std::to_string(kMaxPixels) + " are decoded");
}

/// The size that an SPS among the unit's NAL units claims must fit too: it is what counts.
void requireSpsFits(Codec codec, ByteView nal) {
  if (codec == Codec::kH264) {
    if (const auto sps = h264::parseSps(nal)) requireFits({sps->width, sps->height});
  } else if (const auto sps = h265::parseSps(nal)) {
    requireFits({sps->width, sps->height});
  }
}

/// What a picture is made of. The rest (SEI, delimiters, vendors' own) is where cameras are odd,
/// and the decoder is told to take every oddity for an error.
bool belongsToPicture(Codec codec, ByteView nal) {
  if (codec == Codec::kH264) {
    const uint8_t type = h264::nalType(nal);
    return (type >= h264::kNalSlice && type <= h264::kNalIdr) || type == h264::kNalSps ||
           type == h264::kNalPps;
  }
  const uint8_t type = h265::nalType(nal);
  return h265::layerId(nal) == 0 &&
         (h265::isSlice(type) || (type >= h265::kNalVps && type <= h265::kNalPps));
}

bool isSps(Codec codec, ByteView nal) {
  return codec == Codec::kH264 ? h264::nalType(nal) == h264::kNalSps
                               : h265::nalType(nal) == h265::kNalSps;
}

Bytes pictureOf(Codec codec, ByteView unit) {
  if (codec == Codec::kMjpeg) {
    if (const auto size = jpeg::pictureSize(unit)) requireFits({size->width, size->height});
    return {unit.begin(), unit.end()};
  }
  Bytes picture;
  picture.reserve(unit.size());
  nal::forEachNal(unit, [&](ByteView nal) {
    if (!belongsToPicture(codec, nal)) return;
    if (isSps(codec, nal)) requireSpsFits(codec, nal);
    nal::appendNal(picture, nal);
  });
  return picture;
}

AVCodecID codecId(Codec codec) {
  switch (codec) {
    case Codec::kH264:
      return AV_CODEC_ID_H264;
    case Codec::kH265:
      return AV_CODEC_ID_HEVC;
    case Codec::kMjpeg:
      return AV_CODEC_ID_MJPEG;
    default:
      throw Error("ERR_INVALID_ARGUMENT",
                  std::string("there is no picture in ") + codecName(codec));
  }
}

CodecContextPtr openDecoder(const CodecParameters& parameters) {
  const AVCodec* codec = avcodec_find_decoder(codecId(parameters.codec));
  const std::string name = codecName(parameters.codec);
  if (codec == nullptr) {
    throw Error("ERR_UNSUPPORTED", "this FFmpeg has no decoder for " + name +
                                       ": install a libavcodec that has one (fluxvision doctor "
                                       "shows what it has)");
  }
  CodecContextPtr decoder = makeContext(codec);
  // One thread: frame threads hold pictures back, and the pool's threads are as many as the cores.
  decoder->thread_count = 1;
  decoder->max_pixels = kMaxPixels;
  decoder->err_recognition |= AV_EF_EXPLODE;
  const Bytes& configuration = parameters.decoderConfiguration;
  if (!configuration.empty()) {
    const size_t size = configuration.size();
    decoder->extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    if (decoder->extradata == nullptr) throw std::bad_alloc();
    std::memcpy(decoder->extradata, configuration.data(), size);
    decoder->extradata_size = static_cast<int>(size);
  }
  check(avcodec_open2(decoder.get(), codec, nullptr), kDamaged,
        "the parameter sets of the " + name + " stream are not usable");
  return decoder;
}

}  // namespace

Frame decodeKeyFrame(const CodecParameters& parameters, ByteView unit) {
  if (unit.size() > kMaxKeyFrameBytes) {
    throw Error("ERR_LIMIT", "a key frame of " + std::to_string(unit.size()) + " bytes; at most " +
                                 std::to_string(kMaxKeyFrameBytes) + " are decoded");
  }
  requireFits({parameters.width, parameters.height});
  const Bytes picture = pictureOf(parameters.codec, unit);
  const std::string action = std::string("the ") + codecName(parameters.codec) + " key frame";
  if (picture.empty()) throw Error(kDamaged, action + " holds no picture");

  const CodecContextPtr decoder = openDecoder(parameters);
  const AvPacketPtr packet = makeAvPacket();
  check(av_new_packet(packet.get(), static_cast<int>(picture.size())), kDamaged, action);
  std::ranges::copy(picture, packet->data);
  packet->flags |= AV_PKT_FLAG_KEY;
  check(avcodec_send_packet(decoder.get(), packet.get()), kDamaged, action + " does not decode");
  // The end of the stream: what waits to be put in order comes out.
  check(avcodec_send_packet(decoder.get(), nullptr), kDamaged, action + " does not decode");
  AvFramePtr frame = makeAvFrame();
  const int status = avcodec_receive_frame(decoder.get(), frame.get());
  if (status == AVERROR_EOF) throw Error(kDamaged, action + " holds no whole picture");
  check(status, kDamaged, action + " does not decode");
  if (frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0) {
    throw Error(kDamaged, action + " is damaged");
  }
  return Frame(std::move(frame));
}

}  // namespace flux::video
