// Reading: ranges, unfinished segments, wrong keys and wrong places.
#include "segment/reader.h"

#include <algorithm>

#include "base/file.h"
#include "segment/chunk_cipher.h"
#include "segment_fixture.h"

namespace flux::segment {
namespace {

using SegmentReaderTest = SegmentTest;
namespace fs = std::filesystem;

TEST_F(SegmentReaderTest, ReadsAnyRange) {
  const Bytes content = plaintext(3 * kChunk + 777);
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "v" + std::to_string(version);
    write(content, version, name);
    Reader reader(readerOptions(name));
    for (int i = 0; i < 300; ++i) {
      const size_t offset = random_() % (content.size() + 100);
      const size_t count = random_() % (2 * kChunk);
      const size_t expected =
          offset < content.size() ? std::min(count, content.size() - offset) : 0;
      Bytes out(count + 1, 0xee);
      ASSERT_EQ(reader.read(offset, out.data(), count), expected);
      ASSERT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(expected),
                             content.begin() + static_cast<std::ptrdiff_t>(expected ? offset : 0)));
      ASSERT_EQ(out[expected], 0xee) << "wrote more than it returned";
    }
    EXPECT_EQ(reader.read(UINT64_MAX, nullptr, 0), 0U);
    uint8_t byte;
    EXPECT_EQ(reader.read(UINT64_MAX, &byte, 1), 0U);
  }
}

TEST_F(SegmentReaderTest, ShowsTheHeader) {
  write(plaintext(10));
  const Reader reader(readerOptions());
  EXPECT_EQ(reader.header().version, 2);
  EXPECT_EQ(reader.header().keyId, keyId_);
  EXPECT_EQ(reader.header().cameraId, "cam-1");
  EXPECT_EQ(reader.header().startMs, kStartMs);
  EXPECT_EQ(reader.header().sequence, 7U);
  EXPECT_EQ(reader.header().chunkLog2, 12);
}

TEST_F(SegmentReaderTest, ReadsASegmentThatIsStillBeingWritten) {
  const Bytes content = plaintext(2 * kChunk + 50);
  Writer writer(writerOptions());
  writer.write(content);
  ReaderOptions options = readerOptions();
  EXPECT_EQ(codeOf([&] {
              Reader strict(options);
              uint8_t byte;
              strict.read(0, &byte, 1);
            }),
            "ERR_SEGMENT_TRUNCATED");
  options.allowUnfinished = true;
  Reader reader(options);
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(reader.plaintextSize(), 2 * kChunk);
  EXPECT_EQ(readAll(reader), Bytes(content.begin(), content.begin() + 2 * kChunk));
  writer.finish();
  // The reader sees the file as it was; a new one sees the rest.
  EXPECT_EQ(reader.plaintextSize(), 2 * kChunk);
  Reader finished(options);
  EXPECT_TRUE(finished.finished());
  EXPECT_EQ(readAll(finished), content);
}

TEST_F(SegmentReaderTest, AnUnfinishedSegmentWithoutAChunkIsEmpty) {
  { const Writer writer(writerOptions()); }
  ReaderOptions options = readerOptions();
  options.allowUnfinished = true;
  Reader reader(options);
  EXPECT_EQ(reader.plaintextSize(), 0U);
  const Verification result = reader.verify();
  EXPECT_EQ(result.chunks, 0U);
  EXPECT_FALSE(result.finished);
  EXPECT_EQ(result.verifiedFileBytes, fs::file_size(path()));
}

TEST_F(SegmentReaderTest, RefusesAnotherKeyBeforeTouchingVideo) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "v" + std::to_string(version);
    write(plaintext(5000), version, name);
    ReaderOptions options = readerOptions(name);
    options.key = crypto::SecretKey::generate();
    EXPECT_EQ(codeOf([&] { Reader reader(options); }),
              version == kVersion1 ? "ERR_AUTH_TAG" : "ERR_SEGMENT_KEY");
    options = readerOptions(name);
    options.keyId = parseUuid("ffffffff-ffff-ffff-ffff-ffffffffffff");
    EXPECT_EQ(codeOf([&] { Reader reader(options); }), "ERR_SEGMENT_KEY");
  }
}

TEST_F(SegmentReaderTest, AFileCommitsToOneKey) {
  // A "salamander": one ciphertext that two keys open. Even with a commitment made for the second
  // key, its chunks do not open; and with the first key's commitment the second is refused at once.
  write(plaintext(100));
  Bytes file = slurp(path());
  const Header header = readHeader(path());
  const auto second = crypto::SecretKey::generate();
  const auto cipher =
      ChunkCipher::derive(*second, ByteView(file).first(header.size - kCommitmentSize), header.iv);
  EXPECT_NE(cipher.commitment(), header.commitment);
  std::ranges::copy(cipher.commitment(), file.begin() + static_cast<std::ptrdiff_t>(header.size) -
                                             static_cast<std::ptrdiff_t>(kCommitmentSize));
  spit(path("forged"), file);
  EXPECT_EQ(verifyCode(readerOptions("forged")), "ERR_SEGMENT_KEY");
  ReaderOptions options = readerOptions("forged");
  options.key = second;
  EXPECT_EQ(verifyCode(options), "ERR_SEGMENT_TRUNCATED");  // its last chunk is not authentic
}

