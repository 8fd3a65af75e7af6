// A version 2 segment on disk: where its chunks lie, which of them are authentic, and where the
// authentic part ends. What reader and recovery have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/file.h"
#include "crypto/secret.h"
#include "segment/chunk_cipher.h"
#include "segment/format.h"
#include "segment/reader.h"

namespace flux::segment {

/// What stands after the whole chunks, as the file's length and, for kFinal, its tag say.
enum class Tail { kMissing, kTorn, kFinal, kForeign };

/// Reads the start of `file`, as much as picture and header may take, and parses it; errors name
/// the file.
Header readHeader(const File& file, Bytes& start);

/// Sees the file as it was when it was opened: a writer may go on meanwhile.
class ChunkedFile final {
 public:
  using KeepGoing = std::function<bool(uint64_t bytesDone)>;

  /// Throws ERR_SEGMENT_KEY where the commitment does not fit, then ERR_SEGMENT_COVER where the
  /// picture in front is not the one that the header names. `start` is what readHeader() read.
  ChunkedFile(const File& file, const Header& header, ByteView start, const crypto::SecretKey& key);

  [[nodiscard]] Tail tail() const noexcept { return tail_; }
  [[nodiscard]] uint64_t wholeChunks() const noexcept { return wholeChunks_; }
  [[nodiscard]] size_t chunkSize() const noexcept { return chunkSize_; }
  /// Whole chunks, and the final one where it is authentic.
  [[nodiscard]] uint64_t plaintextSize() const noexcept;
  [[nodiscard]] uint64_t fileSize() const noexcept { return fileSize_; }

  /// Reads and opens chunk `index` (the final one where it is the index after the last whole one)
  /// into `plaintext`; false where it is not authentic, and `plaintext` is then empty.
  bool readChunk(uint64_t index, Bytes& plaintext);

  /// Verifies front to back. Without `allowUnfinished` a missing final chunk is an error; with it,
  /// damage that reaches to the end of the file is taken for what a crash leaves.
  Verification walk(bool allowUnfinished, const KeepGoing& keepGoing);

  /// The texts of ERR_AUTH_TAG and ERR_SEGMENT_TRUNCATED.
  [[nodiscard]] std::string describeDamage(uint64_t index) const;
  [[nodiscard]] std::string describeMissingEnd() const;

 private:
  [[nodiscard]] uint64_t offsetOf(uint64_t index) const noexcept;
  [[nodiscard]] Bytes readPiece(uint64_t index) const;
  std::optional<uint64_t> findEarlierEnd(uint64_t index);

  const File& file_;
  const uint64_t fileSize_;
  const size_t bodyOffset_;
  const size_t chunkSize_;
  const size_t pieceSize_;
  ChunkCipher cipher_;
  uint64_t wholeChunks_ = 0;
  size_t tailBytes_ = 0;
  Tail tail_ = Tail::kMissing;
};

}  // namespace flux::segment
