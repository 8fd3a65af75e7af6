#include "engine/open_segment.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace flux {

OpenSegment::OpenSegment(std::unique_ptr<segment::Writer> file, std::string path, Start start)
    : path_(std::move(path)), start_(std::move(start)), file_(std::move(file)) {
  std::vector<CodecParametersPtr> tracks = {start_.first->parameters};
  if (start_.audio != nullptr) tracks.push_back(start_.audio);
  muxer_ = std::make_unique<MatroskaWriter>(tracks, [this](ByteViews bytes) {
    for (const ByteView& piece : bytes) plaintextBytes_ += piece.size();
    file_->write(bytes);
  });
}

void OpenSegment::keepDurable(EventLoop& loop, int64_t intervalMs,
                              std::function<void(const Error&)> failed) {
  sync_ = std::make_shared<BackgroundSync>(loop, file_->duplicateFile(), std::move(failed));
  syncIntervalMicros_ = intervalMs * 1000;
}

int64_t OpenSegment::ptsMicros(const AccessUnit& video) const noexcept {
  return (video.mediaTime - start_.first->mediaTime) * 1000000 / video.clockRate;
}

void OpenSegment::writeVideo(const AccessUnitPtr& unit) {
  const int64_t pts = ptsMicros(*unit);
  muxer_->write(0, unit, pts);
  if (frames_ > 0 && pts > lastPtsMicros_) lastDeltaMicros_ = pts - lastPtsMicros_;
  lastPtsMicros_ = std::max(lastPtsMicros_, pts);
  ++frames_;
  note(unit->data.size(), unit->arrivalMicros);
}

void OpenSegment::writeAudio(const AccessUnitPtr& unit, int64_t ptsMicros, int64_t nowMicros) {
  // Sound from just before the picture's first frame arrives just after it.
  lastAudioPtsMicros_ = std::max(lastAudioPtsMicros_, ptsMicros);
  muxer_->write(1, unit, lastAudioPtsMicros_);
  ++audioFrames_;
  note(unit->data.size(), nowMicros);
}

void OpenSegment::note(size_t bytes, int64_t nowMicros) {
  if (oldestUnsealedMicros_ == 0) oldestUnsealedMicros_ = nowMicros;
  unsealed_.push_back({bytes, nowMicros});
}

bool OpenSegment::holdsOldFrames() const {
  const size_t pending = file_->pendingBytes();
  size_t newer = 0;
  for (auto unit = unsealed_.rbegin(); unit != unsealed_.rend() && newer < pending; ++unit) {
    newer += unit->bytes;
    if (unsealed_.back().arrivalMicros - unit->arrivalMicros > kMaxTailMicros) return true;
  }
  // Else it holds what an earlier seal has left, too.
  return newer < pending;
}

void OpenSegment::seal() {
  muxer_->flush();
  oldestUnsealedMicros_ = 0;
  const bool late = holdsOldFrames();
  unsealed_.clear();
  if (late) {
    size_t room = file_->bytesToChunkEnd();
    if (room < 2) room += size_t{1} << segment::kMinChunkLog2;
    file_->write(MatroskaWriter::padding(room));
  }
}

void OpenSegment::syncWhereDue(int64_t nowMicros) {
  if (!needsSync() || nowMicros - lastSyncMicros_ < syncIntervalMicros_) return;
  const uint64_t written = file_->bytesOnDisk();
  if (!sync_->request()) return;
  syncedUpTo_ = written;
  lastSyncMicros_ = nowMicros;
}

uint64_t OpenSegment::finish() {
  muxer_->finish();
  return file_->finish();
}

}  // namespace flux
