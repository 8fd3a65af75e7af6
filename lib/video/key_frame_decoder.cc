#include "video/key_frame_decoder.h"

#include <algorithm>
#include <string>

#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "video/decoder_context.h"
#include "video/decoder_limits.h"

namespace flux::video {
namespace {

constexpr const char* kDamaged = "ERR_DECODE";

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

CodecContextPtr openDecoder(const CodecParameters& parameters) {
  // One thread: frame threads hold pictures back, and the pool's threads are as many as the cores.
  CodecContextPtr decoder = makeDecoderContext(parameters);
  decoder->err_recognition |= AV_EF_EXPLODE;
  openDecoderContext(*decoder, parameters);
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
