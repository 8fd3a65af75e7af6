// A segment behind a picture: found there, bound to it, and as strictly read as any other.
#include "segment/cover.h"

#include <algorithm>

#include "segment_fixture.h"

namespace flux::segment {
namespace {

namespace fs = std::filesystem;

std::string sizeCode(const Bytes& start) {
  return codeOf([&] { jpegSize(start); });
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

TEST(JpegSize, EndsWithTheEndMarkerWhateverFollows) {
  const Bytes jpeg = picture();
  EXPECT_EQ(jpegSize(jpeg), jpeg.size());
  EXPECT_EQ(jpegSize(joined({jpeg, Bytes(100, 0xff)})), jpeg.size());
  EXPECT_EQ(jpegSize(joined({jpeg, jpeg})), jpeg.size());
  EXPECT_EQ(jpegSize(fromHex("ffd8ffd9")), 4U);
  EXPECT_EQ(jpegSize(fromHex("ffd8ff01ffd9")), 6U) << "TEM has no length";
  // A thumbnail inside a marker's data ends nothing.
  EXPECT_EQ(jpegSize(fromHex("ffd8ffe10006ffd8ffd9ffd9")), 12U);
  // Two scans, as in a progressive picture.
  EXPECT_EQ(jpegSize(fromHex("ffd8ffda00021122ffc40003aaffda0002ff00ffd7ffd9")), 23U);
}

TEST(JpegSize, IsTruncatedWhereverItEndsEarly) {
  const Bytes jpeg = picture();
  for (size_t size = 0; size < jpeg.size(); ++size) {
    EXPECT_EQ(sizeCode(Bytes(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(size))),
              "ERR_SEGMENT_TRUNCATED")
        << size;
  }
}

TEST(JpegSize, RefusesWhatIsNoListOfMarkers) {
  for (const char* hostile : {
           "ffd7ffd9",          // another marker
           "ffd800ffd9",        // bytes between markers
           "ffd8ff00ffd9",      // a stuffed byte outside a scan
           "ffd8ffe00000ffd9",  // lengths that do not hold themselves
           "ffd8ffe00001ffd9", "ffd8ffda0001ffd9",
           "ffd8ffd8ffd9",          // a picture inside the picture
           "ffd8ffd0ffd9",          // a restart outside a scan
           "ffd8ffda0002ffd8ffd9",  // a picture inside a scan
           "ffd8ffe00003aa11ffd9",  // a length that leads behind a marker
       }) {
    EXPECT_EQ(sizeCode(fromHex(hostile)), "ERR_SEGMENT_MAGIC") << hostile;
  }
}

TEST(JpegSize, LooksNoFurtherThan64KiB) {
  const Bytes start = fromHex("ffd8ffda0002"), end = fromHex("ffd9");
  const Bytes longest = joined({start, Bytes(kMaxCoverSize - start.size() - end.size()), end});
  EXPECT_EQ(jpegSize(joined({longest, Bytes(5000)})), kMaxCoverSize);
  Bytes longer = longest;
  longer.insert(longer.begin() + 10, 0);
  EXPECT_EQ(sizeCode(joined({longer, Bytes(5000)})), "ERR_SEGMENT_MAGIC");
  // Nothing but fill bytes, scan data, or marker after marker.
  EXPECT_EQ(sizeCode(joined({fromHex("ffd8"), Bytes(200'000, 0xff)})), "ERR_SEGMENT_MAGIC");
  EXPECT_EQ(sizeCode(joined({start, Bytes(200'000)})), "ERR_SEGMENT_MAGIC");
  Bytes markers = fromHex("ffd8");
  while (markers.size() < 200'000) markers.insert(markers.end(), {0xff, 0xe0, 0, 2});
  EXPECT_EQ(sizeCode(markers), "ERR_SEGMENT_MAGIC");
}

class SegmentCoverTest : public SegmentTest {
 protected:
  void writeCovered(const Bytes& content, const Bytes& cover = picture()) {
    WriterOptions options = writerOptions();
    options.cover = cover;
    Writer writer(options);
    const uint64_t start = writer.bytesOnDisk();
    EXPECT_EQ(start, fs::file_size(path()));
    writer.write(content);
    EXPECT_EQ(writer.bytesOnDisk(), fs::file_size(path()));
    const uint64_t size = writer.finish();
    EXPECT_EQ(size, fs::file_size(path()));
  }

  [[nodiscard]] std::string openCode() const {
    return codeOf([&] { Reader reader(readerOptions()); });
  }
};

TEST_F(SegmentCoverTest, ReadsBackWhatItSealedBehindThePicture) {
  for (const size_t size : {0UL, 1UL, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk + 5}) {
    const Bytes content = plaintext(size);
    writeCovered(content);
    Bytes file = slurp(path());
    file.resize(picture().size());
    EXPECT_EQ(file, picture());
    Reader reader(readerOptions());
    EXPECT_EQ(readAll(reader), content);
    EXPECT_EQ(reader.verify().verifiedFileBytes, fs::file_size(path()));
    EXPECT_EQ(reader.header().cover.size, picture().size());
    fs::remove(path());
  }
}

TEST_F(SegmentCoverTest, APictureMayBeAsLongAsTheFormatAllows) {
  const Bytes start = fromHex("ffd8ffda0002"), end = fromHex("ffd9");
  const Bytes cover = joined({start, Bytes(kMaxCoverSize - start.size() - end.size()), end});
  writeCovered(plaintext(5000), cover);
  EXPECT_EQ(verifyCode(), "nothing thrown");
}

TEST_F(SegmentCoverTest, AnExchangedPictureIsNamedAsTheReason) {
  writeCovered(plaintext(5000));
  const Bytes file = slurp(path());
  Bytes other = file;
  other[10] ^= 1;  // inside a marker's data: still a picture of this size
  spit(path(), other);
  EXPECT_EQ(openCode(), "ERR_SEGMENT_COVER");
  EXPECT_EQ(codeOf([&] { recover(path(), key_); }), "ERR_SEGMENT_COVER");
  EXPECT_EQ(slurp(path()), other) << "recovery leaves evidence alone";

  const Bytes segment(file.begin() + static_cast<std::ptrdiff_t>(picture().size()), file.end());
  spit(path(), segment);
  EXPECT_EQ(openCode(), "ERR_SEGMENT_COVER") << "taken away";
  spit(path(), joined({fromHex("ffd8ffd9"), segment}));
  EXPECT_EQ(openCode(), "ERR_SEGMENT_COVER") << "a shorter one";
  EXPECT_EQ(codeOf([&] { readHeader(path()); }), "ERR_SEGMENT_COVER");
  spit(path(), file);
  EXPECT_EQ(verifyCode(), "nothing thrown");
}

TEST_F(SegmentCoverTest, APictureInFrontOfASegmentThatKnowsOfNoneIsRefused) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    const std::string name = "v" + std::to_string(version);
    write(plaintext(100), version, name);
    spit(path(name), joined({picture(), slurp(path(name))}));
    EXPECT_EQ(codeOf([&] { Reader reader(readerOptions(name)); }), "ERR_SEGMENT_COVER") << name;
  }
}

TEST_F(SegmentCoverTest, APictureAloneIsNoSegment) {
  spit(path(), picture());
  EXPECT_EQ(openCode(), "ERR_SEGMENT_TRUNCATED");
  spit(path(), joined({picture(), Bytes(5000, 'x')}));
  EXPECT_EQ(openCode(), "ERR_SEGMENT_MAGIC");
  spit(path(), joined({picture(), picture(), Bytes(5000)}));
  EXPECT_EQ(openCode(), "ERR_SEGMENT_MAGIC");
}

TEST_F(SegmentCoverTest, RecoveryCutsTheTornChunkAndNothingElse) {
  {
    WriterOptions options = writerOptions();
    options.cover = picture();
    Writer(options).write(plaintext(3 * kChunk));
  }
  const size_t body = readHeader(path()).bodyOffset();
  for (const size_t torn : {1U, 15U, 16U, 2000U, 4111U}) {
    fs::resize_file(path(), body + 2 * kPiece + torn);
    const Verification result = recover(path(), key_);
    EXPECT_EQ(result.chunks, 2U);
    EXPECT_EQ(result.verifiedFileBytes, body + 2 * kPiece);
    EXPECT_EQ(fs::file_size(path()), body + 2 * kPiece);
  }
}

TEST_F(SegmentCoverTest, TheWriterTakesOnePictureInVersion2Only) {
  const auto codeWith = [&](const Bytes& cover, uint16_t version = kVersion2) {
    WriterOptions options = writerOptions("refused", version);
    options.cover = cover;
    return codeOf([&] { Writer writer(options); });
  };
  EXPECT_EQ(codeWith(picture(), kVersion1), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(codeWith(Bytes(10)), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(codeWith(joined({picture(), {0}})), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(codeWith(fromHex("ffd8ffe0")), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(codeWith(joined({fromHex("ffd8ffda0002"), Bytes(kMaxCoverSize), fromHex("ffd9")})),
            "ERR_INVALID_ARGUMENT");
  EXPECT_FALSE(fs::exists(path("refused")));
}

}  // namespace
}  // namespace flux::segment
