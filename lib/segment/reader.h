// Opens a segment file and releases plaintext only after its tag was checked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "segment/format.h"

namespace flux::segment {

struct ReaderOptions {
  std::string path;
  crypto::SecretKeyPtr key;
  std::string
      cameraId;  ///< v1: part of the associated data; v2: must equal the header's where not empty
  int64_t startMs = 0;  ///< v1: part of the associated data; v2: must equal the header's where > 0
  /// Reads a segment whose final chunk is missing up to its last whole chunk (a crash, or a
  /// segment still being written). Without it that is ERR_SEGMENT_TRUNCATED.
  bool allowUnfinished = false;
  /// The id of `key`, where the caller has it: ERR_SEGMENT_KEY where the header names another one.
  /// Version 1 does not authenticate its key id, so only this finds an altered one.
  std::optional<KeyId> keyId;
};

struct Verification {
  uint64_t chunks = 0;  ///< that verified (v1: 1)
  uint64_t plaintextBytes = 0;
  bool finished = false;           ///< the final chunk or tag is there
  uint64_t verifiedFileBytes = 0;  ///< length of the file's authentic prefix
  /// Why the rest of the file is not authentic, as verify() throws it; empty where nothing is
  /// wrong.
  std::string errorCode;
  std::string errorMessage;
};

/// Reads the header alone (form only).
Header readHeader(const std::string& path);

class Reader final {
 public:
  /// Checks header and, for v2, the commitment (ERR_SEGMENT_KEY: wrong key or altered header) and
  /// the picture in front (ERR_SEGMENT_COVER), then camera and start where the options name them
  /// (ERR_SEGMENT_IDENTITY: another segment's file). v1 is decrypted into memory as a whole and
  /// verified here (ERR_AUTH_TAG).
  explicit Reader(const ReaderOptions& options);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] const Header& header() const;
  /// Plaintext size as far as the file's length tells (verified chunk by chunk on reading).
  [[nodiscard]] uint64_t plaintextSize() const;
  /// The final chunk (v2) or the tag (v1) is there and authentic.
  [[nodiscard]] bool finished() const;
  /// Reads verified plaintext; returns fewer bytes only at the end. Throws ERR_AUTH_TAG naming the
  /// chunk and file offset; nothing of a chunk that fails is released. Throws ERR_SEGMENT_TRUNCATED
  /// where the segment is unfinished and allowUnfinished was not set.
  size_t read(uint64_t offset, uint8_t* out, size_t count);
  /// Verifies every chunk. `keepGoing` is called now and then with the bytes done; false aborts
  /// with ERR_ABORTED. Throws ERR_AUTH_TAG (an altered chunk), ERR_SEGMENT_TRUNCATED (no authentic
  /// final chunk, unless allowUnfinished) or ERR_SEGMENT_TRAILING (bytes after the final chunk).
  Verification verify(const std::function<bool(uint64_t bytesDone)>& keepGoing = {});
  /// As verify(), but returns what it found where verify() throws: how long the authentic prefix is
  /// and, in errorCode and errorMessage, what is wrong behind it. Throws ERR_ABORTED and ERR_IO
  /// only.
  Verification inspect(const std::function<bool(uint64_t bytesDone)>& keepGoing = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Recovery after a crash: finds the longest authentic prefix of whole chunks of a v2 file and cuts
/// off what follows (a torn chunk, or what a power cut left behind it). Never writes a final chunk.
/// Syncs the file. A finished file is left alone. Throws ERR_SEGMENT_KEY and what readHeader()
/// throws, ERR_SEGMENT_VERSION for version 1, and ERR_AUTH_TAG where authentic chunks follow a
/// damaged one: no crash leaves that, and cutting would destroy evidence; the file then stays as it
/// is.
Verification recover(const std::string& path, const crypto::SecretKeyPtr& key);

}  // namespace flux::segment
