#include "engine/av_units.h"

extern "C" {
#include <libavutil/avstring.h>
}

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "codec/aac.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "codec/nal.h"
#include "container/audio_payload.h"
#include "container/nal_units.h"
#include "container/stream.h"

namespace flux {
namespace {

constexpr int kVideoClock = 90000;
/// Until so many pictures came, sound is waited for where the container does not say whether it has
/// any.
constexpr size_t kPicturesBeforeTracks = 25;
constexpr size_t kMaxWaiting = 1024;
constexpr size_t kMaxPacketsInVain = 4096;
/// Stamps of FLV are whole milliseconds.
constexpr int64_t kStampErrorMicros = 1500;

/// Size of the picture as its frame header (SOF) tells.
CodecParametersPtr jpegParameters(ByteView image) {
  size_t at = 2;
  while (at + 9 < image.size() && image[at] == 0xFF) {
    const uint8_t marker = image[at + 1];
    const size_t length = static_cast<size_t>(image[at + 2]) << 8 | image[at + 3];
    const bool isFrame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (isFrame) {
      const int height = image[at + 5] << 8 | image[at + 6];
      const int width = image[at + 7] << 8 | image[at + 8];
      return width > 0 && height > 0 ? jpeg::makeParameters(width, height) : nullptr;
    }
    at += 2 + length;
  }
  return nullptr;
}

/// AudioSpecificConfig of what an ADTS header announces (ISO/IEC 14496-3 §1.A.2.2.1).
CodecParametersPtr adtsParameters(ByteView frame) {
  if (aac::withoutAdts(frame).size() == frame.size()) return nullptr;
  const unsigned type = (frame[2] >> 6) + 1U;
  const unsigned rate = frame[2] >> 2 & 15U;
  const unsigned channels = (frame[2] & 1U) << 2 | frame[3] >> 6;
  const unsigned config = type << 11 | rate << 7 | channels << 3;
  return aac::makeParameters(
      Bytes{static_cast<uint8_t>(config >> 8), static_cast<uint8_t>(config & 0xFF)});
}

}  // namespace

AvUnits::AvUnits(const rtsp::ClientOptions& options, rtsp::ClientStats& stats,
                 const Parameters& known, Output output)
    : wantAudio_(options.audio),
      maxUnitBytes_(options.maxAccessUnitBytes),
      stats_(stats),
      output_(std::move(output)) {
  video_.parameters = known.video;
  audio_.parameters = known.audio;
}

void AvUnits::begin(AVFormatContext& context) {
  rebase_ = context_ != nullptr;
  context_ = &context;
  streamsSeen_ = 0;
  pictures_ = 0;
  hasReference_ = false;
  video_.stream = audio_.stream = -1;
  audio_.started = false;
  arrivalStamps_ = av_match_name("mpjpeg", context.iformat->name) != 0;
  // FLV makes its tracks as they come; the others have told them by now.
  lazyTracks_ = av_match_name("flv", context.iformat->name) != 0;
  chooseTracks();
}

/// The first of each kind; all others are not to be read.
void AvUnits::chooseTracks() {
  for (; streamsSeen_ < context_->nb_streams; ++streamsSeen_) {
    AVStream* stream = context_->streams[streamsSeen_];
    const auto codec = av::codecOf(*stream->codecpar);
    const bool picture = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    const bool video = codec && mediaKind(*codec) == MediaKind::kVideo && !picture;
    const bool audio =
        codec && mediaKind(*codec) == MediaKind::kAudio && wantAudio_ && (!announced_ || hasSound_);
    Track* const track = video ? &video_ : audio ? &audio_ : nullptr;
    const bool unlike = announced_ && track != nullptr && track->codec != *codec;
    if (track == nullptr || track->stream >= 0 || unlike) {
      stream->discard = AVDISCARD_ALL;
      continue;
    }
    track->stream = static_cast<int>(streamsSeen_);
    track->codec = *codec;
    if (track->parameters && track->parameters->codec != *codec) track->parameters = nullptr;
    const AVCodecParameters& told = *stream->codecpar;
    configure(*track, {told.extradata, static_cast<size_t>(std::max(0, told.extradata_size))});
  }
}

/// What the container tells of a track's decoder, if anything.
void AvUnits::configure(Track& track, ByteView extradata) {
  CodecParametersPtr found;
  if (mediaKind(track.codec) == MediaKind::kAudio) {
    found = av::audioParameters(*context_->streams[track.stream]->codecpar);
  } else if (hasNalUnits(track.codec)) {
    const size_t lengthAt = track.codec == Codec::kH265 ? 21 : 4;
    track.lengthSize = 0;
    if (extradata.size() > lengthAt && extradata[0] == 1) {
      track.lengthSize = static_cast<size_t>(extradata[lengthAt] & 3) + 1;
      Bytes record(extradata.begin(), extradata.end());
      record[lengthAt] |= 3;
      found = track.codec == Codec::kH265 ? h265::parametersFromHvcC(record)
                                          : h264::parametersFromAvcC(record);
    } else {
      ParameterSetFinder finder(track.codec);
      for (const ByteView nal : nal::splitAnnexB(extradata)) finder.see(nal);
      found = finder.found();
    }
  }
  // Taps compare pointers.
  const bool known = found && track.parameters && sameParameters(*found, *track.parameters);
  if (found && !known) track.parameters = found;
}

bool AvUnits::take(const AVPacket& packet) {
  if (context_->nb_streams != streamsSeen_) chooseTracks();
  stats_.packetsReceived.fetch_add(1, std::memory_order_relaxed);
  const bool video = packet.stream_index == video_.stream;
  if (!video && packet.stream_index != audio_.stream) {
    if (video_.stream < 0 && ++packetsInVain_ > kMaxPacketsInVain) {
      throw Error("ERR_NO_VIDEO", "it has no video of H.264, H.265 or MJPEG");
    }
    return false;
  }
  if (packet.size <= 0) return video;
  Track& track = video ? video_ : audio_;
  size_t size = 0;
  const uint8_t* renewed = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (renewed != nullptr && video) configure(track, {renewed, size});
  if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0) {
    stats_.packetsLost.fetch_add(1, std::memory_order_relaxed);
    track.discontinuity = true;
    return video;
  }
  if (static_cast<size_t>(packet.size) > maxUnitBytes_) {
    stats_.accessUnitsDropped.fetch_add(1, std::memory_order_relaxed);
    track.discontinuity = true;
    return video;
  }
  if (video) {
    takeVideo(packet);
  } else {
    takeAudio(packet);
  }
  return video;
}

