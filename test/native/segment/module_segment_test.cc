// Segments through a cryptographic module that makes its own nonces: suite 0x81.
#include <gtest/gtest.h>

#include <set>

#include "../temporary_directory.h"
#include "modules/sample.h"
#include "segment/chunk_cipher.h"
#include "segment/segment_fixture.h"

namespace flux::segment {
namespace {

using crypto::callsOf;
using crypto::inAProcess;
using crypto::useSample;

constexpr size_t kStoredPiece = 4096 + 12 + 16;

/// Keys are made in the child processes: they are left out of forks.
class ModuleSegmentTest : public testing::Test {
 protected:
  ModuleSegmentTest() {
    for (size_t i = 0; i < content_.size(); ++i)
      content_[i] = static_cast<uint8_t>(i * 7 + i / 251);
  }

  [[nodiscard]] std::string path() const { return directory_.file("segment"); }
  static crypto::SecretKeyPtr key() {
    return std::make_shared<const crypto::SecretKey>(Bytes(32, 0x21));
  }
  [[nodiscard]] WriterOptions writing(uint16_t version = kVersion2) const {
    return {.path = path(),
            .version = version,
            .key = key(),
            .cameraId = "cam-1",
            .startMs = 1'769'414'400'123,
            .chunkLog2 = 12};
  }
  [[nodiscard]] ReaderOptions reading() const {
    return {.path = path(), .key = key(), .cameraId = "cam-1", .startMs = 1'769'414'400'123};
  }
  void write(uint16_t version = kVersion2) const {
    std::filesystem::remove(path());
    Writer writer(writing(version));
    // In pieces of a camera, and in a batch of many chunks.
    for (size_t at = 0; at < 9000; at += 1000) writer.write(ByteView(content_).subspan(at, 1000));
    writer.write(ByteView(content_).subspan(9000));
    const uint64_t size = writer.finish();
    EXPECT_EQ(size, std::filesystem::file_size(path()));
    EXPECT_EQ(writer.bytesOnDisk(), size);
  }
  void expectReadable() const {
    Reader reader(reading());
    EXPECT_TRUE(reader.finished());
    EXPECT_EQ(reader.plaintextSize(), content_.size());
    EXPECT_TRUE(reader.verify().finished);
    Bytes all(content_.size() + 1);
    all.resize(reader.read(0, all.data(), all.size()));
    EXPECT_EQ(all, content_);
    Bytes part(5000);
    EXPECT_EQ(reader.read(8000, part.data(), part.size()), part.size());
    EXPECT_TRUE(std::equal(part.begin(), part.end(), content_.begin() + 8000));
  }
  [[nodiscard]] Bytes slurp() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void spit(ByteView file) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(file.data()),
               static_cast<std::streamsize>(file.size()));
  }

