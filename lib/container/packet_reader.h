// Reads packets of a Matroska, MP4 or raw video file from any byte source, over libavformat.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

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

/// Which tracks of a file to read.
enum class Tracks : uint8_t {
  kVideo,  ///< the first one of H.264, H.265 or MJPEG
  kAll,    ///< and every audio track of a codec that we record
};

class PacketReader final {
 public:
  /// Throws ERR_CONTAINER where the bytes are no container with an H.264, H.265 or MJPEG track. A
  /// file that ends early (a power cut) is read up to its last whole packet.
  explicit PacketReader(ByteSource source, Tracks tracks = Tracks::kVideo);
  static std::unique_ptr<PacketReader> openFile(const std::string& path,
                                                Tracks tracks = Tracks::kVideo);
  ~PacketReader();

  /// The video track first, then the audio tracks in the file's order. Never empty, no nullptr.
  [[nodiscard]] const std::vector<CodecParametersPtr>& tracks() const;
  /// Of the video track.
  [[nodiscard]] const CodecParametersPtr& parameters() const { return tracks().front(); }
  /// Fills `packet` with the next one in the file's order; false at the end. Decoding times of a
  /// track never fall.
  bool next(Packet& packet);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