/// Container stamps of few bits begin again at zero: MPEG-TS every 26.5 hours, FLV every 49.7 days.
int64_t AvUnits::unwrap(int64_t stamp, const AVStream& stream) {
  const int bits = stream.pts_wrap_bits;
  if (bits < 16 || bits > 62 || !hasReference_) return stamp;
  const int64_t reference = av_rescale_q(referenceMicros_, av::kMicros, stream.time_base);
  const auto modulus = int64_t{1} << bits;
  int64_t apart = (stamp - reference) & (modulus - 1);
  if (apart >= modulus / 2) apart -= modulus;
  return reference + apart;
}

void AvUnits::takeVideo(const AVPacket& packet) {
  const AVStream& stream = *context_->streams[video_.stream];
  Bytes data;
  bool keyFrame = false;
  if (!takePicture({packet.data, static_cast<size_t>(packet.size)}, data, keyFrame)) {
    stats_.accessUnitsDropped.fetch_add(1, std::memory_order_relaxed);
    video_.discontinuity = true;
    return;
  }
  const int64_t decode = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  const int64_t shown = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  int64_t ticks = 0;
  if (arrivalStamps_ || shown == AV_NOPTS_VALUE) {
    ticks = monotonicMicros() * 9 / 100;
  } else {
    const int64_t decodeAt = av_rescale_q(unwrap(decode, stream), stream.time_base, av::kMicros);
    const int64_t shownAt = unwrap(shown, stream);
    referenceMicros_ = decodeAt;
    hasReference_ = true;
    if (std::exchange(rebase_, false)) offsetMicros_ = endMicros_ - decodeAt;
    ticks = av_rescale_q(shownAt, stream.time_base, {1, kVideoClock}) +
            av_rescale(offsetMicros_, kVideoClock, 1000000);
    const int64_t length = av_rescale_q(packet.duration, stream.time_base, av::kMicros);
    endMicros_ =
        decodeAt + offsetMicros_ + (length > 0 && length < 1000000 ? length : kDefaultFrameMicros);
    if (output_.pace) output_.pace(decodeAt + offsetMicros_);
  }
  auto unit = std::make_shared<AccessUnit>();
  unit->data = std::move(data);
  unit->parameters = video_.parameters;
  unit->mediaTime = ticks;
  unit->clockRate = kVideoClock;
  unit->keyFrame = keyFrame;
  ++pictures_;
  deliver(std::move(unit), video_);
}

