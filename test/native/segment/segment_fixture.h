// What the segment tests share: a directory of their own, plaintext, whole files, and error codes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "../temporary_directory.h"
#include "base/bytes.h"
#include "segment/reader.h"
#include "segment/writer.h"

namespace flux::segment {

template <typename Action>
std::string codeOf(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "nothing thrown";
}

/// Something with the markers of a JPEG, of the least bytes that have every kind of them: tables, a
/// scan with a stuffed byte, a restart and fill bytes, and the end.
inline Bytes picture() {
  return fromHex(
      "ffd8"
      "ffe000104a46494600010100000100010000"
      "ffdb0005000102"
      "ffffffc00004abcd"
      "ffda0003aa0011ff0022ffd033ff00"
      "ffffd9");
}

class SegmentTest : public testing::Test {
 protected:
  static constexpr int64_t kStartMs = 1'769'414'400'123;
  static constexpr size_t kChunk = 4096;
  static constexpr size_t kPiece = kChunk + crypto::kGcmTagSize;

  [[nodiscard]] std::string path(const std::string& name = "segment") const {
    return directory_.file(name);
  }

  Bytes plaintext(size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(random_());
    return out;
  }

  [[nodiscard]] WriterOptions writerOptions(const std::string& name = "segment",
                                            uint16_t version = kVersion2) const {
    WriterOptions options;
    options.path = path(name);
    options.version = version;
    options.keyId = keyId_;
    options.key = key_;
    options.cameraId = "cam-1";
    options.startMs = kStartMs;
    options.sequence = 7;
    options.chunkLog2 = 12;
    return options;
  }

  [[nodiscard]] ReaderOptions readerOptions(const std::string& name = "segment") const {
    ReaderOptions options;
    options.path = path(name);
    options.key = key_;
    options.cameraId = "cam-1";
    options.startMs = kStartMs;
    options.keyId = keyId_;
    return options;
  }

  /// A finished segment.
  void write(const Bytes& content, uint16_t version = kVersion2,
             const std::string& name = "segment") {
    Writer writer(writerOptions(name, version));
    writer.write(content);
    const uint64_t size = writer.finish();
    EXPECT_EQ(size, std::filesystem::file_size(path(name)));
  }

  static Bytes slurp(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static void spit(const std::string& file, ByteView content) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
  }
  static void flip(const std::string& file, uint64_t offset, uint8_t mask) {
    std::fstream io(file, std::ios::binary | std::ios::in | std::ios::out);
    io.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(io.get() ^ mask);
    io.seekp(static_cast<std::streamoff>(offset));
    io.put(byte);
  }

  static Bytes readAll(Reader& reader, size_t step = 1 << 16) {
    Bytes out;
    Bytes part(step);
    while (const size_t count = reader.read(out.size(), part.data(), part.size())) {
      out.insert(out.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return out;
  }

  [[nodiscard]] std::string verifyCode(const ReaderOptions& options) const {
    return codeOf([&] { Reader(options).verify(); });
  }
  [[nodiscard]] std::string verifyCode() const { return verifyCode(readerOptions()); }

  const test::TemporaryDirectory directory_;
  std::mt19937 random_{5};
  const KeyId keyId_ = parseUuid("01234567-89ab-cdef-0123-456789abcdef");
  const crypto::SecretKeyPtr key_ = crypto::SecretKey::generate();
};

}  // namespace flux::segment
