#include "segment/writer.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/file.h"
#include "crypto/kdf.h"
#include "crypto/module.h"
#include "crypto/self_test.h"
#include "segment/chunk_cipher.h"
#include "segment/cover.h"

namespace flux::segment {
namespace {

// Adjacent whole chunks of one write() go to the file together, up to this many bytes: what a
// processor's second cache holds while they are put together, sealed and written.
constexpr size_t kBatchBytes = size_t{512} * 1024;
constexpr size_t kV1PieceBytes = size_t{64} * 1024;

[[noreturn]] void refuseOption(const std::string& what) {
  throw Error("ERR_INVALID_ARGUMENT", "SegmentWriter: " + what);
}

void checkCover(const WriterOptions& options) {
  if (options.version == kVersion1) {
    refuseOption(
        "version 1 has no place that authenticates a cover picture; write version 2, or leave "
        "cover out");
  }
  const bool whole = [&] {
    try {
      return jpegSize(options.cover) == options.cover.size();
    } catch (const Error&) {
      return false;
    }
  }();
  if (!whole) refuseOption("cover must be one JPEG of at most 64 KiB, up to its end marker");
}

void checkOptions(const WriterOptions& options) {
  if (options.path.empty()) refuseOption("path is empty");
  if (!options.key) refuseOption("key is missing");
  if (options.version != kVersion1 && options.version != kVersion2) {
    refuseOption("version must be 1 or 2, not " + std::to_string(options.version));
  }
  if (!isCameraId(options.cameraId)) {
    refuseOption("cameraId must be 1 to 255 bytes of UTF-8 without control characters");
  }
  if (options.startMs < 0 || options.startMs > kMaxStartMs) {
    refuseOption("startMs must be UTC milliseconds between 0 and 8.64e15");
  }
  if (options.chunkLog2 < kMinChunkLog2 || options.chunkLog2 > kMaxChunkLog2) {
    refuseOption("chunkLog2 must be 12 to 20, not " + std::to_string(options.chunkLog2));
  }
  if (!options.cover.empty()) checkCover(options);
}

Header newHeader(const WriterOptions& options) {
  Header header;
  header.version = options.version;
  header.keyId = options.keyId;
  crypto::randomBytes(header.iv.data(), header.iv.size());
  if (options.version == kVersion1) return header;
  if (crypto::makesNonces(crypto::AeadAlgorithm::kLea256Gcm)) {
    header.algorithm = kAlgorithmLea256GcmStoredNonce;
  }
  header.chunkLog2 = options.chunkLog2;
  crypto::randomBytes(header.salt.data(), header.salt.size());
  header.startMs = options.startMs;
  header.sequence = options.sequence;
  header.stream = options.stream;
  header.cameraId = options.cameraId;
  if (!options.cover.empty()) {
    header.cover = {static_cast<uint32_t>(options.cover.size()), crypto::sha256(options.cover)};
  }
  return header;
}

/// Takes bytes off the front of several views.
class Gatherer final {
 public:
  explicit Gatherer(ByteViews from) : from_(from) {
    for (const ByteView& each : from) remaining_ += each.size();
  }

  [[nodiscard]] size_t remaining() const noexcept { return remaining_; }

  void take(size_t count, uint8_t* to) {
    remaining_ -= count;
    while (count > 0) {
      const ByteView rest = from_.front().subspan(offset_);
      const size_t part = std::min(count, rest.size());
      if (part > 0) std::memcpy(to, rest.data(), part);
      to += part;
      count -= part;
      offset_ += part;
      if (part < rest.size()) break;
      from_ = from_.subspan(1);
      offset_ = 0;
    }
  }

 private:
  ByteViews from_;
  size_t offset_ = 0;  ///< in the first
  size_t remaining_ = 0;
};

/// What differs between the two versions: how bytes are sealed on their way to the file.
class Sealer {
 public:
  virtual ~Sealer() = default;
  virtual Bytes header() = 0;
  virtual void write(ByteViews plaintext, File& file) = 0;
  virtual void writeEnd(File& file) = 0;
  [[nodiscard]] virtual size_t pendingBytes() const noexcept = 0;
  [[nodiscard]] virtual size_t bytesToChunkEnd() const noexcept = 0;
  /// What a chunk has on disk beyond its plaintext.
  [[nodiscard]] virtual size_t overhead() const noexcept = 0;
};

/// Version 1: one GCM message over the whole segment, its tag at the end.
class StreamSealer final : public Sealer {
 public:
  StreamSealer(const WriterOptions& options, const Header& header)
      : header_(encodeHeaderPrefix(header)), gcm_(options.key->view()), piece_(kV1PieceBytes) {
    gcm_.beginSeal(header.iv, v1AssociatedData(options.cameraId, options.startMs));
  }

