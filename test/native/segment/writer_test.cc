// What a writer leaves on disk, at every moment and after every accident.
#include "segment/writer.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "../find_bytes.h"
#include "base/file.h"
#include "crypto/random_source.h"
#include "segment_fixture.h"

namespace flux::segment {
namespace {

using SegmentWriterTest = SegmentTest;
namespace fs = std::filesystem;

/// A generator that gives the same bytes to every writer.
crypto::ScopedRandomSource::Fill countingBytes() {
  return [next = uint8_t{1}](uint8_t* out, size_t size) mutable {
    for (size_t i = 0; i < size; ++i) out[i] = next++;
    return true;
  };
}

mode_t modeOf(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST_F(SegmentWriterTest, RoundTripsEverySizeAroundAChunk) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    for (const size_t size : {0U, 1U, 15U, 16U, 4095U, 4096U, 4097U, 8191U, 8192U, 8193U, 20000U}) {
      const std::string name = std::to_string(version) + "-" + std::to_string(size);
      const Bytes content = plaintext(size);
      write(content, version, name);
      Reader reader(readerOptions(name));
      EXPECT_TRUE(reader.finished());
      EXPECT_EQ(reader.plaintextSize(), size);
      EXPECT_EQ(readAll(reader), content) << name;
      const Verification verification = reader.verify();
      EXPECT_EQ(verification.plaintextBytes, size);
      EXPECT_EQ(verification.verifiedFileBytes, fs::file_size(path(name)));
      EXPECT_EQ(verification.chunks, version == kVersion1 ? 1 : size / kChunk + 1);
    }
  }
}

TEST_F(SegmentWriterTest, MakesTheSameFileHoweverTheBytesArrive) {
  const Bytes content = plaintext(3'000'000);
  for (const uint16_t version : {kVersion1, kVersion2}) {
    Bytes expected;
    for (const size_t most : {content.size(), size_t{1} << 20, size_t{9000}, size_t{700}}) {
      const std::string name = std::to_string(version) + "-" + std::to_string(most);
      const crypto::ScopedRandomSource fixed(countingBytes());
      Writer writer(writerOptions(name, version));
      for (size_t done = 0; done < content.size();) {
        const size_t count = std::min<size_t>(content.size() - done, 1 + random_() % most);
        writer.write(ByteView(content).subspan(done, count));
        done += count;
        ASSERT_EQ(writer.bytesOnDisk(),
                  fs::file_size(version == kVersion1 ? path(name) + ".part" : path(name)));
        if (version == kVersion2) {
          ASSERT_EQ(writer.pendingBytes(), done % kChunk);
          ASSERT_EQ(writer.bytesToChunkEnd(), (kChunk - done % kChunk) % kChunk);
        } else {
          ASSERT_EQ(writer.pendingBytes(), 0U);
        }
      }
      const uint64_t size = writer.finish();
      EXPECT_EQ(writer.bytesOnDisk(), size);
      const Bytes file = slurp(path(name));
      EXPECT_EQ(file.size(), size);
      if (expected.empty()) expected = file;
      EXPECT_TRUE(file == expected) << name;
    }
  }
}

TEST_F(SegmentWriterTest, NeverLetsPlaintextTouchTheDisk) {
  const std::string marker = "MATROSKA-PLAINTEXT-MARKER";
  const auto onDisk = [&] {
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
      if (!entry.is_regular_file()) continue;
      const Bytes bytes = slurp(entry.path().string());
      if (!test::findBytes(bytes, asBytes(marker)).empty()) return entry.path().string();
    }
    return std::string();
  };
  for (const uint16_t version : {kVersion1, kVersion2}) {
    Writer writer(writerOptions("v" + std::to_string(version), version));
    for (int i = 0; i < 1200; ++i) {
      writer.write(asBytes(marker));
      if (i % 100 == 0) {
        EXPECT_EQ(onDisk(), "");
      }
    }
    EXPECT_EQ(onDisk(), "");
    writer.finish();
    EXPECT_EQ(onDisk(), "");
  }
  // The search does find a marker that is there.
  spit(path("proof"), asBytes("x" + marker));
  EXPECT_EQ(onDisk(), path("proof"));
}

TEST_F(SegmentWriterTest, KeepsFilesAndDirectoriesToTheirOwner) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "storage/cam-" + std::to_string(version) + "/20260126/1769414400";
    write(plaintext(10), version, name);
    EXPECT_EQ(modeOf(path(name)), 0600U);
    EXPECT_EQ(modeOf(path("storage")), 0700U);
    EXPECT_EQ(modeOf(parentDirectory(path(name))), 0700U);
  }
}

TEST_F(SegmentWriterTest, ShowsAVersion1FileUnderItsNameOnlyWhenComplete) {
  Writer writer(writerOptions("segment", kVersion1));
  writer.write(plaintext(5000));
  EXPECT_FALSE(fs::exists(path()));
  EXPECT_TRUE(fs::exists(path("segment.part")));
  writer.finish();
  EXPECT_TRUE(fs::exists(path()));
  EXPECT_FALSE(fs::exists(path("segment.part")));
  EXPECT_EQ(File::openRead(path()).modifiedMillis(), kStartMs);
}

