#include "segment/chunked_file.h"

#include <algorithm>

#include "crypto/kdf.h"
#include "segment/cover.h"

namespace flux::segment {
namespace {

constexpr uint64_t kReportEvery = 1 << 20;

void fail(Verification& result, const char* code, const std::string& message) {
  result.errorCode = code;
  result.errorMessage = message;
}

}  // namespace

Header readHeader(const File& file, Bytes& start) {
  start.resize(kMaxHeaderSize);
  start.resize(file.readAt(0, start.data(), start.size()));
  if (beginsLikeJpeg(start)) {
    start.resize(kMaxCoverSize + kMaxHeaderSize);
    start.resize(file.readAt(0, start.data(), start.size()));
  }
  try {
    return parseFileStart(start);
  } catch (const Error& error) {
    throw Error(error.code(), file.path() + ": " + error.what());
  }
}

ChunkedFile::ChunkedFile(const File& file, const Header& header, ByteView start,
                         const crypto::SecretKey& key)
    : file_(file),
      fileSize_(std::max<uint64_t>(file.size(), header.bodyOffset())),
      bodyOffset_(header.bodyOffset()),
      chunkSize_(size_t{1} << header.chunkLog2),
      pieceSize_(chunkSize_ + header.chunkOverhead()),
      cipher_(ChunkCipher::derive(key,
                                  start.subspan(header.cover.size, header.size - kCommitmentSize),
                                  header.iv, header.algorithm)) {
  if (!crypto::equalConstantTime(cipher_.commitment(), header.commitment)) {
    throw Error("ERR_SEGMENT_KEY",
                file.path() + ": the key " + formatUuid(header.keyId) +
                    " does not belong to this segment, or its header was altered");
  }
  if (header.cover.size > 0 &&
      crypto::sha256(start.first(header.cover.size)) != header.cover.sha256) {
    throw Error("ERR_SEGMENT_COVER",
                file.path() +
                    ": the picture in front of the segment was altered or exchanged; the "
                    "recording behind it can be read once the original bytes are back");
  }
  const uint64_t body = fileSize_ - bodyOffset_;
  wholeChunks_ = body / pieceSize_;
  tailBytes_ = static_cast<size_t>(body % pieceSize_);
  if (wholeChunks_ >= kMaxChunks) throw Error("ERR_LIMIT", file.path() + ": too many chunks");
  if (tailBytes_ == 0) return;
  tail_ = Tail::kTorn;
  if (tailBytes_ < cipher_.overhead()) return;
  Bytes plaintext;
  tail_ = readChunk(wholeChunks_, plaintext) ? Tail::kFinal : Tail::kForeign;
}

uint64_t ChunkedFile::plaintextSize() const noexcept {
  const uint64_t whole = wholeChunks_ * chunkSize_;
  return tail_ == Tail::kFinal ? whole + tailBytes_ - cipher_.overhead() : whole;
}

uint64_t ChunkedFile::offsetOf(uint64_t index) const noexcept {
  return bodyOffset_ + index * pieceSize_;
}

Bytes ChunkedFile::readPiece(uint64_t index) const {
  Bytes piece(index < wholeChunks_ ? pieceSize_ : tailBytes_);
  if (file_.readAt(offsetOf(index), piece.data(), piece.size()) != piece.size()) {
    throw Error("ERR_SEGMENT_TRUNCATED", file_.path() + ": the file shrank while it was read");
  }
  return piece;
}

bool ChunkedFile::readChunk(uint64_t index, Bytes& plaintext) {
  plaintext = readPiece(index);
  const ChunkKind kind = index < wholeChunks_ ? ChunkKind::kWhole : ChunkKind::kFinal;
  if (!cipher_.open(index, kind, plaintext, plaintext.data())) {
    plaintext.clear();
    return false;
  }
  plaintext.resize(plaintext.size() - cipher_.overhead());
  return true;
}

Verification ChunkedFile::walk(bool allowUnfinished, const KeepGoing& keepGoing) {
  Verification result;
  result.verifiedFileBytes = bodyOffset_;
  std::optional<uint64_t> damaged;
  uint64_t reported = 0;
  Bytes plaintext;
  const bool hasTail = tailBytes_ >= cipher_.overhead();
  const uint64_t pieces = wholeChunks_ + (hasTail ? 1 : 0);
  for (uint64_t index = 0; index < pieces; ++index) {
    if (keepGoing && offsetOf(index) - reported >= kReportEvery) {
      reported = offsetOf(index);
      if (!keepGoing(reported)) throw Error("ERR_ABORTED", file_.path() + ": verification aborted");
    }
    if (readChunk(index, plaintext)) {
      if (damaged) {
        fail(result, "ERR_AUTH_TAG", describeDamage(*damaged));
        return result;
      }
      ++result.chunks;
      result.plaintextBytes += plaintext.size();
      result.finished = index == wholeChunks_;
      result.verifiedFileBytes = std::min(offsetOf(index + 1), fileSize_);
      continue;
    }
    if (damaged) continue;
    if (const auto end = findEarlierEnd(index)) {
      ++result.chunks;
      result.plaintextBytes += *end - offsetOf(index) - cipher_.overhead();
      result.finished = true;
      result.verifiedFileBytes = *end;
      fail(result, "ERR_SEGMENT_TRAILING",
           file_.path() + ": " + std::to_string(fileSize_ - *end) +
               " bytes follow the final chunk, from file offset " + std::to_string(*end) + " on");
      return result;
    }
    damaged = index;
    if (!allowUnfinished && index < wholeChunks_) {
      fail(result, "ERR_AUTH_TAG", describeDamage(index));
      return result;
    }
  }
  if (!result.finished && !allowUnfinished) {
    fail(result, "ERR_SEGMENT_TRUNCATED", describeMissingEnd());
  }
  if (keepGoing) keepGoing(fileSize_);
  return result;
}

std::string ChunkedFile::describeDamage(uint64_t index) const {
  return file_.path() + ": chunk " + std::to_string(index) + " at file offset " +
         std::to_string(offsetOf(index)) + " was altered: its tag does not fit";
}

std::string ChunkedFile::describeMissingEnd() const {
  const std::string place = "(index " + std::to_string(wholeChunks_) + ", file offset " +
                            std::to_string(offsetOf(wholeChunks_)) + ")";
  if (tail_ == Tail::kMissing) {
    return file_.path() + ": the final chunk " + place + " is missing: the recording was not " +
           "finished or the file was cut there";
  }
  return file_.path() + ": cut or altered in its last chunk " + place + "; " +
         std::to_string(wholeChunks_) + " whole chunks stand before it";
}

/// The end of a final chunk that starts where piece `index` does but ends before it. Its length is
/// written nowhere, so this tells only the ends that can be guessed: an empty final chunk, and one
/// that zeros follow (space set aside and never given back).
std::optional<uint64_t> ChunkedFile::findEarlierEnd(uint64_t index) {
  const Bytes piece = readPiece(index);
  const auto lastUsed =
      std::find_if(piece.rbegin(), piece.rend(), [](uint8_t b) { return b != 0; });
  const auto used = static_cast<size_t>(piece.rend() - lastUsed);
  // The tag itself may end in zeros; in more than three once in 2^32 segments.
  for (const size_t size : {cipher_.overhead(), used, used + 1, used + 2, used + 3}) {
    if (size < cipher_.overhead() || size >= piece.size()) continue;
    Bytes plaintext(size - cipher_.overhead());
    if (cipher_.open(index, ChunkKind::kFinal, ByteView(piece).first(size), plaintext.data())) {
      return offsetOf(index) + size;
    }
  }
  return std::nullopt;
}

}  // namespace flux::segment
