// Seals plaintext into a segment file while it is written. Where a frame is encrypted and lands.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "crypto/secret.h"
#include "segment/format.h"

namespace flux::segment {

struct WriterOptions {
  std::string path;  ///< final path; version 1 is written to path + ".part" and renamed at finish()
  uint16_t version = kVersion2;
  KeyId keyId{};
  crypto::SecretKeyPtr key;  ///< the camera's key of the day
  std::string cameraId;      ///< 1 to 255 bytes of UTF-8
  int64_t startMs = 0;
  uint64_t sequence = 0;
  uint16_t stream = 0;
  uint8_t chunkLog2 = kDefaultChunkLog2;
  /// Stands in front of the header where not empty: one JPEG, up to its end marker, at most
  /// kMaxCoverSize bytes. The header authenticates it. Not in version 1, which has no room for
  /// that.
  Bytes cover;
};

/// Plaintext never reaches the disk: bytes are held in memory until their chunk is full, then
/// encrypted and written. A file is written once, front to back, and never reopened for writing.
class Writer final {
 public:
  /// Creates the file (exclusively; ERR_EXISTS) with the directories above it, and writes its
  /// header. IV and salt are made here. ERR_INVALID_ARGUMENT names a wrong option.
  /// ERR_CRYPTO_MODULE where a module serves LEA-256-GCM and fails, or version 1 is wanted of it.
  explicit Writer(WriterOptions options);
  /// Without finish(): closes the file as it is, as a crash would.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// After an I/O error (thrown as it came) every later call throws ERR_SEGMENT_FAILED: what
  /// reached the disk is unknown then, and a chunk must never be sealed twice. ERR_LIMIT where a
  /// version 1 segment would pass kMaxV1PlaintextBytes. ERR_CLOSED after finish().
  void write(ByteView plaintext) { write(ByteViews(&plaintext, 1)); }
  void write(ByteViews plaintext);
  /// Bytes taken but not yet on disk (version 1 has none: it encrypts as a stream).
  [[nodiscard]] size_t pendingBytes() const noexcept;
  /// How many more bytes complete the current chunk; 0 when it is empty.
  [[nodiscard]] size_t bytesToChunkEnd() const noexcept;
  [[nodiscard]] uint64_t bytesOnDisk() const noexcept;
  /// Another descriptor of the file being written, for a thread that makes it durable meanwhile. An
  /// error that it meets is not reported here again: abandon the segment then.
  [[nodiscard]] File duplicateFile() const;
  /// Writes the final chunk or tag, fsyncs the file, (v1: renames,) fsyncs its directory. Returns
  /// the file's size. For v1 the file's mtime is set to startMs: a hint that lets recovery
  /// rebuild the associated data.
  uint64_t finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::segment
