// Makes a recorder's segment files: where they lie, what they are called, how large their chunks
// are. Internal to lib/engine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/day_keys.h"
#include "segment/file_name.h"
#include "segment/writer.h"

namespace flux {

struct SegmentRecorderOptions;

class SegmentFiles final {
 public:
  struct Created {
    std::unique_ptr<segment::Writer> file;
    std::string path;
  };

  /// `options` outlives this. Throws as the recorder's constructor does.
  explicit SegmentFiles(const SegmentRecorderOptions& options);

  /// Throws ERR_STORAGE_MISSING where the storage is not on its device any more, and what the file
  /// throws.
  [[nodiscard]] Created create(int64_t startMs, uint64_t sequence, const DayKeys::Key& key) const;
  /// What a segment held: the next one's chunks fit the stream's rate.
  void noteRate(uint64_t bytes, int64_t durationMicros);

 private:
  void requireStorage() const;
  [[nodiscard]] Bytes makeCover() const;
  [[nodiscard]] uint8_t chunkLog2() const;

  const SegmentRecorderOptions& options_;
  const uint64_t device_;  ///< that the storage lies on
  double bytesPerMs_ = 0;
};

}  // namespace flux