TEST_F(SegmentWriterTest, LeavesWhatACrashWouldWhereFinishIsNotCalled) {
  const Bytes content = plaintext(3 * kChunk + 100);
  { Writer(writerOptions()).write(content); }
  EXPECT_EQ(fs::file_size(path()), readHeader(path()).size + 3 * kPiece);
  EXPECT_EQ(verifyCode(), "ERR_SEGMENT_TRUNCATED");
  { Writer(writerOptions("old", kVersion1)).write(content); }
  EXPECT_FALSE(fs::exists(path("old")));
  EXPECT_TRUE(fs::exists(path("old.part")));
}

TEST_F(SegmentWriterTest, NeverWritesOverAFile) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    spit(path(), asBytes("precious"));
    EXPECT_EQ(codeOf([&] { Writer(writerOptions("segment", version)); }), "ERR_EXISTS");
    EXPECT_EQ(slurp(path()).size(), 8U);
    fs::remove(path());
  }
  // A file that appears under the name while version 1 is being written survives too.
  Writer writer(writerOptions("segment", kVersion1));
  spit(path(), asBytes("precious"));
  EXPECT_EQ(codeOf([&] { writer.finish(); }), "ERR_EXISTS");
  EXPECT_EQ(slurp(path()).size(), 8U);
  // Nor does it follow a link out of the storage.
  fs::create_symlink(path("elsewhere"), path("link"));
  EXPECT_EQ(codeOf([&] { Writer(writerOptions("link")); }), "ERR_EXISTS");
  EXPECT_FALSE(fs::exists(path("elsewhere")));
}

TEST_F(SegmentWriterTest, NamesTheOptionThatIsWrong) {
  const auto code = [&](const auto& change) {
    WriterOptions options = writerOptions("refused");
    change(options);
    return codeOf([&] { const Writer writer(options); });
  };
  EXPECT_EQ(code([](auto& o) { o.path.clear(); }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.key.reset(); }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.version = 3; }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.cameraId.clear(); }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.cameraId.assign(256, 'x'); }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.cameraId = "\xff"; }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.startMs = -1; }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.startMs = kMaxStartMs + 1; }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.chunkLog2 = 11; }), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code([](auto& o) { o.chunkLog2 = 21; }), "ERR_INVALID_ARGUMENT");
  EXPECT_FALSE(fs::exists(path("refused")));
  EXPECT_EQ(code([](auto&) {}), "nothing thrown");
}

TEST_F(SegmentWriterTest, TakesNothingMoreOnceFinished) {
  Writer writer(writerOptions());
  writer.finish();
  EXPECT_EQ(codeOf([&] { writer.write(plaintext(1)); }), "ERR_CLOSED");
  EXPECT_EQ(codeOf([&] { writer.finish(); }), "ERR_CLOSED");
}

TEST_F(SegmentWriterTest, TakesNothingMoreOnceAWriteFailed) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "v" + std::to_string(version);
    Writer writer(writerOptions(name, version));
    writer.write(plaintext(2 * kChunk));
    const rlimit full{writer.bytesOnDisk() + 100, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
    EXPECT_EQ(codeOf([&] { writer.write(plaintext(2 * kChunk)); }), "ERR_IO");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    // There is room again, but the nonce of what failed is spent.
    EXPECT_EQ(codeOf([&] { writer.write(plaintext(1)); }), "ERR_SEGMENT_FAILED");
    EXPECT_EQ(codeOf([&] { writer.finish(); }), "ERR_SEGMENT_FAILED");
    EXPECT_EQ(fs::exists(path(name)), version == kVersion2);
  }
  EXPECT_EQ(recover(path("v2"), key_).chunks, 2U);
}

TEST_F(SegmentWriterTest, WritesNothingWithoutRandomness) {
  const crypto::ScopedRandomSource broken([](uint8_t*, size_t) { return false; });
  for (const uint16_t version : {kVersion1, kVersion2}) {
    EXPECT_EQ(codeOf([&] { Writer(writerOptions("segment", version)); }), "ERR_RNG");
  }
  EXPECT_TRUE(fs::is_empty(directory_.path()));
}

TEST_F(SegmentWriterTest, NeverRepeatsAnIvOrASalt) {
  std::set<std::string> ivs, salts, commitments;
  constexpr size_t kSegments = 300;
  for (size_t i = 0; i < kSegments; ++i) {
    const std::string name = std::to_string(i);
    { const Writer writer(writerOptions(name)); }
    const Header header = readHeader(path(name));
    ivs.insert(toHex(header.iv));
    salts.insert(toHex(header.salt));
    commitments.insert(toHex(header.commitment));
  }
  EXPECT_EQ(ivs.size(), kSegments);
  EXPECT_EQ(salts.size(), kSegments);
  EXPECT_EQ(commitments.size(), kSegments);
}

TEST_F(SegmentWriterTest, DoesNotFillAVersion1FileBeyondWhatCanBeRead) {
  Writer writer(writerOptions("segment", kVersion1));
  const uint8_t byte = 0;
  writer.write({&byte, 1});
  // The length alone is looked at, before a byte is read.
  EXPECT_EQ(codeOf([&] { writer.write({&byte, size_t{kMaxV1PlaintextBytes}}); }), "ERR_LIMIT");
  writer.finish();
  EXPECT_EQ(verifyCode(), "nothing thrown");
}

}  // namespace
}  // namespace flux::segment
