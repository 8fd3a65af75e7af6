#include "engine/segment_files.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "container/cover_picture.h"
#include "crypto/secret.h"
#include "engine/segment_recorder.h"

namespace flux {
namespace {

/// Two segments may begin within one second (a reconnect); the later one takes the next free name.
constexpr unsigned kMaxNameAttempts = 120;
/// What a chunk holds back at a seal, because it is not full, is at most this old.
constexpr double kChunkFillMs = 100;
constexpr uint8_t kFirstChunkLog2 = 14;
constexpr uint8_t kLargestChunkLog2 = 16;

}  // namespace

SegmentFiles::SegmentFiles(const SegmentRecorderOptions& options)
    : options_(options), device_(deviceOf(options.storage)) {
  if (options_.fileNames != segment::FileNames::kJpeg) return;
  if (options_.formatVersion == segment::kVersion1) {
    throw Error(
        "ERR_INVALID_ARGUMENT",
        "fileNames 'jpeg' needs format version 2: version 1 has no place that authenticates "
        "the picture");
  }
  static_cast<void>(makeCover());  // where that fails, it fails before a frame is lost
}

SegmentFiles::Created SegmentFiles::create(int64_t startMs, uint64_t sequence,
                                           const DayKeys::Key& key) const {
  requireStorage();
  const std::string folder =
      options_.storage + "/" + options_.cameraId + "/" + segment::dayFolder(startMs) + "/";
  segment::WriterOptions file{.version = options_.formatVersion,
                              .keyId = key.id,
                              .key = key.key,
                              .cameraId = options_.cameraId,
                              .startMs = startMs,
                              .sequence = sequence,
                              .stream = options_.stream,
                              .chunkLog2 = chunkLog2(),
                              .cover = makeCover()};
  for (unsigned attempt = 0;; ++attempt) {
    file.path = folder + segment::fileName(options_.fileNames, file, attempt);
    try {
      return {std::make_unique<segment::Writer>(file), file.path};
    } catch (const Error& error) {
      if (error.code() != "ERR_EXISTS" || attempt >= kMaxNameAttempts) throw;
    }
  }
}

/// A disk that was unmounted leaves a folder that takes files as willingly, and shows none of them
/// once the disk is back.
void SegmentFiles::requireStorage() const {
  bool present = false;
  try {
    present = deviceOf(options_.storage) == device_;
  } catch (const Error&) {
    // Then it is not there.
  }
  if (present) return;
  throw Error(
      "ERR_STORAGE_MISSING",
      options_.storage +
          " is gone, or on another device than before: the disk was unmounted, or it failed");
}

/// Not made from the footage, which it must not show. Empty where files get no picture.
Bytes SegmentFiles::makeCover() const {
  if (options_.fileNames != segment::FileNames::kJpeg) return {};
  uint64_t seed = 0;
  crypto::randomBytes(reinterpret_cast<uint8_t*>(&seed), sizeof seed);
  return makeCoverPicture(seed);
}

void SegmentFiles::noteRate(uint64_t bytes, int64_t durationMicros) {
  if (durationMicros <= 0) return;
  bytesPerMs_ = static_cast<double>(bytes) * 1000.0 / static_cast<double>(durationMicros);
}

uint8_t SegmentFiles::chunkLog2() const {
  if (bytesPerMs_ <= 0) return kFirstChunkLog2;
  const double bytes = bytesPerMs_ * kChunkFillMs;
  const int log2 = bytes > 1 ? static_cast<int>(std::floor(std::log2(bytes))) : 0;
  return static_cast<uint8_t>(std::clamp<int>(log2, segment::kMinChunkLog2, kLargestChunkLog2));
}

}  // namespace flux