  const test::TemporaryDirectory directory_;
  Bytes content_ = Bytes(50'000);
};

TEST_F(ModuleSegmentTest, AFileOfTheModuleStoresItsNoncesAndOpensWithAndWithoutIt) {
  inAProcess([&] {
    useSample("good");
    const unsigned before = callsOf("good");
    write();
    EXPECT_EQ(callsOf("good"), before + 13) << "twelve whole chunks and the final one";
    const Header header = readHeader(path());
    EXPECT_EQ(header.algorithm, 0x81);
    const Bytes file = slurp();
    EXPECT_EQ(file.size(), header.bodyOffset() + content_.size() + 13 * (12 + 16));
    expectReadable();
    EXPECT_GT(callsOf("good"), before + 13 + 13);
    std::set<std::string> nonces;
    for (size_t i = 0; i < 13; ++i) {
      const auto at = file.begin() + static_cast<std::ptrdiff_t>(header.size + i * kStoredPiece);
      nonces.emplace(at, at + 12);
    }
    EXPECT_EQ(nonces.size(), 13U);
  });
  inAProcess([&] { expectReadable(); });
}

TEST_F(ModuleSegmentTest, AFileOfTheBuiltInCipherOpensThroughTheModule) {
  inAProcess([&] {
    write();
    EXPECT_EQ(readHeader(path()).algorithm, 1);
  });
  inAProcess([&] {
    useSample("good");
    const unsigned before = callsOf("good");
    expectReadable();
    EXPECT_GT(callsOf("good"), before + 13);
  });
}

TEST_F(ModuleSegmentTest, AModuleThatTakesNoncesWritesTheSameFormatAsWeDo) {
  inAProcess([&] {
    useSample("given_nonces");
    write();
    EXPECT_EQ(readHeader(path()).algorithm, 1);
    expectReadable();
  });
  inAProcess([&] { expectReadable(); });
}

TEST_F(ModuleSegmentTest, AModuleForOtherAlgorithmsLeavesSegmentsAlone) {
  inAProcess([&] {
    useSample("good", {crypto::AeadAlgorithm::kAria256Gcm});
    const unsigned before = callsOf("good");
    write();
    EXPECT_EQ(readHeader(path()).algorithm, 1);
    expectReadable();
    EXPECT_EQ(callsOf("good"), before);
  });
}

TEST_F(ModuleSegmentTest, Version1IsReadThroughItButNotWritten) {
  inAProcess([&] { write(kVersion1); });
  inAProcess([&] {
    useSample("good");
    const unsigned before = callsOf("good");
    expectReadable();
    EXPECT_EQ(callsOf("good"), before + 1);
    std::filesystem::remove(path());
    EXPECT_EQ(codeOf([&] { Writer writer(writing(kVersion1)); }), "ERR_CRYPTO_MODULE");
    EXPECT_FALSE(std::filesystem::exists(path()) || std::filesystem::exists(path() + ".part"));
  });
}

TEST_F(ModuleSegmentTest, EveryByteOfAStoredNonceChunkIsAuthentic) {
  inAProcess([&] {
    useSample("good");
    write();
  });
  inAProcess([&] {
    const Bytes file = slurp();
    const size_t body = readHeader(path()).bodyOffset();
    const auto codeAfter = [&](size_t offset, uint8_t mask) {
      Bytes altered = file;
      altered[offset] ^= mask;
      spit(altered);
      return codeOf([&] { Reader(reading()).verify(); });
    };
    for (size_t at = 0; at < kStoredPiece; at += at < 40 ? 1 : 113) {
      EXPECT_EQ(codeAfter(body + kStoredPiece + at, 4), "ERR_AUTH_TAG") << at;
    }
    EXPECT_EQ(codeAfter(file.size() - 1, 1), "ERR_SEGMENT_TRUNCATED");
    EXPECT_EQ(codeAfter(6, 0x80), "ERR_SEGMENT_KEY") << "said to be the other suite";
    for (size_t offset = 0; offset < body; ++offset) {
      EXPECT_EQ(codeAfter(offset, 1).substr(0, 12), "ERR_SEGMENT_") << offset;
    }
    Bytes swapped = file;
    const auto chunk = [&](size_t i) {
      return swapped.begin() + static_cast<std::ptrdiff_t>(body + i * kStoredPiece);
    };
    std::swap_ranges(chunk(0), chunk(1), chunk(1));
    spit(swapped);
    EXPECT_EQ(codeOf([&] { Reader(reading()).verify(); }), "ERR_AUTH_TAG");
  });
}

TEST_F(ModuleSegmentTest, RecoveryCutsAtTheChunksOfTheSuite) {
  for (const bool through : {true, false}) {
    inAProcess([&] {
      useSample("good");
      write();
    });
    inAProcess([&] {
      if (through) useSample("good");
      const size_t body = readHeader(path()).bodyOffset();
      for (const size_t size : {body + 5 * kStoredPiece + 27, body + 3 * kStoredPiece + 28,
                                body + 2 * kStoredPiece, body + 1}) {
        std::filesystem::resize_file(path(), size);
        EXPECT_EQ(codeOf([&] { Reader(reading()).verify(); }), "ERR_SEGMENT_TRUNCATED");
        const uint64_t whole = (size - body) / kStoredPiece;
        const Verification kept = recover(path(), key());
        EXPECT_EQ(kept.chunks, whole);
        EXPECT_FALSE(kept.finished);
        EXPECT_EQ(std::filesystem::file_size(path()), body + whole * kStoredPiece);
        ReaderOptions options = reading();
        options.allowUnfinished = true;
        EXPECT_EQ(Reader(options).plaintextSize(), whole * 4096);
      }
    });
    inAProcess([&] {
      useSample("good");
      write();
      Bytes file = slurp();
      const size_t finished = file.size();
      file.resize(finished + 1000);
      spit(file);
      EXPECT_EQ(codeOf([&] { Reader(reading()).verify(); }), "ERR_SEGMENT_TRAILING");
      EXPECT_TRUE(recover(path(), key()).finished);
      EXPECT_EQ(std::filesystem::file_size(path()), finished);
    });
  }
}

TEST_F(ModuleSegmentTest, InTheErrorStateWritingStopsAndNothingReachesTheFileInClear) {
  inAProcess([&] {
    useSample("fails_later");
    Writer writer(writing());
    const Bytes chunk(4096, 'p');
    std::string code = "nothing thrown";
    for (int i = 0; i < 30 && code == "nothing thrown"; ++i) {
      code = codeOf([&] { writer.write(chunk); });
    }
    EXPECT_EQ(code, "ERR_CRYPTO_MODULE");
    EXPECT_EQ(codeOf([&] { writer.write(chunk); }), "ERR_SEGMENT_FAILED");
    EXPECT_EQ(codeOf([&] { writer.finish(); }), "ERR_SEGMENT_FAILED");
    WriterOptions next = writing();
    next.path += "-next";
    EXPECT_EQ(codeOf([&] { Writer other(next); }), "ERR_CRYPTO_MODULE");
    EXPECT_FALSE(std::filesystem::exists(next.path));
    const Bytes file = slurp();
    EXPECT_EQ(std::search(file.begin(), file.end(), chunk.begin(), chunk.begin() + 16), file.end());
  });
  inAProcess([&] {
    const Verification kept = recover(path(), key());
    EXPECT_EQ(kept.chunks, 15U) << "20 seals, of which the known answers took five";
    EXPECT_EQ(kept.plaintextBytes, 15 * 4096U);
  });
}

TEST_F(ModuleSegmentTest, TheDocumentsReaderReadsIt) {
  content_.resize(10'000);
  inAProcess([&] {
    useSample("good");
    write();
  });
  const std::string out = directory_.file("plain");
  const std::string command = "python3 " FLUX_DOCS "/segment-reader.py " + path() + " " +
                              toHex(Bytes(32, 0x21)) + " > " + out;
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream in(out, std::ios::binary);
  EXPECT_EQ(Bytes(std::istreambuf_iterator<char>(in), {}), content_);
}

}  // namespace
}  // namespace flux::segment
