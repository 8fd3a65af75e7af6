// Packets of any container to access units as the RTSP path makes them. Belongs to one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "codec/access_unit.h"
#include "container/av.h"
#include "rtsp/client_session.h"

namespace flux {

class AvUnits final {
 public:
  struct Output {
    /// Once, before the first unit: the audio track, where there is one.
    std::function<void(std::vector<CodecParametersPtr>)> tracks;
    std::function<void(AccessUnitPtr)> unit;
    /// Waits until it is time for what is decoded at this time.
    std::function<void(int64_t decodeMicros)> pace;
  };

  /// What is known of the tracks, kept over connections: taps compare pointers.
  struct Parameters {
    CodecParametersPtr video;
    CodecParametersPtr audio;
  };

  AvUnits(const rtsp::ClientOptions& options, rtsp::ClientStats& stats, const Parameters& known,
          Output output);
  [[nodiscard]] Parameters parameters() const { return {video_.parameters, audio_.parameters}; }

  /// `context` is what the next packets are of. Where another came before, the media time goes on
  /// behind it, as for a file that is played again.
  void begin(AVFormatContext& context);
  /// True where the packet was of the video track. Throws ERR_CONTAINER and ERR_NO_VIDEO where no
  /// unit will ever be made of it.
  bool take(const AVPacket& packet);
  /// At the end of a file: hands out what still waits for tracks. False where nothing came of it.
  bool end();

 private:
  struct Track {
    int stream = -1;
    Codec codec = Codec::kH264;
    CodecParametersPtr parameters;
    size_t lengthSize = 0;  ///< of NAL units; 0: start codes
    bool discontinuity = false;
    int64_t nextTicks = 0;  ///< behind the last unit of sound
    bool started = false;
  };

  void chooseTracks();
  void configure(Track& track, ByteView extradata);
  void takeVideo(const AVPacket& packet);
  void takeAudio(const AVPacket& packet);
  [[nodiscard]] bool takePicture(ByteView data, Bytes& out, bool& keyFrame);
  void noteParameterSets(ByteView unit);
  [[nodiscard]] int64_t unwrap(int64_t stamp, const AVStream& stream);
  void deliver(std::shared_ptr<AccessUnit> unit, Track& track);
  void announce(bool ended);

  const bool wantAudio_;
  const size_t maxUnitBytes_;
  rtsp::ClientStats& stats_;
  const Output output_;
  AVFormatContext* context_ = nullptr;
  unsigned streamsSeen_ = 0;
  bool arrivalStamps_ = false;  ///< the container has none of its own
  bool lazyTracks_ = false;     ///< sound may turn up later
  Track video_;
  Track audio_;
  int64_t offsetMicros_ = 0;
  int64_t referenceMicros_ = 0;  ///< the latest decoding time, before the offset
  int64_t endMicros_ = 0;        ///< behind the last picture, after it
  bool hasReference_ = false;
  bool rebase_ = false;
  bool announced_ = false;
  bool hasSound_ = false;
  size_t pictures_ = 0;  ///< of this input
  size_t packetsInVain_ = 0;
  std::vector<AccessUnitPtr> waiting_;  ///< for the tracks to be known
  size_t waitingBytes_ = 0;
};

}  // namespace flux
