// What a segment file is called, inside `<storage>/<camera>/<YYYYMMDD>/`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "segment/writer.h"

namespace flux::segment {

enum class FileNames : uint8_t {
  kSeconds,  ///< `1769421600`: the UTC second of the first frame
  kFvd,      ///< `1769421600.fvd`
  kHash,     ///< 32 hexadecimal digits that tell nothing without the camera's key
  kJpeg,     ///< `thumb_36000.jpg`, the second of the UTC day, behind a picture (version 2 only)
};

/// "seconds", "fvd", "hash" or "jpeg".
std::optional<FileNames> fileNamesOf(std::string_view text) noexcept;

/// The UTC day folder of a time: YYYYMMDD.
std::string dayFolder(int64_t startMs);

/// The name of a segment with these options; `attempt` counts the names that were taken.
///
/// A hashed name is HKDF-Expand-SHA-256(DEK, "fluxvision/segment-name" || 00 || u16 length of the
/// camera id || camera id || u64 start || u16 stream || u64 sequence || u16 attempt, 16): who
/// guesses camera and time cannot recompute it, who has the key can.
std::string fileName(FileNames how, const WriterOptions& options, unsigned attempt);

}  // namespace flux::segment
