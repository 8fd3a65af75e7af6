// Segment files that an attacker wrote or altered, under a key that he does not have: the reader
// may refuse, but what it releases must be what was sealed.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "crypto/random_source.h"
#include "segment/cover.h"
#include "segment/reader.h"
#include "segment/writer.h"

namespace {

using namespace flux;

constexpr int64_t kStartMs = 1'769'414'400'000;

const crypto::SecretKeyPtr& key() {
  static const auto instance = std::make_shared<const crypto::SecretKey>(Bytes(32, 7));
  return instance;
}

std::string temporaryPath() {
  std::string path = "/tmp/flux-fuzz-segment-XXXXXX";
  ::close(::mkstemp(path.data()));
  return path;
}

Bytes plaintext() {
  Bytes out(2 * 4096 + 300);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint8_t>(i * 31 >> 3);
  return out;
}

/// A small list of JPEG markers: tables, and a scan with a stuffed byte and a restart.
Bytes cover() {
  return fromHex("ffd8ffe00004abcdffda0003aa0011ff0022ffd033ffd9");
}

Bytes sealed(uint16_t version, bool covered = false) {
  const crypto::ScopedRandomSource fixed([](uint8_t* out, size_t size) {
    for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(i);
    return true;
  });
  segment::WriterOptions options;
  options.path = temporaryPath();
  ::unlink(options.path.c_str());
  options.version = version;
  options.key = key();
  options.cameraId = "gate";
  options.startMs = kStartMs;
  options.chunkLog2 = 12;
  if (covered) options.cover = cover();
  segment::Writer writer(options);
  writer.write(plaintext());
  writer.finish();
  std::ifstream in(options.path, std::ios::binary);
  Bytes file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  ::unlink(options.path.c_str());
  return file;
}

/// Applies a list of (u16 offset, u8 mask) flips, then appends or cuts as the first two bytes say.
Bytes altered(Bytes file, ByteView script) {
  if (script.size() < 2) return file;
  const size_t length = static_cast<size_t>(script[0] << 8 | script[1]);
  for (size_t i = 2; i + 3 <= script.size(); i += 3) {
    const size_t offset = static_cast<size_t>(script[i] << 8 | script[i + 1]);
    file[offset % file.size()] ^= script[i + 2];
  }
  if (length > 0) file.resize(length % (2 * file.size()));
  return file;
}

void readEverything(const std::string& path, bool allowUnfinished) {
  static const Bytes original = plaintext();
  try {
    segment::ReaderOptions options;
    options.path = path;
    options.key = key();
    options.cameraId = "gate";
    options.startMs = kStartMs;
    options.allowUnfinished = allowUnfinished;
    segment::Reader reader(options);
    const segment::Verification found = reader.inspect();
    if (found.errorCode.empty() && found.finished &&
        found.plaintextBytes != reader.plaintextSize()) {
      std::abort();
    }
    Bytes part(3000);
    for (uint64_t offset = 0; offset < reader.plaintextSize(); offset += part.size()) {
      try {
        const size_t count = reader.read(offset, part.data(), part.size());
        if (offset + count > original.size() ||
            !std::equal(part.begin(), part.begin() + static_cast<long>(count),
                        original.begin() + static_cast<long>(offset))) {
          std::abort();
        }
      } catch (const Error&) {
      }
    }
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string path = temporaryPath();
  static const Bytes version1 = sealed(segment::kVersion1), version2 = sealed(segment::kVersion2),
                     behindPicture = sealed(segment::kVersion2, true);
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  Bytes file;
  switch (data[0] % 6) {
    case 0:  // any bytes
      file.assign(rest.begin(), rest.end());
      break;
    case 1:  // an authentic header before any bytes
      file.assign(version2.begin(), version2.begin() + 129);
      file.insert(file.end(), rest.begin(), rest.end());
      break;
    case 2:  // any picture before an authentic segment, whose own picture is another
      file.assign(rest.begin(), rest.end());
      file.insert(file.end(), behindPicture.begin() + static_cast<long>(cover().size()),
                  behindPicture.end());
      break;
    case 3:
      file = altered(behindPicture, rest);
      break;
    case 4:
      file = altered(version1, rest);
      break;
    default:
      file = altered(version2, rest);
      break;
  }
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  readEverything(path, false);
  readEverything(path, true);
  try {
    const segment::Verification kept = segment::recover(path, key());
    if (kept.verifiedFileBytes > file.size() || !kept.errorCode.empty()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
