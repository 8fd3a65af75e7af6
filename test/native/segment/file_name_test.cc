#include "segment/file_name.h"

#include <set>

#include "crypto/kdf.h"
#include "segment_fixture.h"

namespace flux::segment {
namespace {

class SegmentFileNameTest : public SegmentTest {
 protected:
  /// 2026-01-26 07:58:20.123 UTC, camera cam-1, sequence 7.
  const WriterOptions options_ = writerOptions();
};

TEST_F(SegmentFileNameTest, TellsTheSecondOrLooksLikeAPicture) {
  WriterOptions options = options_;
  options.startMs = 1'769'421'600'999;
  EXPECT_EQ(dayFolder(options.startMs), "20260126");
  EXPECT_EQ(fileName(FileNames::kSeconds, options, 0), "1769421600");
  EXPECT_EQ(fileName(FileNames::kSeconds, options, 2), "1769421602");
  EXPECT_EQ(fileName(FileNames::kFvd, options, 0), "1769421600.fvd");
  EXPECT_EQ(fileName(FileNames::kFvd, options, 1), "1769421601.fvd");
  EXPECT_EQ(fileName(FileNames::kJpeg, options, 0), "thumb_36000.jpg");
  EXPECT_EQ(fileName(FileNames::kJpeg, options, 5), "thumb_36005.jpg");
  options.startMs = 1'769'385'605'000;
  EXPECT_EQ(fileName(FileNames::kJpeg, options, 0), "thumb_00005.jpg");
}

TEST_F(SegmentFileNameTest, AHashedNameIs32LowerCaseHexadecimalDigits) {
  const std::string name = fileName(FileNames::kHash, options_, 0);
  EXPECT_EQ(name.size(), 32U);
  EXPECT_EQ(name.find_first_not_of("0123456789abcdef"), std::string::npos) << name;
  EXPECT_EQ(fileName(FileNames::kHash, options_, 0), name) << "the same for who has the key";
}

TEST_F(SegmentFileNameTest, AHashedNameIsAnotherForEveryThingThatGoesIntoIt) {
  std::set<std::string> names{fileName(FileNames::kHash, options_, 0),
                              fileName(FileNames::kHash, options_, 1)};
  const auto with = [&](const auto& change) {
    WriterOptions options = options_;
    change(options);
    names.insert(fileName(FileNames::kHash, options, 0));
  };
  with([](WriterOptions& o) { o.key = crypto::SecretKey::generate(); });
  with([](WriterOptions& o) { o.cameraId = "cam-2"; });
  with([](WriterOptions& o) { o.startMs += 1; });
  with([](WriterOptions& o) { o.sequence += 1; });
  with([](WriterOptions& o) { o.stream = 1; });
  EXPECT_EQ(names.size(), 7U);
}

TEST_F(SegmentFileNameTest, CameraAndTimeAloneDoNotGiveAHashedName) {
  // What the specification proposes, and who knows the camera's id can recompute for every second.
  const std::string name = fileName(FileNames::kHash, options_, 0);
  for (const int64_t time : {options_.startMs, options_.startMs / 1000}) {
    const std::string guess =
        toHex(crypto::sha256(asBytes(options_.cameraId + std::to_string(time))));
    EXPECT_NE(name, guess.substr(0, 32));
  }
}

TEST_F(SegmentFileNameTest, HasAWordForEachKind) {
  EXPECT_EQ(fileNamesOf("seconds"), FileNames::kSeconds);
  EXPECT_EQ(fileNamesOf("fvd"), FileNames::kFvd);
  EXPECT_EQ(fileNamesOf("hash"), FileNames::kHash);
  EXPECT_EQ(fileNamesOf("jpeg"), FileNames::kJpeg);
  EXPECT_EQ(fileNamesOf("Seconds"), std::nullopt);
  EXPECT_EQ(fileNamesOf(""), std::nullopt);
}

}  // namespace
}  // namespace flux::segment
