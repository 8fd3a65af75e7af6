#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "../temporary_directory.h"

namespace flux {
namespace {

class FileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.file(name); }

  const test::TemporaryDirectory folder_;
};

std::string codeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

TEST_F(FileTest, CreatesFilesThatOnlyTheirOwnerMayRead) {
  File::createExclusive(path("a"));
  struct stat status {};
  ASSERT_EQ(::stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(FileTest, NeverOverwritesAndNeverFollowsALink) {
  File::createExclusive(path("a"));
  EXPECT_EQ(codeOf([&] { File::createExclusive(path("a")); }), "ERR_EXISTS");
  std::filesystem::create_symlink(path("elsewhere"), path("link"));
  EXPECT_EQ(codeOf([&] { File::createExclusive(path("link")); }), "ERR_EXISTS");
  EXPECT_FALSE(fileExists(path("elsewhere")));
}

TEST_F(FileTest, ReadsBackWhatWasWritten) {
  File file = File::createExclusive(path("a"));
  file.write(asBytes("hello "));
  file.write(asBytes("world"));
  file.sync();
  const File reader = File::openRead(path("a"));
  uint8_t buffer[32];
  EXPECT_EQ(reader.size(), 11U);
  EXPECT_EQ(reader.readAt(6, buffer, sizeof buffer), 5U);
  EXPECT_EQ(asText({buffer, 5}), "world");
  EXPECT_EQ(reader.readAt(11, buffer, sizeof buffer), 0U);
}

TEST_F(FileTest, RenamesOnlyOntoAFreeName) {
  File::createExclusive(path("a"));
  File::createExclusive(path("b"));
  EXPECT_EQ(codeOf([&] { renameExclusive(path("a"), path("b")); }), "ERR_EXISTS");
  renameExclusive(path("a"), path("c"));
  EXPECT_FALSE(fileExists(path("a")));
  EXPECT_TRUE(fileExists(path("c")));
}

TEST_F(FileTest, MakesMissingParentsAndAcceptsExistingOnes) {
  makeDirectories(path("x/y/z"));
  makeDirectories(path("x/y/z"));
  EXPECT_TRUE(std::filesystem::is_directory(path("x/y/z")));
  File::createExclusive(path("file"));
  EXPECT_EQ(codeOf([&] { makeDirectories(path("file/below")); }), "ERR_IO");
}

TEST_F(FileTest, LetsOneLockHolderInAtATime) {
  auto first = std::make_unique<FileLock>(path("lock"));
  EXPECT_EQ(codeOf([&] { FileLock second(path("lock")); }), "ERR_STORAGE_LOCKED");
  first.reset();
  EXPECT_EQ(codeOf([&] { FileLock second(path("lock")); }), "");
}

TEST_F(FileTest, KeepsModificationTimesToTheMillisecond) {
  File file = File::createExclusive(path("a"));
  file.setModifiedMillis(1738012200123);
  EXPECT_EQ(file.modifiedMillis(), 1738012200123);
}

TEST_F(FileTest, NamesPathAndReasonOfAFailure) {
  try {
    File::openRead(path("missing"));
    FAIL() << "opened a missing file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_NOT_FOUND");
    EXPECT_NE(std::string(error.what()).find(path("missing")), std::string::npos);
  }
}

}  // namespace
}  // namespace flux