  Bytes header() override { return header_; }

  void write(ByteViews plaintext, File& file) override {
    Gatherer from(plaintext);
    while (from.remaining() > 0) {
      const size_t count = std::min(from.remaining(), piece_.size());
      from.take(count, piece_.data());
      const ByteView piece = ByteView(piece_).first(count);
      gcm_.updateSeal(piece, piece_.data());
      file.write(piece);
    }
  }

  void writeEnd(File& file) override { file.write(gcm_.finishSeal()); }

  size_t pendingBytes() const noexcept override { return 0; }
  size_t bytesToChunkEnd() const noexcept override { return 0; }
  size_t overhead() const noexcept override { return 0; }

 private:
  const Bytes header_;
  crypto::LeaGcm gcm_;
  Bytes piece_;
};

/// Version 2: chunks, each sealed when it is full and never touched again.
class ChunkSealer final : public Sealer {
 public:
  ChunkSealer(const WriterOptions& options, const Header& header)
      : header_(encodeHeaderPrefix(header)),
        cipher_(ChunkCipher::derive(*options.key, header_, header.iv, header.algorithm)),
        chunkSize_(size_t{1} << header.chunkLog2),
        chunk_(chunkSize_ + cipher_.overhead()) {
    header_.insert(header_.end(), cipher_.commitment().begin(), cipher_.commitment().end());
  }
  ~ChunkSealer() override { crypto::wipe(chunk_.data(), chunk_.size()); }

  Bytes header() override { return header_; }

  void write(ByteViews plaintext, File& file) override {
    Gatherer from(plaintext);
    while (fill_ + from.remaining() >= chunkSize_) writeBatch(from, file);
    const size_t rest = from.remaining();
    from.take(rest, held() + fill_);
    fill_ += rest;
  }

  void writeEnd(File& file) override {
    cipher_.seal(index_++, ChunkKind::kFinal, {held(), fill_}, chunk_.data());
    file.write(ByteView(chunk_).first(fill_ + cipher_.overhead()));
    fill_ = 0;
  }

  size_t pendingBytes() const noexcept override { return fill_; }
  size_t bytesToChunkEnd() const noexcept override { return fill_ == 0 ? 0 : chunkSize_ - fill_; }
  size_t overhead() const noexcept override { return cipher_.overhead(); }

 private:
  /// Seals as many whole chunks as `from` completes and a batch holds. They are put together where
  /// their ciphertext will stand, which is one copy of what came, and the only one.
  void writeBatch(Gatherer& from, File& file) {
    const size_t piece = chunk_.size();
    const size_t count =
        std::min((fill_ + from.remaining()) / chunkSize_, std::max<size_t>(1, kBatchBytes / piece));
    if (kMaxChunks - index_ <= count) throw Error("ERR_LIMIT", "the segment has too many chunks");
    if (count == 1) {
      from.take(chunkSize_ - fill_, held() + fill_);
      fill_ = 0;
      sealWhole(chunk_.data());
      file.write(chunk_);
      return;
    }
    uint8_t* const batch = batchBuffer();
    for (size_t i = 0; i < count; ++i) {
      uint8_t* const chunk = batch + i * piece;
      uint8_t* const text = chunk + cipher_.noncePrefix();
      if (fill_ > 0) std::memcpy(text, held(), fill_);
      from.take(chunkSize_ - fill_, text + fill_);
      fill_ = 0;
      sealWhole(chunk);
    }
    file.write(ByteView(batch, count * piece));
  }

  /// The thread's: it holds nothing between two calls but what went to a file.
  static uint8_t* batchBuffer() {
    thread_local const auto buffer = std::make_unique_for_overwrite<uint8_t[]>(kBatchBytes);
    return buffer.get();
  }

  /// Where plaintext waits: where its ciphertext will stand.
  [[nodiscard]] uint8_t* held() noexcept { return chunk_.data() + cipher_.noncePrefix(); }

  void sealWhole(uint8_t* chunk) {
    const ByteView plaintext(chunk + cipher_.noncePrefix(), chunkSize_);
    cipher_.seal(index_++, ChunkKind::kWhole, plaintext, chunk);
  }

