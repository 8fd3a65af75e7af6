#include "segment/reader.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "crypto/aead.h"
#include "crypto/self_test.h"
#include "segment/chunked_file.h"

namespace flux::segment {
namespace {

/// What differs between the two versions: where verified plaintext comes from.
class Opened {
 public:
  virtual ~Opened() = default;
  [[nodiscard]] virtual uint64_t plaintextSize() const = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  virtual size_t read(uint64_t offset, uint8_t* out, size_t count) = 0;
  virtual Verification inspect(const std::function<bool(uint64_t)>& keepGoing) = 0;
};

/// Version 1: one tag covers everything, so everything is in memory before the first byte leaves.
class OpenedV1 final : public Opened {
 public:
  OpenedV1(const File& file, const Header& header, const ReaderOptions& options)
      : fileSize_(file.size()) {
    constexpr size_t kOverhead = kCommonHeaderSize + crypto::kGcmTagSize;
    if (fileSize_ < kOverhead) {
      throw Error("ERR_SEGMENT_TRUNCATED", file.path() + ": " + std::to_string(fileSize_) +
                                               " bytes are fewer than a version 1 segment has");
    }
    if (fileSize_ - kOverhead > kMaxV1PlaintextBytes) {
      throw Error("ERR_LIMIT", file.path() + ": a version 1 segment of more than 4 GiB");
    }
    plaintext_.resize(static_cast<size_t>(fileSize_ - kOverhead));
    crypto::GcmTag tag;
    if (file.readAt(header.size, plaintext_.data(), plaintext_.size()) != plaintext_.size() ||
        file.readAt(header.size + plaintext_.size(), tag.data(), tag.size()) != tag.size()) {
      throw Error("ERR_SEGMENT_TRUNCATED", file.path() + ": the file shrank while it was read");
    }
    const auto aead = crypto::makeAead(crypto::AeadAlgorithm::kLea256Gcm, options.key->view());
    if (!aead->open(header.iv.data(), v1AssociatedData(options.cameraId, options.startMs),
                    plaintext_, tag.data(), plaintext_.data())) {
      throw Error("ERR_AUTH_TAG",
                  file.path() + ": the tag at file offset " +
                      std::to_string(fileSize_ - crypto::kGcmTagSize) +
                      " does not fit: the segment was altered or cut, or the key, the camera (" +
                      options.cameraId + ") or the start (" + std::to_string(options.startMs) +
                      ") is not its own");
    }
  }

  uint64_t plaintextSize() const override { return plaintext_.size(); }
  bool finished() const override { return true; }

  size_t read(uint64_t offset, uint8_t* out, size_t count) override {
    if (offset >= plaintext_.size()) return 0;
    const ByteView rest = ByteView(plaintext_).subspan(static_cast<size_t>(offset));
    const ByteView part = rest.first(std::min(count, rest.size()));
    std::ranges::copy(part, out);
    return part.size();
  }

  Verification inspect(const std::function<bool(uint64_t)>& keepGoing) override {
    if (keepGoing) keepGoing(fileSize_);
    return {1, plaintext_.size(), true, fileSize_, {}, {}};
  }

 private:
  const uint64_t fileSize_;
  Bytes plaintext_;
};

class OpenedV2 final : public Opened {
 public:
  OpenedV2(File file, const Header& header, ByteView start, const ReaderOptions& options)
      : file_(std::move(file)),
        chunks_(file_, header, start, *options.key),
        allowUnfinished_(options.allowUnfinished) {
    const bool camera = options.cameraId.empty() || options.cameraId == header.cameraId;
    const bool time = options.startMs <= 0 || options.startMs == header.startMs;
    if (!camera || !time) {
      throw Error("ERR_SEGMENT_IDENTITY", file_.path() + ": this is the segment of camera " +
                                              header.cameraId + " that starts at " +
                                              std::to_string(header.startMs) +
                                              ", not the one that was asked for");
    }
  }

