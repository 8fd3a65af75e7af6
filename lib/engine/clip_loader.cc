#include "engine/clip_loader.h"

#include <algorithm>
#include <utility>

#include "container/packet_reader.h"

namespace flux {
namespace {

constexpr size_t kMaxClipBytes = 512U << 20;

int64_t to90k(int64_t micros) {
  return (micros * 9 + (micros < 0 ? -50 : 50)) / 100;
}

/// `problem` says what is wrong with the file, which it names, and what to do.
Error unusable(const std::string& path, const std::string& problem) {
  return {"ERR_CONTAINER",
          path + ": " + problem +
              ". Simulated cameras send H.264 and H.265: "
              "convert it, for example by `ffmpeg -i IN -c:v libx264 -bf 0 OUT.mp4`"};
}

std::unique_ptr<PacketReader> openClip(const std::string& path) {
  try {
    auto reader = PacketReader::openFile(path, Tracks::kAll);
    const Codec codec = reader->parameters()->codec;
    if (codec == Codec::kH264 || codec == Codec::kH265) return reader;
    throw Error("ERR_CONTAINER", std::string("the video of the file is ") + codecName(codec));
  } catch (const Error& error) {
    if (error.code() != "ERR_CONTAINER") throw;
    throw unusable(path, error.what());
  }
}

class Loader final {
 public:
  explicit Loader(const std::string& path) : path_(path), reader_(openClip(path)) {}

  rtsp::ClipPtr load() {
    clip_->parameters = reader_->parameters();
    const double rate = clip_->parameters->frameRate;
    if (rate > 0) frameMicros_ = static_cast<int64_t>(1e6 / rate);
    Packet packet;
    while (reader_->next(packet)) {
      if (packet.track == 0) {
        addPicture(packet);
      } else if (packet.track == 1) {
        addSound(packet);
      }
    }
    if (clip_->units.empty()) {
      throw Error("ERR_CONTAINER", path_ + " has no key frame that a camera could start at");
    }
    clip_->duration90k = to90k(lastMicros_ + frameMicros_);
    alignSound();
    return clip_;
  }

 private:
  void addPicture(Packet& packet) {
    if (clip_->units.empty()) {
      if (!packet.keyFrame) return;
      zeroMicros_ = packet.dtsMicros;
      firstShown90k_ = to90k(packet.ptsMicros - packet.dtsMicros);
    } else if (packet.dtsMicros - zeroMicros_ > lastMicros_) {
      frameMicros_ = packet.dtsMicros - zeroMicros_ - lastMicros_;
    }
    lastMicros_ = std::max(lastMicros_, packet.dtsMicros - zeroMicros_);
    auto& unit = add(clip_->units, packet);
    unit.dts90k = to90k(lastMicros_);
    unit.pts90k = std::max(unit.dts90k, to90k(packet.ptsMicros - zeroMicros_));
  }

  /// Kept on the file's clock: the pictures' zero may not be known yet.
  void addSound(Packet& packet) {
    auto& unit = add(clip_->audioUnits, packet);
    unit.pts90k = to90k(packet.ptsMicros);
  }

  rtsp::Clip::Unit& add(std::vector<rtsp::Clip::Unit>& units, Packet& packet) {
    bytes_ += packet.data.size();
    if (bytes_ > kMaxClipBytes) {
      throw Error("ERR_INVALID_ARGUMENT",
                  path_ + " holds more than 512 MiB of video and audio; use a shorter clip");
    }
    rtsp::Clip::Unit unit;
    unit.data = std::move(packet.data);
    unit.keyFrame = packet.keyFrame;
    return units.emplace_back(std::move(unit));
  }

  /// Puts the sound on the pictures' clock and cuts off what lies outside the loop.
  void alignSound() {
    auto& units = clip_->audioUnits;
    int64_t last = 0;
    for (auto& unit : units) {
      unit.pts90k -= to90k(zeroMicros_);
      unit.dts90k = unit.pts90k;
    }
    std::erase_if(units, [this](const rtsp::Clip::Unit& unit) {
      return unit.pts90k < firstShown90k_ || unit.pts90k >= clip_->duration90k;
    });
    // A camera sends in order; a file's rounding may have turned two around.
    for (auto& unit : units) {
      unit.dts90k = unit.pts90k = last = std::max(last, unit.pts90k);
    }
    if (!units.empty()) clip_->audio = reader_->tracks()[1];
  }

  const std::string& path_;
  std::unique_ptr<PacketReader> reader_;
  std::shared_ptr<rtsp::Clip> clip_ = std::make_shared<rtsp::Clip>();
  int64_t frameMicros_ = kDefaultFrameMicros;
  int64_t zeroMicros_ = 0;
  int64_t lastMicros_ = 0;
  int64_t firstShown90k_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

rtsp::ClipPtr loadClip(const std::string& path) {
  return Loader(path).load();
}

}  // namespace flux
