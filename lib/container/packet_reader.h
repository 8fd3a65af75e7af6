// Reads video packets of a Matroska or MP4 file from any byte source, over libavformat.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "codec/access_unit.h"

namespace flux {

/// A packet of one of the file's tracks.
struct Packet {
  Bytes data;             ///< as AccessUnit::data
  size_t track = 0;       ///< index into PacketReader::tracks(); 0 is the video track
  int64_t ptsMicros = 0;  ///< from the file's time zero
  int64_t dtsMicros = 0;
  int64_t durationMicros = 0;  ///< 0 where unknown
  bool keyFrame = false;
};

/// Random access to plaintext bytes: reads up to `count` bytes at `offset`, returns how many.
/// May throw flux::Error; the reader passes that very error on to its caller.
struct ByteSource {
  std::function<size_t(uint64_t offset, uint8_t* out, size_t count)> read;
  uint64_t size = 0;
};

class PacketReader final {
 public:
  /// Throws ERR_CONTAINER where the bytes are no container with an H.264 track. A file that ends
  /// early (a power cut) is read up to its last whole packet.
  explicit PacketReader(ByteSource source);
  static std::unique_ptr<PacketReader> openFile(const std::string& path);
  ~PacketReader();

  [[nodiscard]] const CodecParametersPtr& parameters() const;
  /// Fills `packet` with the next one; false at the end.
  bool next(Packet& packet);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