  Bytes header_;
  ChunkCipher cipher_;
  const size_t chunkSize_;
  Bytes chunk_;  ///< plaintext of the chunk being filled, with room for nonce and tag
  size_t fill_ = 0;
  uint64_t index_ = 0;
};

std::unique_ptr<Sealer> makeSealer(const WriterOptions& options) {
  if (options.version == kVersion1 && crypto::moduleServing(crypto::AeadAlgorithm::kLea256Gcm)) {
    throw Error("ERR_CRYPTO_MODULE",
                "a version 1 segment is sealed as one stream, which the cryptographic module that "
                "serves LEA-256-GCM does not do: write format version 2");
  }
  const Header header = newHeader(options);
  if (options.version == kVersion1) return std::make_unique<StreamSealer>(options, header);
  return std::make_unique<ChunkSealer>(options, header);
}

}  // namespace

class Writer::Impl final {
 public:
  explicit Impl(WriterOptions options) : options_(std::move(options)) {
    checkOptions(options_);
    crypto::requireSelfTest();
    sealer_ = makeSealer(options_);
    makeDirectories(parentDirectory(options_.path));
    if (isV1() && fileExists(options_.path)) throw systemError("create " + options_.path, EEXIST);
    file_ = File::createExclusive(isV1() ? options_.path + ".part" : options_.path);
    // Cover and header in one write, so that a crash rarely leaves one without the other.
    Bytes start = std::move(options_.cover);
    const Bytes header = sealer_->header();
    start.insert(start.end(), header.begin(), header.end());
    file_.write(start);
    bodyOffset_ = start.size();
    options_.key.reset();  // the sealer has what it needs
  }

  void write(ByteViews plaintext) {
    requireOpen();
    size_t size = 0;
    for (const ByteView& piece : plaintext) size += piece.size();
    if (isV1() && size > kMaxV1PlaintextBytes - taken_) {
      throw Error("ERR_LIMIT", options_.path +
                                   ": a version 1 segment holds at most 4 GiB; cut "
                                   "earlier or use version 2");
    }
    guarded([&] { sealer_->write(plaintext, file_); });
    taken_ += size;
  }

  uint64_t finish() {
    requireOpen();
    guarded([&] {
      sealer_->writeEnd(file_);
      // Before the sync, so that the time is as durable as the bytes.
      if (isV1()) file_.setModifiedMillis(options_.startMs);
      file_.sync();
      if (isV1()) renameExclusive(options_.path + ".part", options_.path);
      syncDirectory(parentDirectory(options_.path));
    });
    const uint64_t size = file_.size();
    state_ = State::kFinished;
    file_.close();
    finalSize_ = size;
    return size;
  }

  File duplicateFile() const {
    requireOpen();
    return file_.duplicate();
  }
  size_t pendingBytes() const noexcept { return sealer_->pendingBytes(); }
  size_t bytesToChunkEnd() const noexcept { return sealer_->bytesToChunkEnd(); }
  uint64_t bytesOnDisk() const noexcept {
    if (state_ == State::kFinished) return finalSize_;
    if (isV1()) return bodyOffset_ + taken_;
    const uint64_t chunks = (taken_ - sealer_->pendingBytes()) >> options_.chunkLog2;
    return bodyOffset_ + chunks * ((uint64_t{1} << options_.chunkLog2) + sealer_->overhead());
  }

 private:
  enum class State { kOpen, kFailed, kFinished };

  bool isV1() const noexcept { return options_.version == kVersion1; }

  void requireOpen() const {
    if (state_ == State::kFinished) {
      throw Error("ERR_CLOSED", options_.path + ": the segment is finished");
    }
    if (state_ == State::kFailed) {
      throw Error("ERR_SEGMENT_FAILED", options_.path +
                                            ": an earlier write failed, so nothing more may be "
                                            "added; go on in a new segment");
    }
  }

  template <typename Action>
  void guarded(const Action& action) {
    try {
      action();
    } catch (...) {
      // A nonce may have been used for bytes of which some are on disk; never use it again.
      state_ = State::kFailed;
      throw;
    }
  }

  WriterOptions options_;
  std::unique_ptr<Sealer> sealer_;
  File file_;
  size_t bodyOffset_ = 0;
  uint64_t taken_ = 0;
  uint64_t finalSize_ = 0;
  State state_ = State::kOpen;
};

Writer::Writer(WriterOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Writer::~Writer() = default;
void Writer::write(ByteViews plaintext) {
  impl_->write(plaintext);
}
size_t Writer::pendingBytes() const noexcept {
  return impl_->pendingBytes();
}
size_t Writer::bytesToChunkEnd() const noexcept {
  return impl_->bytesToChunkEnd();
}
uint64_t Writer::bytesOnDisk() const noexcept {
  return impl_->bytesOnDisk();
}
File Writer::duplicateFile() const {
  return impl_->duplicateFile();
}
uint64_t Writer::finish() {
  return impl_->finish();
}

}  // namespace flux::segment
