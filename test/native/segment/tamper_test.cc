// Whatever is done to a stored segment, verification finds it and reading releases none of it.
#include <algorithm>

#include "segment_fixture.h"

namespace flux::segment {
namespace {

using SegmentTamperTest = SegmentTest;
namespace fs = std::filesystem;

TEST_F(SegmentTamperTest, AFlippedBitInAnyHeaderByteIsFound) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "v" + std::to_string(version);
    write(plaintext(5000), version, name);
    const size_t headerSize = readHeader(path(name)).size;
    for (size_t offset = 0; offset < headerSize; ++offset) {
      for (int bit = 0; bit < 8; ++bit) {
        flip(path(name), offset, static_cast<uint8_t>(1 << bit));
        const std::string code = codeOf([&] { Reader reader(readerOptions(name)); });
        EXPECT_NE(code, "nothing thrown") << name << " byte " << offset << " bit " << bit;
        if (version == kVersion2 && offset >= 7 && offset < 35) {
          EXPECT_EQ(code, "ERR_SEGMENT_KEY") << offset;  // key id, IV
        }
        flip(path(name), offset, static_cast<uint8_t>(1 << bit));
      }
    }
    EXPECT_EQ(verifyCode(readerOptions(name)), "nothing thrown");
  }
}

TEST_F(SegmentTamperTest, AFlippedBitAnywhereBehindTheHeaderIsFoundAndItsChunkNotReleased) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "v" + std::to_string(version);
    const Bytes content = plaintext(3 * kChunk + 500);
    write(content, version, name);
    const size_t headerSize = readHeader(path(name)).size;
    const uint64_t size = fs::file_size(path(name));
    for (int i = 0; i < 1200; ++i) {
      const uint64_t offset = headerSize + random_() % (size - headerSize);
      const auto mask = static_cast<uint8_t>(1U << random_() % 8);
      flip(path(name), offset, mask);
      const std::string code = verifyCode(readerOptions(name));
      if (version == kVersion2) {
        const uint64_t index = (offset - headerSize) / kPiece;
        // A flip in the last chunk cannot be told from a cut in it.
        ASSERT_EQ(code, index < 3 ? "ERR_AUTH_TAG" : "ERR_SEGMENT_TRUNCATED") << offset;
        Reader reader(readerOptions(name));
        ASSERT_EQ(reader.inspect().chunks, index);
        Bytes out(kChunk, 0xee);
        ASSERT_NE(codeOf([&] { reader.read(index * kChunk, out.data(), out.size()); }),
                  "nothing thrown");
        ASSERT_EQ(out, Bytes(kChunk, 0xee));
      } else {
        ASSERT_EQ(code, "ERR_AUTH_TAG") << offset;
      }
      flip(path(name), offset, mask);
    }
    EXPECT_EQ(verifyCode(readerOptions(name)), "nothing thrown");
  }
}

TEST_F(SegmentTamperTest, NamesTheChunkAndItsPlace) {
  write(plaintext(3 * kChunk + 500));
  const size_t headerSize = readHeader(path()).size;
  flip(path(), headerSize + kPiece + 5, 1);
  Reader reader(readerOptions());
  const Verification found = reader.inspect();
  EXPECT_EQ(found.errorCode, "ERR_AUTH_TAG");
  EXPECT_NE(
      found.errorMessage.find("chunk 1 at file offset " + std::to_string(headerSize + kPiece)),
      std::string::npos)
      << found.errorMessage;
  EXPECT_NE(found.errorMessage.find(path()), std::string::npos);
  EXPECT_EQ(found.chunks, 1U);
  EXPECT_EQ(found.plaintextBytes, kChunk);
  EXPECT_EQ(found.verifiedFileBytes, headerSize + kPiece);
  EXPECT_FALSE(found.finished);
  // Chunks that are whole are still read.
  Bytes out(kChunk);
  EXPECT_EQ(reader.read(2 * kChunk, out.data(), out.size()), kChunk);
}

TEST_F(SegmentTamperTest, ACutAnywhereIsReportedAndWholeChunksStillVerify) {
  const Bytes content = plaintext(2 * kChunk + 300);
  write(content);
  const Bytes file = slurp(path());
  const size_t headerSize = readHeader(path()).size;
  for (size_t size = 0; size < file.size(); ++size) {
    const size_t inPiece = size > headerSize ? (size - headerSize) % kPiece : 0;
    const bool nearBoundary =
        size <= headerSize || inPiece < 40 || inPiece > kPiece - 40 || size + 40 > file.size();
    if (!nearBoundary && random_() % 10 != 0) continue;
    fs::resize_file(path(), size);
    if (size < headerSize) {
      ASSERT_EQ(verifyCode(), "ERR_SEGMENT_TRUNCATED") << size;
    } else {
      const uint64_t whole = (size - headerSize) / kPiece;
      ASSERT_EQ(verifyCode(), "ERR_SEGMENT_TRUNCATED") << size;
      Reader strict(readerOptions());
      const Verification found = strict.inspect();
      ASSERT_EQ(found.chunks, whole) << size;
      ASSERT_EQ(found.verifiedFileBytes, headerSize + whole * kPiece);
      ASSERT_FALSE(found.finished);
      ReaderOptions options = readerOptions();
      options.allowUnfinished = true;
      Reader reader(options);
      ASSERT_FALSE(reader.finished());
      ASSERT_EQ(reader.verify().chunks, whole) << size;
      ASSERT_EQ(
          readAll(reader),
          Bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(whole * kChunk)));
    }
    spit(path(), file);
  }
}

