// Two programs that were written by docs/segment-format.md alone, in another language, against the
// engine: each reads what the other wrote.
#include <sys/wait.h>

#include <cstdlib>

#include "segment_fixture.h"

namespace flux::segment {
namespace {

const std::string kRepository = FLUX_TEST_DATA "/../../../";
namespace fs = std::filesystem;

class SegmentCleanRoomTest : public SegmentTest {
 protected:
  int run(const std::string& program, const std::string& arguments) const {
    const std::string command =
        "python3 -B '" + kRepository + program + "' " + arguments + " 2>'" + path("stderr") + "'";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] std::string complaint() const {
    const Bytes text = slurp(path("stderr"));
    return std::string(text.begin(), text.end()) + " (the test needs python3)";
  }

  /// Lets the Python writer seal `content` into path().
  void writeByPython(const Bytes& content, const std::string& options) {
    spit(path("plaintext"), content);
    ASSERT_EQ(run("test/clean-room/segment-writer.py",
                  "--key " + toHex(key_->view()) + " --key-id " + formatUuid(keyId_) +
                      " --camera 'caméra 1' --start 1769414400123 --sequence 7 --stream 1 " +
                      options + " '" + path() + "' <'" + path("plaintext") + "'"),
              0)
        << complaint();
  }

  [[nodiscard]] ReaderOptions reading() const {
    ReaderOptions options = readerOptions();
    options.cameraId = "caméra 1";
    return options;
  }

  void expectReadByPython(const Bytes& content, const std::string& name) {
    ASSERT_EQ(
        run("docs/segment-reader.py", "'" + path(name) + "' " + toHex(key_->view()) + " cam-1 " +
                                          std::to_string(kStartMs) + " >'" + path("out") + "'"),
        0)
        << name << ": " << complaint();
    EXPECT_EQ(slurp(path("out")), content) << name;
  }
};

TEST_F(SegmentCleanRoomTest, TheEngineReadsWhatAProgramByTheDocumentWrote) {
  struct Case {
    std::string options;
    size_t size;
  };
  const Case cases[] = {
      {"--version 1", 0},        {"--version 1", 1},       {"--version 1", 5000},
      {"--chunk 12", 0},         {"--chunk 12", 4095},     {"--chunk 12", 4096},
      {"--chunk 12", 4097},      {"--chunk 12", 3 * 4096}, {"--chunk 13", 2 * 8192 + 100},
      {"--chunk 16", 65536 + 9}, {"--chunk 20", 3000},     {"--unknown-entry later", 700},
  };
  for (const auto& [options, size] : cases) {
    const Bytes content = plaintext(size);
    writeByPython(content, options);
    Reader reader(reading());
    EXPECT_EQ(readAll(reader), content) << options << ", " << size;
    EXPECT_TRUE(reader.finished());
    EXPECT_EQ(reader.verify().verifiedFileBytes, fs::file_size(path()));
    EXPECT_EQ(reader.header().keyId, keyId_);
    if (reader.header().version == kVersion1) continue;
    EXPECT_EQ(reader.header().sequence, 7U);
    EXPECT_EQ(reader.header().stream, 1U);
    EXPECT_EQ(reader.header().cover.size, 0U);
  }
}

TEST_F(SegmentCleanRoomTest, TheEngineFindsItBehindAPictureOfAnotherMaker) {
  for (const char* made : {"-pix_fmt yuvj444p", "-q:v 31", "-vf format=gray"}) {
    ASSERT_EQ(std::system(("ffmpeg -v error -y -f lavfi -i testsrc2=size=200x120 -frames:v 1 " +
                           std::string(made) + " '" + path("picture.jpg") + "'")
                              .c_str()),
              0);
    const Bytes content = plaintext(2 * kChunk + 3);
    writeByPython(content, "--chunk 12 --unknown-entry x --cover '" + path("picture.jpg") + "'");
    Reader reader(reading());
    EXPECT_EQ(readAll(reader), content) << made;
    EXPECT_EQ(reader.header().cover.size, fs::file_size(path("picture.jpg")));
    flip(path(), 100, 4);
    EXPECT_NE(codeOf([&] { Reader altered(reading()); }), "nothing thrown");
  }
}

TEST_F(SegmentCleanRoomTest, AProgramByTheDocumentReadsWhatTheEngineWrote) {
  for (const size_t size : {0UL, 1UL, kChunk - 1, kChunk, 2 * kChunk, 2 * kChunk + 77}) {
    const Bytes content = plaintext(size);
    for (const std::string kind : {"v1", "v2", "covered"}) {
      const std::string name = kind + "-" + std::to_string(size);
      WriterOptions options = writerOptions(name, kind == "v1" ? kVersion1 : kVersion2);
      if (kind == "covered") options.cover = picture();
      Writer writer(options);
      writer.write(content);
      writer.finish();
      expectReadByPython(content, name);
    }
  }
}

TEST_F(SegmentCleanRoomTest, AndRefusesAPictureThatIsNotTheSegmentsOwn) {
  WriterOptions options = writerOptions();
  options.cover = picture();
  Writer(options).finish();
  const Bytes file = slurp(path());
  const auto refused = [&](const Bytes& altered) {
    spit(path(), altered);
    return run("docs/segment-reader.py",
               "'" + path() + "' " + toHex(key_->view()) + " >'" + path("out") + "'") == 1 &&
           fs::file_size(path("out")) == 0;
  };
  Bytes altered = file;
  altered[10] ^= 1;
  EXPECT_TRUE(refused(altered)) << complaint();
  EXPECT_TRUE(
      refused(Bytes(file.begin() + static_cast<std::ptrdiff_t>(picture().size()), file.end())));
  Bytes twice = picture();
  twice.insert(twice.end(), file.begin(), file.end());
  EXPECT_TRUE(refused(twice));
  EXPECT_FALSE(refused(file)) << complaint();
}

}  // namespace
}  // namespace flux::segment
