// After a crash or a power cut: what is authentic stays, the rest goes, nothing is invented.
#include <algorithm>

#include "segment_fixture.h"

namespace flux::segment {
namespace {

using SegmentRecoveryTest = SegmentTest;
namespace fs = std::filesystem;

TEST_F(SegmentRecoveryTest, KeepsWholeChunksAndCutsTheTornOne) {
  const Bytes content = plaintext(3 * kChunk);
  { Writer(writerOptions()).write(content); }
  const Bytes file = slurp(path());
  const size_t headerSize = readHeader(path()).size;
  for (const size_t torn : {1U, 15U, 16U, 17U, 2000U, 4111U}) {
    fs::resize_file(path(), headerSize + 2 * kPiece + torn);
    const Verification result = recover(path(), key_);
    EXPECT_EQ(result.chunks, 2U);
    EXPECT_EQ(result.plaintextBytes, 2 * kChunk);
    EXPECT_FALSE(result.finished);
    EXPECT_EQ(fs::file_size(path()), headerSize + 2 * kPiece);
    EXPECT_EQ(verifyCode(), "ERR_SEGMENT_TRUNCATED") << "recovery must not pretend an end";
    ReaderOptions options = readerOptions();
    options.allowUnfinished = true;
    Reader reader(options);
    EXPECT_EQ(readAll(reader), Bytes(content.begin(), content.begin() + 2 * kChunk));
    EXPECT_EQ(reader.verify().verifiedFileBytes, fs::file_size(path()));
    spit(path(), file);
  }
}

TEST_F(SegmentRecoveryTest, DropsZerosAndGarbageOfAPowerCut) {
  { Writer(writerOptions()).write(plaintext(2 * kChunk)); }
  const Bytes file = slurp(path());
  for (const size_t extra : {100UL, kPiece, 3 * kPiece + 77}) {
    for (const bool zeros : {true, false}) {
      Bytes damaged = file;
      const Bytes tail = zeros ? Bytes(extra) : plaintext(extra);
      damaged.insert(damaged.end(), tail.begin(), tail.end());
      spit(path(), damaged);
      ReaderOptions options = readerOptions();
      options.allowUnfinished = true;
      const Verification before = Reader(options).verify();
      EXPECT_EQ(before.verifiedFileBytes, file.size()) << "the torn tail is reported, not thrown";
      EXPECT_FALSE(before.finished);
      EXPECT_EQ(recover(path(), key_).chunks, 2U);
      EXPECT_EQ(slurp(path()), file);
    }
  }
}

TEST_F(SegmentRecoveryTest, LeavesAFinishedFileAlone) {
  write(plaintext(2 * kChunk + 10));
  const Bytes file = slurp(path());
  const auto modified = fs::last_write_time(path());
  const Verification result = recover(path(), key_);
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.verifiedFileBytes, file.size());
  EXPECT_EQ(slurp(path()), file);
  EXPECT_EQ(fs::last_write_time(path()), modified);
}

TEST_F(SegmentRecoveryTest, KeepsAFinalChunkThatZerosFollow) {
  write(plaintext(kChunk + 10));
  const Bytes file = slurp(path());
  fs::resize_file(path(), file.size() + 3 * kPiece);
  const Verification result = recover(path(), key_);
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.errorCode, "");
  EXPECT_EQ(slurp(path()), file);
  EXPECT_EQ(verifyCode(), "nothing thrown");
}

TEST_F(SegmentRecoveryTest, DestroysNothingWhereAuthenticChunksFollowDamage) {
  write(plaintext(3 * kChunk + 10));
  flip(path(), readHeader(path()).size + kPiece, 1);
  const Bytes file = slurp(path());
  EXPECT_EQ(codeOf([&] { recover(path(), key_); }), "ERR_AUTH_TAG");
  EXPECT_EQ(slurp(path()), file);
}

TEST_F(SegmentRecoveryTest, TouchesNothingItCannotJudge) {
  write(plaintext(100), kVersion1);
  EXPECT_EQ(codeOf([&] { recover(path(), key_); }), "ERR_SEGMENT_VERSION");
  { Writer(writerOptions("new")).write(plaintext(kChunk)); }
  fs::resize_file(path("new"), fs::file_size(path("new")) + 5);
  const Bytes file = slurp(path("new"));
  EXPECT_EQ(codeOf([&] { recover(path("new"), crypto::SecretKey::generate()); }),
            "ERR_SEGMENT_KEY");
  flip(path("new"), 50, 1);
  EXPECT_EQ(codeOf([&] { recover(path("new"), key_); }), "ERR_SEGMENT_KEY");
  flip(path("new"), 50, 1);
  EXPECT_EQ(slurp(path("new")), file);
  fs::resize_file(path("new"), 60);
  EXPECT_EQ(codeOf([&] { recover(path("new"), key_); }), "ERR_SEGMENT_TRUNCATED");
  EXPECT_EQ(codeOf([&] { recover(path("none"), key_); }), "ERR_NOT_FOUND");
  EXPECT_EQ(codeOf([&] { recover(path("new"), nullptr); }), "ERR_INVALID_ARGUMENT");
}

}  // namespace
}  // namespace flux::segment
