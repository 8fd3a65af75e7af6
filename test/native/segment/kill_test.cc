// kill -9 while segments are written, again and again: what is on disk verifies, and no pair of key
// and nonce was used twice. FLUX_KILLS=1000 makes a long run of it.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>

#include "crypto/kdf.h"
#include "segment_fixture.h"

namespace flux::segment {
namespace {

namespace fs = std::filesystem;

class SegmentKillTest : public SegmentTest {
 protected:
  static int kills() {
    const char* wanted = std::getenv("FLUX_KILLS");
    return wanted != nullptr ? std::max(1, std::atoi(wanted)) : 40;
  }

  /// The recorder's life until it is killed: segment after segment under one key of the day, of
  /// either version, some behind a picture, some given up on the way. A byte tells of each begun.
  [[noreturn]] void writeForEver(int life, int begun) {
    const Bytes content = plaintext(3 * kChunk + 900);
    // Keys do not survive a fork: see SecretKey.
    const auto key = std::make_shared<const crypto::SecretKey>(dek_);
    for (unsigned number = 0;; ++number) {
      const uint16_t version = number % 3 == 0 ? kVersion1 : kVersion2;
      WriterOptions options =
          writerOptions(std::to_string(life) + "-" + std::to_string(number), version);
      options.key = key;
      options.sequence = number;
      if (number % 3 == 1) options.cover = picture();
      Writer writer(options);
      const char byte = 0;
      if (::write(begun, &byte, 1) != 1) ::_exit(1);
      for (size_t done = 0; done < content.size(); done += 700) {
        writer.write(ByteView(content).subspan(done, std::min<size_t>(700, content.size() - done)));
      }
      if (number % 4 != 3) writer.finish();
    }
  }

  /// Kills a writer some time after it began that many segments: of those all but the last ended.
  void runAndKill(int life, int segments, useconds_t after) {
    int begun[2];
    ASSERT_EQ(::pipe(begun), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        writeForEver(life, begun[1]);
      } catch (...) {
        ::_exit(1);
      }
    }
    ::close(begun[1]);
    char byte;
    for (int segment = 0; segment < segments; ++segment) {
      ASSERT_EQ(::read(begun[0], &byte, 1), 1) << "the writer failed before it was killed";
    }
    ::usleep(after);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(begun[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed before it was killed";
  }

  /// Key and first nonce of a file; chunk nonces count from it and never leave their key.
  [[nodiscard]] std::string keyAndNonce(const Bytes& file, const Header& header) const {
    if (header.version == kVersion1) return toHex(dek_) + toHex(header.iv);
    ByteWriter info;
    info.bytes(asBytes(std::string_view("fluxvision/segment/v2\0", 22)));
    info.bytes(
        crypto::sha256(ByteView(file).subspan(header.cover.size, header.size - kCommitmentSize)));
    return toHex(crypto::hkdfExpand(dek_, info.view(), 32));
  }

  const Bytes dek_ = crypto::randomBytes(32);
};

TEST_F(SegmentKillTest, Misuse14NoKeyAndNonceRepeatHoweverOftenTheWriterIsKilled) {
  std::set<std::string> used;
  size_t files = 0, torn = 0;
  const auto key = std::make_shared<const crypto::SecretKey>(dek_);
  for (int life = 0; life < kills(); ++life) {
    // Each fourth is killed at any time from its birth on.
    const int segments = life % 4 == 3 ? 0 : 3 + static_cast<int>(random_() % 6);
    const auto after = static_cast<useconds_t>(random_() % 3'000);
    ASSERT_NO_FATAL_FAILURE(runAndKill(life, segments, after));
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
      const std::string file = entry.path().string();
      const Bytes bytes = slurp(file);
      Header header;
      try {
        header = parseFileStart(bytes);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), "ERR_SEGMENT_TRUNCATED") << file;
        fs::remove(file);
        continue;
      }
      ++files;
      EXPECT_TRUE(used.insert(keyAndNonce(bytes, header)).second) << file << " repeats a key";
      ReaderOptions options = readerOptions();
      options.path = file;
      options.key = key;
      options.allowUnfinished = true;
      if (header.version == kVersion2) {
        torn += recover(file, key).verifiedFileBytes < bytes.size() ? 1 : 0;
        EXPECT_EQ(verifyCode(options), "nothing thrown") << file;
      } else if (!file.ends_with(".part")) {
        EXPECT_EQ(verifyCode(options), "nothing thrown") << file;
      }
      fs::remove(file);
    }
  }
  EXPECT_EQ(used.size(), files);
  EXPECT_GT(files, static_cast<size_t>(kills()));
  RecordProperty("files", static_cast<int>(files));
  RecordProperty("torn", static_cast<int>(torn));
}

}  // namespace
}  // namespace flux::segment
