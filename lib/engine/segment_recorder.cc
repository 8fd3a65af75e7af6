#include "engine/segment_recorder.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "container/cover_picture.h"
#include "crypto/secret.h"

namespace flux {
namespace {

constexpr int64_t kMsPerDay = 86400000;
/// Two segments may begin within one second (a reconnect); the later one takes the next free name.
constexpr unsigned kMaxNameAttempts = 120;
/// A chunk should fill in about half a seal interval.
constexpr double kChunkFillMs = 150;
constexpr uint8_t kFirstChunkLog2 = 14;
constexpr uint8_t kLargestChunkLog2 = 16;

}  // namespace

const char* toString(SegmentEnd end) {
  switch (end) {
    case SegmentEnd::kCut:
      return "cut";
    case SegmentEnd::kClosed:
      return "closed";
    case SegmentEnd::kDisconnected:
      return "disconnected";
    case SegmentEnd::kDiscontinuity:
      return "discontinuity";
    case SegmentEnd::kParameters:
      return "parameters";
    case SegmentEnd::kOverflow:
      return "overflow";
    case SegmentEnd::kError:
      return "error";
  }
  return "error";
}

/// The segment being written.
struct SegmentRecorder::Open {
  std::unique_ptr<segment::Writer> file;
  std::unique_ptr<MatroskaWriter> muxer;  // after `file`: its last bytes go there
  std::string path;
  segment::KeyId keyId{};
  CodecParametersPtr parameters;
  int64_t startMs = 0;
  int64_t firstMedia = 0;
  int64_t lastPtsMicros = 0;
  int64_t lastDeltaMicros = 0;
  uint64_t frames = 0;
  uint64_t plaintextBytes = 0;
  uint64_t sequence = 0;
  int64_t oldestUnsealedMicros = 0;  // monotonic arrival; 0 when all frames are flushed
  uint64_t onDiskAtLastSeal = 0;
};

SegmentRecorder::SegmentRecorder(std::shared_ptr<Engine> engine, SegmentRecorderOptions options,
                                 Listener listener)
    : engine_(std::move(engine)),
      loop_(engine_->nextRecordingLoop()),
      options_(std::move(options)),
      listener_(std::move(listener)),
      sequence_(options_.firstSequence) {
  if (options_.fileNames != segment::FileNames::kJpeg) return;
  if (options_.formatVersion == segment::kVersion1) {
    throw Error(
        "ERR_INVALID_ARGUMENT",
        "fileNames 'jpeg' needs format version 2: version 1 has no place that authenticates "
        "the picture");
  }
  static_cast<void>(makeCover());  // where that fails, it fails before a frame is lost
}

SegmentRecorder::~SegmentRecorder() = default;

void SegmentRecorder::setKey(int64_t day, const segment::KeyId& id, crypto::SecretKeyPtr key) {
  const std::lock_guard lock(keyMutex_);
  keys_[day] = Key{id, std::move(key)};
  while (keys_.size() > 3) keys_.erase(keys_.begin());  // yesterday, today, tomorrow
}

// --- the tap: any network thread ---------------------------------------------------------------

void SegmentRecorder::onAccessUnit(const AccessUnitPtr& unit) {
  enqueue(unit, unit->data.size());
}

void SegmentRecorder::onStreamEnd() {
  enqueue(StreamEnd{}, 0);
}

void SegmentRecorder::enqueue(Item item, size_t bytes) {
  {
    const std::lock_guard lock(queueMutex_);
    if (closed_) return;
    if (const auto* unit = std::get_if<AccessUnitPtr>(&item)) {
      const bool fits = queuedBytes_ + bytes <= options_.maxQueuedBytes;
      if (!fits || (shedding_ && !(*unit)->keyFrame)) {
        if (!shedding_) shedFromMs_ = (*unit)->arrivalWallMs;
        shedding_ = true;
        shedToMs_ = (*unit)->arrivalWallMs;
        ++shedFrames_;
        ++stats_.framesDropped;
        return;
      }
      shedding_ = false;
    }
    queuedBytes_ += bytes;
    stats_.queuedBytes = queuedBytes_;
    queue_.push_back(std::move(item));
    if (drainPosted_) return;
    drainPosted_ = true;
  }
  loop_.post([self = shared_from_this()] { self->drain(); });
}

// --- the recording thread -----------------------------------------------------------------------

void SegmentRecorder::drain() {
  std::deque<Item> items;
  GapEvent shed{};
  {
    const std::lock_guard lock(queueMutex_);
    drainPosted_ = false;
    items.swap(queue_);
    queuedBytes_ = 0;
    stats_.queuedBytes = 0;
    if (shedFrames_ > 0 && (!shedding_ || closed_)) {
      shed = {shedFromMs_, shedToMs_, std::exchange(shedFrames_, 0), "overflow"};
    }
  }
  for (const Item& item : items) {
    if (const auto* unit = std::get_if<AccessUnitPtr>(&item)) {
      take(*unit);
    } else {
      finishSegment(SegmentEnd::kDisconnected, nullptr);
      reportGap();
      timeline_.stop();
    }
  }
  if (shed.frames > 0) listener_(std::move(shed));
}

void SegmentRecorder::take(const AccessUnitPtr& unit) {
  SegmentEnd why = SegmentEnd::kCut;
  if (!timeline_.isRunning()) {
    if (!unit->keyFrame) return loseFrame(*unit, "waiting-for-key-frame");
    timeline_.start(*unit);
  } else if (timeline_.advance(*unit) == Timeline::Verdict::kDiscontinuity) {
    finishSegment(SegmentEnd::kDiscontinuity, nullptr);
    timeline_.stop();
    if (!unit->keyFrame) return loseFrame(*unit, "waiting-for-key-frame");
    timeline_.start(*unit);
  }
  if (open_ != nullptr && needsCut(*unit, why)) finishSegment(why, unit.get());
  if (open_ == nullptr) {
    if (!unit->keyFrame) return loseFrame(*unit, "waiting-for-key-frame");
    if (!openSegment(unit)) return;
  }
  try {
    writeFrame(unit);
  } catch (const Error& error) {
    abandonSegment(error);
    loseFrame(*unit, "storage");
  }
}

bool SegmentRecorder::needsCut(const AccessUnit& unit, SegmentEnd& why) const {
  if (!unit.keyFrame) return false;
  if (open_->parameters != unit.parameters &&
      !sameParameters(*open_->parameters, *unit.parameters)) {
    why = SegmentEnd::kParameters;
    return true;
  }
  why = SegmentEnd::kCut;
  const int64_t elapsedMs = (unit.mediaTime - open_->firstMedia) * 1000 / unit.clockRate;
  // A camera's 10 s of frames are often 9.99 s by its clock; half a frame of grace keeps the
  // rhythm.
  return elapsedMs + open_->lastDeltaMicros / 2000 >= options_.segmentDurationMs;
}

bool SegmentRecorder::keyFor(int64_t startMs, Key& key) {
  const int64_t today = startMs / kMsPerDay;
  int64_t wanted = -1;
  bool found = false;
  {
    const std::lock_guard lock(keyMutex_);
    // Today's key; where that is late, the newest before it, and after a clock that went back the
    // oldest there is: the file names its key, so any is better than a gap.
    auto entry = keys_.upper_bound(today);
    if (entry != keys_.begin()) --entry;
    found = entry != keys_.end();
    if (found) key = entry->second;
    if (!found || entry->first != today) wanted = today;
    if (wanted < 0 && !keys_.contains(today + 1)) wanted = today + 1;
  }
  if (wanted >= 0 && keyRequestedFor_ != wanted) {
    keyRequestedFor_ = wanted;
    listener_(KeyNeededEvent{wanted});
  }
  return found;
}

uint8_t SegmentRecorder::chunkLog2() const {
  if (bytesPerMs_ <= 0) return kFirstChunkLog2;
  const double bytes = bytesPerMs_ * kChunkFillMs;
  const int log2 = bytes > 1 ? static_cast<int>(std::floor(std::log2(bytes))) : 0;
  return static_cast<uint8_t>(std::clamp<int>(log2, segment::kMinChunkLog2, kLargestChunkLog2));
}

std::unique_ptr<segment::Writer> SegmentRecorder::createFile(int64_t startMs, const Key& key,
                                                             std::string& path) const {
  const std::string folder =
      options_.storage + "/" + options_.cameraId + "/" + segment::dayFolder(startMs) + "/";
  segment::WriterOptions file{.version = options_.formatVersion,
                              .keyId = key.id,
                              .key = key.key,
                              .cameraId = options_.cameraId,
                              .startMs = startMs,
                              .sequence = sequence_,
                              .stream = options_.stream,
                              .chunkLog2 = chunkLog2(),
                              .cover = makeCover()};
  for (unsigned attempt = 0;; ++attempt) {
    path = folder + segment::fileName(options_.fileNames, file, attempt);
    file.path = path;
    try {
      return std::make_unique<segment::Writer>(file);
    } catch (const Error& error) {
      if (error.code() != "ERR_EXISTS" || attempt >= kMaxNameAttempts) throw;
    }
  }
}

/// Not made from the footage, which it must not show. Empty where files get no picture.
Bytes SegmentRecorder::makeCover() const {
  if (options_.fileNames != segment::FileNames::kJpeg) return {};
  uint64_t seed = 0;
  crypto::randomBytes(reinterpret_cast<uint8_t*>(&seed), sizeof seed);
  return makeCoverPicture(seed);
}

bool SegmentRecorder::openSegment(const AccessUnitPtr& unit) {
  const auto startMs = static_cast<int64_t>(std::llround(timeline_.wallMs(*unit)));
  Key key;
  if (!keyFor(startMs, key)) {
    loseFrame(*unit, "no-key");
    return false;
  }
  auto opened = std::make_unique<Open>();
  try {
    opened->file = createFile(startMs, key, opened->path);
    opened->keyId = key.id;
    opened->parameters = unit->parameters;
    opened->startMs = startMs;
    opened->firstMedia = unit->mediaTime;
    opened->sequence = sequence_++;
    Open* raw = opened.get();
    opened->muxer =
        std::make_unique<MatroskaWriter>(std::vector{unit->parameters}, [raw](ByteView bytes) {
          raw->plaintextBytes += bytes.size();
          raw->file->write(bytes);
        });
  } catch (const Error& error) {
    listener_(RecorderErrorEvent{wallMillis(), error.code(), error.what()});
    loseFrame(*unit, "storage");
    return false;
  }
  open_ = std::move(opened);
  reportGap();
  return true;
}

void SegmentRecorder::writeFrame(const AccessUnitPtr& unit) {
  Open& segment = *open_;
  const int64_t ptsMicros = (unit->mediaTime - segment.firstMedia) * 1000000 / unit->clockRate;
  segment.muxer->write(0, unit->data, ptsMicros, unit->keyFrame);
  if (segment.frames > 0 && ptsMicros > segment.lastPtsMicros) {
    segment.lastDeltaMicros = ptsMicros - segment.lastPtsMicros;
  }
  segment.lastPtsMicros = std::max(segment.lastPtsMicros, ptsMicros);
  ++segment.frames;
  ++stats_.framesWritten;
  if (segment.oldestUnsealedMicros == 0) segment.oldestUnsealedMicros = unit->arrivalMicros;
  if (unit->arrivalMicros - segment.oldestUnsealedMicros >= kSealIntervalMs * 1000) {
    sealPending();
  } else {
    scheduleSeal();
  }
}

/// Completes the cluster, and the chunk too where a whole interval has not filled it.
void SegmentRecorder::sealPending() {
  Open& segment = *open_;
  segment.muxer->flush();
  segment.oldestUnsealedMicros = 0;
  if (segment.file->pendingBytes() > 0 && segment.file->bytesOnDisk() == segment.onDiskAtLastSeal) {
    size_t room = segment.file->bytesToChunkEnd();
    if (room < 2) room += size_t{1} << segment::kMinChunkLog2;
    segment.file->write(MatroskaWriter::padding(room));
  }
  segment.onDiskAtLastSeal = segment.file->bytesOnDisk();
  // What is still in the chunk gets its turn even if the camera falls silent now.
  if (segment.file->pendingBytes() > 0) scheduleSeal();
}

void SegmentRecorder::scheduleSeal() {
  if (sealScheduled_) return;
  sealScheduled_ = true;
  loop_.schedule(kSealIntervalMs * 1000, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->sealScheduled_ = false;
    if (self->open_ == nullptr) return;
    Open& segment = *self->open_;
    const bool old = segment.oldestUnsealedMicros != 0 &&
                     monotonicMicros() - segment.oldestUnsealedMicros >= kSealIntervalMs * 1000;
    if (!old && segment.oldestUnsealedMicros != 0) return self->scheduleSeal();
    if (!old && segment.file->pendingBytes() == 0) return;
    try {
      self->sealPending();
    } catch (const Error& error) {
      self->abandonSegment(error);
    }
  });
}

