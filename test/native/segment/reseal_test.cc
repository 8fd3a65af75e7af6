// A segment that leaves the recorder under another key.
#include "segment/reseal.h"

#include "segment_fixture.h"

namespace flux::segment {
namespace {

namespace fs = std::filesystem;

class ResealTest : public SegmentTest {
 protected:
  ResealTarget target(const std::string& name) {
    return {.path = path(name),
            .keyId = parseUuid("99999999-8888-4777-a666-555555555555"),
            .key = crypto::SecretKey::generate(),
            .sequence = 5,
            .stream = 1};
  }
};

TEST_F(ResealTest, KeepsContentAndIdentityUnderTheNewKeyAlone) {
  for (const uint16_t version : {kVersion1, kVersion2}) {
    for (const size_t size : {0U, 4096U, 70'000U, 2'500'000U}) {
      const std::string name = std::to_string(version) + "-" + std::to_string(size);
      const Bytes content = plaintext(size);
      write(content, version, name);
      const Header before = readHeader(path(name));
      const ResealTarget to = target(name + "-copy");
      const Resealed copied = reseal(readerOptions(name), to);
      EXPECT_EQ(copied.plaintextBytes, size);
      EXPECT_EQ(copied.fileSize, fs::file_size(to.path));
      EXPECT_TRUE(copied.finished);

      ReaderOptions options = readerOptions(name);
      options.path = to.path;
      options.key = to.key;
      options.keyId = to.keyId;
      Reader reader(options);
      EXPECT_TRUE(reader.finished());
      EXPECT_TRUE(readAll(reader) == content) << name;
      EXPECT_EQ(reader.header().version, kVersion2);
      EXPECT_EQ(reader.header().cameraId, options.cameraId);
      EXPECT_EQ(reader.header().startMs, options.startMs);
      EXPECT_EQ(reader.header().sequence, version == kVersion1 ? to.sequence : before.sequence);
      EXPECT_EQ(reader.header().stream, version == kVersion1 ? to.stream : before.stream);

      options.key = readerOptions(name).key;
      options.keyId.reset();
      EXPECT_EQ(codeOf([&] { const Reader other(options); }), "ERR_SEGMENT_KEY");
    }
  }
}

TEST_F(ResealTest, CopiesNothingOfASegmentThatWasAltered) {
  const Bytes content = plaintext(20'000);
  write(content, kVersion2, "whole");
  flip(path("whole"), fs::file_size(path("whole")) - 6'000, 1);
  EXPECT_EQ(codeOf([&] { reseal(readerOptions("whole"), target("copy")); }), "ERR_AUTH_TAG");
  EXPECT_FALSE(fs::exists(path("copy")));
}

TEST_F(ResealTest, SaysWhereTheSourceHadNoEnd) {
  write(plaintext(3 * kChunk), kVersion2, "torn");
  fs::resize_file(path("torn"), fs::file_size(path("torn")) - 16);
  EXPECT_EQ(codeOf([&] { reseal(readerOptions("torn"), target("refused")); }),
            "ERR_SEGMENT_TRUNCATED");
  EXPECT_FALSE(fs::exists(path("refused")));
  ReaderOptions options = readerOptions("torn");
  options.allowUnfinished = true;
  const Resealed copied = reseal(options, target("copy"));
  EXPECT_FALSE(copied.finished);
  EXPECT_EQ(copied.plaintextBytes, 3 * kChunk);
}

TEST_F(ResealTest, RefusesTheSourcesOwnKeyAndAFileThatIsThere) {
  write(plaintext(100), kVersion2, "whole");
  ResealTarget same = target("copy");
  same.key = readerOptions("whole").key;
  EXPECT_EQ(codeOf([&] { reseal(readerOptions("whole"), same); }), "ERR_INVALID_ARGUMENT");
  const Bytes before = slurp(path("whole"));
  EXPECT_EQ(codeOf([&] { reseal(readerOptions("whole"), target("whole")); }), "ERR_EXISTS");
  EXPECT_TRUE(slurp(path("whole")) == before);
}

}  // namespace
}  // namespace flux::segment