TEST_F(SegmentReaderTest, RefusesAFileThatWasMovedToAnotherCameraOrTime) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "v" + std::to_string(version);
    write(plaintext(5000), version, name);
    const std::string expected = version == kVersion1 ? "ERR_AUTH_TAG" : "ERR_SEGMENT_IDENTITY";
    ReaderOptions options = readerOptions(name);
    options.cameraId = "cam-2";
    EXPECT_EQ(codeOf([&] { Reader reader(options); }), expected);
    options = readerOptions(name);
    options.startMs += 1;
    EXPECT_EQ(codeOf([&] { Reader reader(options); }), expected);
  }
}

TEST_F(SegmentReaderTest, KeepsCamerasAndTimesThatConcatenateAlikeApart) {
  WriterOptions options = writerOptions("segment", kVersion1);
  options.cameraId = "cam1";
  options.startMs = 12;
  Writer(options).finish();
  ReaderOptions reading = readerOptions();
  reading.cameraId = "cam11";
  reading.startMs = 2;
  EXPECT_EQ(codeOf([&] { Reader reader(reading); }), "ERR_AUTH_TAG");
  reading.cameraId = "cam1";
  reading.startMs = 12;
  EXPECT_EQ(verifyCode(reading), "nothing thrown");
}

TEST_F(SegmentReaderTest, Version2TellsCameraAndTimeByItself) {
  const Bytes content = plaintext(5000);
  write(content);
  ReaderOptions options;
  options.path = path();
  options.key = key_;
  Reader reader(options);
  EXPECT_EQ(readAll(reader), content);
  write(content, kVersion1, "old");
  options.path = path("old");
  EXPECT_EQ(codeOf([&] { Reader old(options); }), "ERR_INVALID_ARGUMENT");
}

TEST_F(SegmentReaderTest, AVersion1FileOf51BytesIsTheShortest) {
  write({}, kVersion1);
  const Bytes file = slurp(path());
  ASSERT_EQ(file.size(), 51U);
  EXPECT_EQ(Reader(readerOptions()).plaintextSize(), 0U);
  for (const size_t size : {0U, 3U, 34U, 35U, 50U}) {
    spit(path(), ByteView(file).first(size));
    EXPECT_EQ(codeOf([&] { Reader reader(readerOptions()); }), "ERR_SEGMENT_TRUNCATED") << size;
  }
}

TEST_F(SegmentReaderTest, SkipsAnExtensionButAuthenticatesIt) {
  const Bytes content = plaintext(1000);
  Header header;
  header.keyId = keyId_;
  header.chunkLog2 = 12;
  header.cameraId = "cam-1";
  header.startMs = kStartMs;
  Bytes file = encodeHeaderPrefix(header);
  file.back() = 6;
  file[36] = static_cast<uint8_t>(file[36] + 6);
  file.insert(file.end(), {0x7f, 0, 3, 'e', 'x', 't'});  // a type of a later release
  const size_t extension = file.size() - 1;
  auto cipher = ChunkCipher::derive(*key_, file, header.iv);
  file.insert(file.end(), cipher.commitment().begin(), cipher.commitment().end());
  Bytes sealed(content.size() + crypto::kGcmTagSize);
  cipher.seal(0, ChunkKind::kFinal, content, sealed.data());
  file.insert(file.end(), sealed.begin(), sealed.end());
  spit(path(), file);
  Reader reader(readerOptions());
  EXPECT_EQ(readAll(reader), content);
  flip(path(), extension, 1);
  EXPECT_EQ(verifyCode(), "ERR_SEGMENT_KEY");
}

TEST_F(SegmentReaderTest, ReportsProgressAndStopsWhenAsked) {
  write(plaintext(5'000'000));
  Reader reader(readerOptions());
  std::vector<uint64_t> seen;
  reader.verify([&](uint64_t bytes) {
    seen.push_back(bytes);
    return true;
  });
  EXPECT_GE(seen.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(seen.back(), fs::file_size(path()));
  EXPECT_EQ(codeOf([&] { reader.verify([](uint64_t) { return false; }); }), "ERR_ABORTED");
}

TEST_F(SegmentReaderTest, SaysWhatIsMissing) {
  EXPECT_EQ(codeOf([&] { Reader reader(readerOptions("none")); }), "ERR_NOT_FOUND");
  EXPECT_EQ(codeOf([&] { readHeader(path("none")); }), "ERR_NOT_FOUND");
  ReaderOptions options = readerOptions();
  options.key.reset();
  EXPECT_EQ(codeOf([&] { Reader reader(options); }), "ERR_INVALID_ARGUMENT");
  spit(path("text"), asBytes("hello"));
  EXPECT_EQ(codeOf([&] { Reader reader(readerOptions("text")); }), "ERR_SEGMENT_MAGIC");
}

}  // namespace
}  // namespace flux::segment
