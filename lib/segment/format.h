// The FVMS segment file, versions 1 and 2: header fields and where chunks lie
// (docs/segment-format.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/lea_gcm.h"

namespace flux::segment {

using KeyId = std::array<uint8_t, 16>;  ///< UUID

inline constexpr uint16_t kVersion1 = 1;
inline constexpr uint16_t kVersion2 = 2;
inline constexpr uint8_t kAlgorithmLea256Gcm = 1;
/// The same cipher with a nonce in front of each chunk, made by a cryptographic module that lets
/// nobody else choose one. Version 2 only.
inline constexpr uint8_t kAlgorithmLea256GcmStoredNonce = 0x81;
inline constexpr size_t kCommonHeaderSize = 35;  ///< magic, version, algorithm, key id, IV
inline constexpr size_t kMaxCameraIdBytes = 255;
inline constexpr uint8_t kMinChunkLog2 = 12;
inline constexpr uint8_t kMaxChunkLog2 = 20;
inline constexpr uint8_t kDefaultChunkLog2 = 16;

/// What the extension of a version 2 header tells of the picture in front of it (entry type 1).
struct Cover {
  uint32_t size = 0;                 ///< bytes before the header; 0: there are none
  std::array<uint8_t, 32> sha256{};  ///< of those bytes
};

/// Version 2, all integers big-endian:
///   0 "FVMS" | 4 u16 version | 6 u8 algorithm | 7 key id[16] | 23 IV[12]       as in version 1
///  35 u16 headerSize (everything up to the first chunk)
///  37 u8 flags (0) | 38 u8 chunkLog2 | 39 salt[32]
///  71 u64 startMs | 79 u64 sequence | 87 u16 stream (0 main, 1 sub)
///  89 u16 cameraIdSize | 91 cameraId (UTF-8)
///  .. u16 extensionSize | extension: entries of u8 type | u16 size | value, each type at most
///  once; a reader skips the types that it does not know
///  .. commitment[32]
/// key[32] || commitment[32] = HKDF-Expand-SHA256(DEK, "fluxvision/segment/v2\0" || SHA-256(header
/// before commitment)) chunk i: nonce = IV xor be96(i); AAD = u8 kind (0 whole, 1 final) || u64 i;
/// on disk ciphertext || tag[16]; with algorithm 0x81 any nonce, and nonce[12] || ciphertext ||
/// tag[16]. Whole chunks hold exactly 2^chunkLog2 bytes; the final chunk is
/// always shorter (it may be empty).
struct Header {
  uint16_t version = kVersion2;
  uint8_t algorithm = kAlgorithmLea256Gcm;
  KeyId keyId{};
  crypto::GcmNonce iv{};
  // version 2 only
  uint8_t chunkLog2 = kDefaultChunkLog2;
  std::array<uint8_t, 32> salt{};
  int64_t startMs = 0;    ///< UTC milliseconds of the first frame
  uint64_t sequence = 0;  ///< rises by one per segment of a recorder's run
  uint16_t stream = 0;
  std::string cameraId;
  Cover cover;
  std::array<uint8_t, 32> commitment{};
  size_t size = kCommonHeaderSize;  ///< of the header itself

  /// How many bytes more than its plaintext a chunk has on disk.
  [[nodiscard]] size_t chunkOverhead() const noexcept {
    return noncePrefix() + crypto::kGcmTagSize;
  }
  /// How many bytes of nonce stand in front of each chunk's ciphertext.
  [[nodiscard]] size_t noncePrefix() const noexcept {
    return algorithm == kAlgorithmLea256GcmStoredNonce ? sizeof(crypto::GcmNonce) : 0;
  }
  /// Where in the file the first chunk stands.
  [[nodiscard]] size_t bodyOffset() const noexcept { return cover.size + size; }
};

/// The most bytes a header may take.
inline constexpr size_t kMaxHeaderSize = 4096;

/// Parses a header that `start` begins with. Throws ERR_SEGMENT_MAGIC, ERR_SEGMENT_VERSION,
/// ERR_SEGMENT_ALGORITHM, ERR_SEGMENT_HEADER, ERR_SEGMENT_TRUNCATED. Checks form, not authenticity.
Header parseHeader(ByteView start);
/// Parses the start of a segment file, of which kMaxCoverSize + kMaxHeaderSize bytes suffice: a
/// header, or a picture and a header. Throws what parseHeader() does, and ERR_SEGMENT_COVER where
/// the header does not stand where it says that it does.
Header parseFileStart(ByteView start);

/// The bytes of a version 2 header up to its commitment, which is computed over them.
Bytes encodeHeaderPrefix(const Header& header);
inline constexpr size_t kCommitmentSize = 32;

/// 1 to 255 bytes of valid UTF-8 without control characters.
bool isCameraId(std::string_view text) noexcept;
/// The latest time that a header may hold: what every date type of JavaScript and SQL still takes.
inline constexpr int64_t kMaxStartMs = 8'640'000'000'000'000;

/// What we write and read of version 1, which must be held in memory as a whole to be verified. The
/// format itself ends at crypto::kGcmMaxBytes.
inline constexpr uint64_t kMaxV1PlaintextBytes = 1ULL << 32;
/// The most chunks of one segment; with 2^20-byte chunks more than any file system holds.
inline constexpr uint64_t kMaxChunks = 1ULL << 32;

/// The associated data of version 1: "FVMS1" || u16 length || camera id || u64 start in ms.
Bytes v1AssociatedData(const std::string& cameraId, int64_t startMs);

std::string formatUuid(const KeyId& id);
/// ERR_INVALID_ARGUMENT unless `text` is a canonical UUID.
KeyId parseUuid(const std::string& text);

}  // namespace flux::segment
