#include "segments.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "crypto/secret.h"
#include "segment/writer.h"

namespace flux::bench {
namespace {

constexpr size_t kSegmentBytes = 5'000'000;
constexpr size_t kPieceBytes = 65'536;

template <typename Write>
void inPieces(ByteView plaintext, Write&& write) {
  while (!plaintext.empty()) {
    const ByteView piece = plaintext.first(std::min(kPieceBytes, plaintext.size()));
    write(piece);
    plaintext = plaintext.subspan(piece.size());
  }
}

void writeSegment(const std::string& path, uint16_t version, const crypto::SecretKeyPtr& key,
                  ByteView plaintext) {
  segment::WriterOptions options;
  options.path = path;
  options.version = version;
  options.key = key;
  options.cameraId = "bench";
  options.startMs = 1;
  segment::Writer writer(std::move(options));
  inPieces(plaintext, [&](ByteView piece) { writer.write(piece); });
  writer.finish();
  std::filesystem::remove(path);
}

void writeBare(const std::string& path, ByteView plaintext) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot create " + path);
  bool held = true;
  inPieces(plaintext, [&](ByteView piece) {
    held = held && ::write(file, piece.data(), piece.size()) == static_cast<ssize_t>(piece.size());
  });
  held = held && ::fsync(file) == 0;
  held = ::close(file) == 0 && held;
  if (!held) throw std::runtime_error("cannot write " + path);
  std::filesystem::remove(path);
}

}  // namespace

std::vector<Subject> segmentSubjects(const std::filesystem::path& folder) {
  const auto key = crypto::SecretKey::generate();
  const auto plaintext = std::make_shared<const Bytes>(crypto::randomBytes(kSegmentBytes));
  const std::string path = folder / "segment";
  return {
      {"segment v2", kSegmentBytes,
       [=] { writeSegment(path, segment::kVersion2, key, *plaintext); }},
      {"segment v1", kSegmentBytes,
       [=] { writeSegment(path, segment::kVersion1, key, *plaintext); }},
      {"bare file", kSegmentBytes, [=] { writeBare(path, *plaintext); }},
  };
}

}  // namespace flux::bench