/// Fills `out` as AccessUnit::data has it; false where there is no picture that could be decoded.
bool AvUnits::takePicture(ByteView data, Bytes& out, bool& keyFrame) {
  if (!hasNalUnits(video_.codec)) {
    if (data.size() < 4 || data[0] != 0xFF || data[1] != 0xD8) return false;
    const CodecParametersPtr found = jpegParameters(data);
    if (found == nullptr) return false;
    const bool known = video_.parameters && sameParameters(*found, *video_.parameters);
    if (!known) video_.parameters = found;
    out.assign(data.begin(), data.end());
    jpeg::appendEnd(out);
    keyFrame = true;
    return true;
  }
  bool hasSlice = false;
  const auto add = [&](ByteView nal) {
    if (nal.empty()) return;
    nal::appendNal(out, nal);
    hasSlice |= isSlice(video_.codec, nal);
    keyFrame |= isRandomAccess(video_.codec, nal);
  };
  out.reserve(data.size() + 16);
  if (video_.lengthSize == 0) {
    for (const ByteView nal : nal::splitAnnexB(data)) add(nal);
  } else if (!nal::forEachNal(data, add, video_.lengthSize)) {
    stats_.packetsMalformed.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  noteParameterSets(out);
  return hasSlice && video_.parameters != nullptr;
}

/// Sets that come with the pictures replace those that were known.
void AvUnits::noteParameterSets(ByteView unit) {
  ParameterSetFinder finder(video_.codec);
  nal::forEachNal(unit, [&](ByteView nal) { finder.see(nal); });
  const CodecParametersPtr found = finder.found();
  if (found == nullptr) return;
  const CodecParametersPtr& known = video_.parameters;
  const bool alike = known && (video_.codec == Codec::kH265 ? h265::decodeAlike(*known, *found)
                                                            : h264::decodeAlike(*known, *found));
  if (!alike) video_.parameters = found;
}

void AvUnits::takeAudio(const AVPacket& packet) {
  const AVStream& stream = *context_->streams[audio_.stream];
  const ByteView bytes(packet.data, static_cast<size_t>(packet.size));
  if (audio_.parameters == nullptr && audio_.codec == Codec::kAac) {
    audio_.parameters = adtsParameters(bytes);
  }
  if (audio_.parameters == nullptr) configure(audio_, {});
  const int64_t stamp = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  const bool hasStamp = stamp != AV_NOPTS_VALUE;
  // Frames that share a packet of MPEG-TS share its stamp: the later ones follow the first. Sound
  // in front of the first picture of a file played again has no time yet.
  if (audio_.parameters == nullptr || (!hasStamp && !audio_.started) || rebase_) return;
  Bytes data = av::audioFromFile(*stream.codecpar, bytes);
  if (audio_.codec == Codec::kAac) {
    const ByteView bare = aac::withoutAdts(data);
    data.erase(data.begin(), data.begin() + static_cast<int64_t>(data.size() - bare.size()));
  }
  const int rate = audio_.parameters->sampleRate;
  int64_t ticks = audio_.nextTicks;
  if (hasStamp) {
    const int64_t at = unwrap(stamp, stream);
    if (!hasReference_) referenceMicros_ = av_rescale_q(at, stream.time_base, av::kMicros);
    hasReference_ = true;
    const int64_t told =
        av_rescale_q(at, stream.time_base, {1, rate}) + av_rescale(offsetMicros_, rate, 1000000);
    // Stamps that are coarser than a sample are smoothed.
    const int64_t error = av_rescale(kStampErrorMicros, rate, 1000000);
    if (!audio_.started || std::llabs(told - ticks) > error) ticks = told;
  }
  auto unit = std::make_shared<AccessUnit>();
  unit->duration = samplesIn(*audio_.parameters, data);
  unit->data = std::move(data);
  unit->parameters = audio_.parameters;
  unit->mediaTime = ticks;
  unit->clockRate = static_cast<uint32_t>(rate);
  unit->keyFrame = true;
  audio_.nextTicks = ticks + unit->duration;
  audio_.started = unit->duration > 0;
  deliver(std::move(unit), audio_);
}

void AvUnits::deliver(std::shared_ptr<AccessUnit> unit, Track& track) {
  unit->arrivalMicros = monotonicMicros();
  unit->arrivalWallMs = wallMillis();
  unit->discontinuity = std::exchange(track.discontinuity, false);
  if (announced_) {
    output_.unit(std::move(unit));
    return;
  }
  waitingBytes_ += unit->data.size();
  waiting_.push_back(std::move(unit));
  announce(false);
}

void AvUnits::announce(bool ended) {
  hasSound_ = audio_.stream >= 0 && audio_.parameters != nullptr;
  const bool mayHaveSound = wantAudio_ && (audio_.stream >= 0 || lazyTracks_);
  const bool full = waiting_.size() >= kMaxWaiting || waitingBytes_ > 4 * maxUnitBytes_;
  if (full && video_.parameters == nullptr) {
    throw Error("ERR_NO_VIDEO", "it sends sound and no picture that could be decoded");
  }
  if (video_.parameters == nullptr || pictures_ == 0) return;
  if (!hasSound_ && mayHaveSound && pictures_ < kPicturesBeforeTracks && !full && !ended) return;
  announced_ = true;
  std::vector<CodecParametersPtr> tracks;
  if (hasSound_) {
    tracks.push_back(audio_.parameters);
  } else if (audio_.stream >= 0) {
    context_->streams[audio_.stream]->discard = AVDISCARD_ALL;
    audio_.stream = -1;
  }
  output_.tracks(std::move(tracks));
  for (auto& unit : std::exchange(waiting_, {})) output_.unit(std::move(unit));
}

bool AvUnits::end() {
  if (!announced_) announce(true);
  return pictures_ > 0;
}

}  // namespace flux