  uint64_t plaintextSize() const override { return chunks_.plaintextSize(); }
  bool finished() const override { return chunks_.tail() == Tail::kFinal; }

  size_t read(uint64_t offset, uint8_t* out, size_t count) override {
    if (!finished() && !allowUnfinished_) {
      throw Error("ERR_SEGMENT_TRUNCATED", chunks_.describeMissingEnd());
    }
    size_t done = 0;
    while (done < count && offset < plaintextSize()) {
      const Bytes& chunk = open(offset / chunks_.chunkSize());
      const ByteView rest =
          ByteView(chunk).subspan(static_cast<size_t>(offset % chunks_.chunkSize()));
      const ByteView part = rest.first(std::min(count - done, rest.size()));
      std::ranges::copy(part, out + done);
      done += part.size();
      offset += part.size();
    }
    return done;
  }

  Verification inspect(const std::function<bool(uint64_t)>& keepGoing) override {
    return chunks_.walk(allowUnfinished_, keepGoing);
  }

 private:
  const Bytes& open(uint64_t index) {
    if (cachedIndex_ == index) return cached_;
    cachedIndex_.reset();
    if (!chunks_.readChunk(index, cached_)) {
      throw Error("ERR_AUTH_TAG", chunks_.describeDamage(index));
    }
    cachedIndex_ = index;
    return cached_;
  }

  const File file_;
  ChunkedFile chunks_;
  const bool allowUnfinished_;
  std::optional<uint64_t> cachedIndex_;  ///< of the chunk in cached_: reads are mostly sequential
  Bytes cached_;
};

void checkOptions(const ReaderOptions& options) {
  if (options.path.empty()) throw Error("ERR_INVALID_ARGUMENT", "SegmentReader: path is empty");
  if (!options.key) throw Error("ERR_INVALID_ARGUMENT", "SegmentReader: key is missing");
}

std::unique_ptr<Opened> openBody(File file, const Header& header, ByteView start,
                                 const ReaderOptions& options) {
  if (options.keyId && *options.keyId != header.keyId) {
    throw Error("ERR_SEGMENT_KEY", file.path() + ": the header names the key " +
                                       formatUuid(header.keyId) + ", not " +
                                       formatUuid(*options.keyId));
  }
  if (header.version == kVersion2) {
    return std::make_unique<OpenedV2>(std::move(file), header, start, options);
  }
  if (!isCameraId(options.cameraId) || options.startMs < 0 || options.startMs > kMaxStartMs) {
    throw Error("ERR_INVALID_ARGUMENT",
                "SegmentReader: cameraId and startMs are needed to verify a version 1 segment");
  }
  return std::make_unique<OpenedV1>(file, header, options);
}

}  // namespace

Header readHeader(const std::string& path) {
  Bytes start;
  return readHeader(File::openRead(path), start);
}

class Reader::Impl final {
 public:
  explicit Impl(const ReaderOptions& options) {
    checkOptions(options);
    crypto::requireSelfTest();
    File file = File::openRead(options.path);
    Bytes start;
    header = readHeader(file, start);
    opened = openBody(std::move(file), header, start, options);
  }

  Header header;
  std::unique_ptr<Opened> opened;
};

Reader::Reader(const ReaderOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Reader::~Reader() = default;

const Header& Reader::header() const {
  return impl_->header;
}
uint64_t Reader::plaintextSize() const {
  return impl_->opened->plaintextSize();
}
bool Reader::finished() const {
  return impl_->opened->finished();
}

size_t Reader::read(uint64_t offset, uint8_t* out, size_t count) {
  return impl_->opened->read(offset, out, count);
}

Verification Reader::inspect(const std::function<bool(uint64_t)>& keepGoing) {
  return impl_->opened->inspect(keepGoing);
}

Verification Reader::verify(const std::function<bool(uint64_t)>& keepGoing) {
  Verification result = inspect(keepGoing);
  if (!result.errorCode.empty()) throw Error(result.errorCode, result.errorMessage);
  return result;
}

}  // namespace flux::segment
