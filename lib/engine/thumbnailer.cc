#include "engine/thumbnailer.h"

#include <algorithm>
#include <utility>

#include "engine/segment_source.h"

namespace flux {
namespace {

class Thumbnailer final {
 public:
  Thumbnailer(const ThumbnailRequest& request, const std::function<bool()>& keepGoing)
      : request_(request), keepGoing_(keepGoing) {}

  Thumbnails run() {
    try {
      readSegment();
    } catch (const Error& error) {
      if (error.code() == "ERR_ABORTED") throw;
      result_.error = error;
    }
    return std::move(result_);
  }

 private:
  struct KeyFrame {
    Packet packet;
    CodecParametersPtr parameters;
    int64_t timeMicros = 0;
  };

  void readSegment() {
    SegmentSource source(request_.segment);
    // Version 1 does not tell its start but by the index; of version 2 the header's counts.
    const segment::Header& header = source.file().header();
    const int64_t startMs =
        header.version == segment::kVersion2 ? header.startMs : request_.segment.startMs;
    Packet packet;
    while (next_ < request_.timesMicros.size() || late_) {
      requireWanted();
      if (!source.next(packet)) break;
      result_.lastMicros = std::max(result_.lastMicros, startMs * 1000 + packet.ptsMicros);
      // Decoding times never fall, and nothing is shown before it is decoded.
      settleUpTo(startMs * 1000 + packet.dtsMicros);
      if (packet.keyFrame) {
        const int64_t timeMicros = startMs * 1000 + packet.ptsMicros;
        takeKeyFrame({std::move(packet), source.parameters(), timeMicros});
      }
    }
    settleUpTo(INT64_MAX);
    if (late_) throw std::move(late_->error);
  }

  void takeKeyFrame(KeyFrame keyFrame) {
    settleUpTo(keyFrame.timeMicros);
    if (late_) {
      const size_t wanted = late_->wanted;
      if (decode(keyFrame, wanted)) late_.reset();
    }
    before_ = std::exchange(latest_, std::move(keyFrame));
  }

  /// No key frame comes any more that was taken before `micros`: times before it have theirs.
  void settleUpTo(int64_t micros) {
    if (!latest_) return;
    for (; next_ < request_.timesMicros.size() && request_.timesMicros[next_] < micros; ++next_) {
      // One picture may be that of several times.
      if (decoded_ == latest_->timeMicros || late_) continue;
      decodeLatest(next_);
    }
  }

  void decodeLatest(size_t wanted) {
    decoded_ = latest_->timeMicros;
    if (decode(*latest_, wanted) || (before_ && decode(*before_, wanted))) return;
    late_ = Late{wanted, *failure_};
  }

  bool decode(const KeyFrame& keyFrame, size_t wanted) {
    requireWanted();
    auto& pictures = result_.pictures;
    if (!pictures.empty() && pictures.back().timeMicros == keyFrame.timeMicros) return true;
    try {
      pictures.push_back(
          {wanted, keyFrame.timeMicros,
           video::makeStill(*keyFrame.parameters, keyFrame.packet.data, request_.still)});
      return true;
    } catch (const Error& error) {
      failure_ = error;
      return false;
    }
  }

  void requireWanted() const {
    if (keepGoing_ && !keepGoing_()) {
      throw Error("ERR_ABORTED", "the thumbnails were aborted");
    }
  }

  /// A time whose key frame and the one before do not decode: the next one stands in.
  struct Late {
    size_t wanted;
    Error error;
  };

  const ThumbnailRequest& request_;
  const std::function<bool()>& keepGoing_;
  Thumbnails result_;
  size_t next_ = 0;  ///< of the times
  std::optional<KeyFrame> latest_;
  std::optional<KeyFrame> before_;
  int64_t decoded_ = INT64_MIN;  ///< time of the key frame that was tried last
  std::optional<Error> failure_;
  std::optional<Late> late_;
};

}  // namespace

Thumbnails makeThumbnails(const ThumbnailRequest& request, const std::function<bool()>& keepGoing) {
  return Thumbnailer(request, keepGoing).run();
}

}  // namespace flux