void SegmentRecorder::finishSegment(SegmentEnd why, const AccessUnit* next) {
  if (open_ == nullptr) return;
  try {
    open_->muxer->finish();
    const uint64_t size = open_->file->finish();
    const auto lastEnd = static_cast<int64_t>(
        std::llround(static_cast<double>(open_->lastPtsMicros + open_->lastDeltaMicros) / 1000.0));
    int64_t endMs = open_->startMs + lastEnd;
    if (why == SegmentEnd::kCut && next != nullptr) {
      endMs = static_cast<int64_t>(std::llround(timeline_.wallMs(*next)));
    }
    if (open_->lastPtsMicros > 0) {
      bytesPerMs_ = static_cast<double>(open_->plaintextBytes) * 1000.0 /
                    static_cast<double>(open_->lastPtsMicros);
    }
    stats_.bytesWritten += size;
    ++stats_.segmentsWritten;
    SegmentEvent event{open_->path,
                       segment::formatUuid(open_->keyId),
                       options_.formatVersion,
                       open_->startMs,
                       std::max(endMs, open_->startMs + 1),
                       size,
                       open_->frames,
                       open_->sequence,
                       why,
                       open_->parameters};
    open_.reset();
    listener_(std::move(event));
  } catch (const Error& error) {
    abandonSegment(error);
  }
}

void SegmentRecorder::abandonSegment(const Error& error) {
  // The file stays as it is: its whole chunks are authentic and the next start recovers them.
  listener_(RecorderErrorEvent{wallMillis(), error.code(), error.what()});
  if (open_ != nullptr) {
    open_->muxer.reset();
    open_.reset();
  }
}

void SegmentRecorder::loseFrame(const AccessUnit& unit, const char* reason) {
  if (gap_.frames == 0) gap_ = {unit.arrivalWallMs, unit.arrivalWallMs, 0, reason};
  gap_.toMs = unit.arrivalWallMs;
  ++gap_.frames;
  ++stats_.framesDropped;
}

void SegmentRecorder::reportGap() {
  if (gap_.frames > 0) listener_(std::exchange(gap_, GapEvent{}));
}

void SegmentRecorder::close() {
  auto finished = std::make_shared<std::promise<void>>();
  auto done = finished->get_future();
  {
    const std::lock_guard lock(queueMutex_);
    if (closed_) return;
    closed_ = true;
  }
  loop_.post([self = shared_from_this(), finished] {
    self->drain();
    self->finishSegment(SegmentEnd::kClosed, nullptr);
    self->reportGap();
    finished->set_value();
  });
  done.wait();
}

}  // namespace flux
