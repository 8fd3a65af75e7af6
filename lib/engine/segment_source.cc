#include "engine/segment_source.h"

#include <algorithm>
#include <utility>

namespace flux {

SegmentSource::SegmentSource(const segment::ReaderOptions& options, Tracks tracks)
    : file_(std::make_unique<segment::Reader>(options)), tracks_(tracks) {}

PacketReader& SegmentSource::packets() {
  if (packets_ == nullptr) {
    segment::Reader* file = file_.get();
    packets_ = std::make_unique<PacketReader>(
        ByteSource{[file](uint64_t offset, uint8_t* out, size_t count) {
                     return file->read(offset, out, count);
                   },
                   file->plaintextSize()},
        tracks_);
  }
  return *packets_;
}

const std::vector<CodecParametersPtr>& SegmentSource::tracks() {
  return packets().tracks();
}

bool SegmentSource::next(Packet& packet) {
  return packets().next(packet);
}

RecoveredSegment recoverSegment(const segment::ReaderOptions& options) {
  RecoveredSegment result;
  const bool chunked = segment::readHeader(options.path).version == segment::kVersion2;
  if (chunked) result.verification = segment::recover(options.path, options.key);
  segment::ReaderOptions reading = options;
  reading.allowUnfinished = true;
  SegmentSource source(reading);
  if (!chunked) result.verification = source.file().verify();
  try {
    int64_t lastPts = 0;
    int64_t frameMicros = 0;
    Packet packet;
    while (source.next(packet)) {
      if (packet.ptsMicros > lastPts) frameMicros = packet.ptsMicros - lastPts;
      lastPts = std::max(lastPts, packet.ptsMicros);
      ++result.frames;
    }
    result.parameters = source.parameters();
    result.durationMs = (lastPts + frameMicros) / 1000;
  } catch (const Error& error) {
    // A file that was cut inside its Matroska header verifies, and holds no frame.
    if (error.code() != "ERR_CONTAINER") throw;
  }
  return result;
}

}  // namespace flux