TEST_F(SegmentTamperTest, ACutVersion1FileIsNeverReleased) {
  write(plaintext(600), kVersion1);
  const Bytes file = slurp(path());
  for (size_t size = 0; size < file.size(); ++size) {
    spit(path(), ByteView(file).first(size));
    ASSERT_EQ(verifyCode(), size < 51 ? "ERR_SEGMENT_TRUNCATED" : "ERR_AUTH_TAG") << size;
  }
}

TEST_F(SegmentTamperTest, AFullLastChunkIsFollowedByAnEmptyOne) {
  write(plaintext(2 * kChunk));
  const size_t headerSize = readHeader(path()).size;
  EXPECT_EQ(fs::file_size(path()), headerSize + 2 * kPiece + 16);
  EXPECT_EQ(verifyCode(), "nothing thrown");
  fs::resize_file(path(), headerSize + 2 * kPiece);
  EXPECT_EQ(verifyCode(), "ERR_SEGMENT_TRUNCATED");
}

TEST_F(SegmentTamperTest, ChunksCannotBeSwappedRepeatedDroppedOrBorrowed) {
  const Bytes content = plaintext(3 * kChunk + 500);
  write(content);
  write(content, kVersion2, "sibling");  // same camera, key, start and plaintext
  const Bytes file = slurp(path());
  const Bytes sibling = slurp(path("sibling"));
  const size_t headerSize = readHeader(path()).size;
  const auto piece = [&](const Bytes& from, size_t index) {
    return ByteView(from).subspan(headerSize + index * kPiece,
                                  std::min(kPiece, from.size() - headerSize - index * kPiece));
  };
  const auto codeOfFile = [&](const std::vector<ByteView>& pieces) {
    ByteWriter out;
    out.bytes(ByteView(file).first(headerSize));
    for (const ByteView part : pieces) out.bytes(part);
    spit(path("forged"), out.view());
    return verifyCode(readerOptions("forged"));
  };
  const ByteView a = piece(file, 0), b = piece(file, 1), c = piece(file, 2), end = piece(file, 3);
  EXPECT_EQ(codeOfFile({a, b, c, end}), "nothing thrown");
  EXPECT_EQ(codeOfFile({b, a, c, end}), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfFile({a, a, c, end}), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfFile({a, c, end}), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfFile({b, c, end}), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfFile({a, b, end}), "ERR_SEGMENT_TRUNCATED");
  EXPECT_EQ(codeOfFile({a, b, c, c, end}), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfFile({a, piece(sibling, 1), c, end}), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfFile({a, b, c, piece(sibling, 3)}), "ERR_SEGMENT_TRUNCATED");
  EXPECT_EQ(codeOfFile({end, a, b, c}), "ERR_AUTH_TAG");
}

TEST_F(SegmentTamperTest, AHeaderDoesNotFitAnotherBody) {
  const Bytes content = plaintext(500);
  write(content);
  write(content, kVersion2, "sibling");
  Bytes file = slurp(path());
  const size_t headerSize = readHeader(path()).size;
  const Bytes sibling = slurp(path("sibling"));
  std::copy_n(sibling.begin(), headerSize, file.begin());
  spit(path(), file);
  EXPECT_NE(verifyCode(), "nothing thrown");
}

TEST_F(SegmentTamperTest, BytesBehindTheEndAreFound) {
  for (const size_t size : {kChunk + 700, 2 * kChunk}) {  // the latter ends in an empty final chunk
    for (const size_t extra : {1U, 15U, 16U, 5000U, 20000U}) {
      const std::string name = std::to_string(size) + "+" + std::to_string(extra);
      write(plaintext(size), kVersion2, name);
      const Bytes file = slurp(path(name));
      Bytes zeros = file, garbage = file;
      zeros.insert(zeros.end(), extra, 0);
      const Bytes tail = plaintext(extra);
      garbage.insert(garbage.end(), tail.begin(), tail.end());

      spit(path(name), zeros);
      EXPECT_EQ(verifyCode(readerOptions(name)), "ERR_SEGMENT_TRAILING") << name;
      Reader reader(readerOptions(name));
      const Verification found = reader.inspect();
      EXPECT_TRUE(found.finished);
      EXPECT_EQ(found.plaintextBytes, size);
      EXPECT_EQ(found.verifiedFileBytes, file.size());

      spit(path(name), garbage);
      const std::string code = verifyCode(readerOptions(name));
      if (size % kChunk == 0) {
        EXPECT_EQ(code, "ERR_SEGMENT_TRAILING") << name;
      } else {
        EXPECT_NE(code, "nothing thrown") << name;
      }
    }
  }
  write(plaintext(100), kVersion1, "old");
  Bytes old = slurp(path("old"));
  old.push_back(0);
  spit(path("old"), old);
  EXPECT_EQ(verifyCode(readerOptions("old")), "ERR_AUTH_TAG");
}

TEST_F(SegmentTamperTest, AVersionCannotBeRelabelled) {
  write(plaintext(5000));
  flip(path(), 5, 3);  // 2 becomes 1
  EXPECT_EQ(readHeader(path()).version, 1);
  EXPECT_EQ(verifyCode(), "ERR_AUTH_TAG");
  write(plaintext(5000), kVersion1, "old");
  flip(path("old"), 5, 3);
  EXPECT_NE(verifyCode(readerOptions("old")), "nothing thrown");
}

}  // namespace
}  // namespace flux::segment
