#include "segment/reseal.h"

#include <filesystem>
#include <system_error>

#include "segment/writer.h"

namespace flux::segment {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

/// Wiped however it is left.
struct Piece {
  Bytes bytes = Bytes(kPieceBytes);
  Piece() = default;
  ~Piece() { crypto::wipe(bytes.data(), bytes.size()); }
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
};

WriterOptions writerOptions(const ReaderOptions& source, const Header& header,
                            const ResealTarget& target) {
  const bool described = header.version == kVersion2;
  WriterOptions options;
  options.path = target.path;
  options.keyId = target.keyId;
  options.key = target.key;
  options.cameraId = described ? header.cameraId : source.cameraId;
  options.startMs = described ? header.startMs : source.startMs;
  options.sequence = described ? header.sequence : target.sequence;
  options.stream = described ? header.stream : target.stream;
  return options;
}

}  // namespace

Resealed reseal(const ReaderOptions& source, const ResealTarget& target) {
  if (!source.key || !target.key) throw Error("ERR_INVALID_ARGUMENT", "reseal: a key is missing");
  if (crypto::equalConstantTime(source.key->view(), target.key->view())) {
    throw Error("ERR_INVALID_ARGUMENT", "reseal: the copy needs a key of its own");
  }
  Reader reader(source);
  Resealed result;
  result.finished = reader.finished();
  Writer writer(writerOptions(source, reader.header(), target));
  try {
    Piece piece;
    for (;;) {
      const size_t count =
          reader.read(result.plaintextBytes, piece.bytes.data(), piece.bytes.size());
      if (count == 0) break;
      writer.write(ByteView(piece.bytes).first(count));
      result.plaintextBytes += count;
    }
    result.fileSize = writer.finish();
    return result;
  } catch (...) {
    // The writer made the file, so it is ours to take away.
    std::error_code ignored;
    std::filesystem::remove(target.path, ignored);
    throw;
  }
}

}  // namespace flux::segment
