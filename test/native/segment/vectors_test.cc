// The worked vectors of docs/segment-format.md: what the code makes, what it reads, and what the
// stand-alone reader beside the document makes of them.
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

#include "crypto/kdf.h"
#include "crypto/random_source.h"
#include "segment_fixture.h"

namespace flux::segment {
namespace {

const std::string kDocs = FLUX_TEST_DATA "/../../../docs/";

struct Vector {
  std::string name;
  uint16_t version;
  Bytes plaintext;
  Bytes cover = {};
};

class SegmentVectorsTest : public SegmentTest {
 protected:
  SegmentVectorsTest() {
    for (size_t i = 0; i < dek_.size(); ++i) dek_[i] = static_cast<uint8_t>(i);
    Bytes longer(5000);
    for (size_t i = 0; i < longer.size(); ++i) longer[i] = static_cast<uint8_t>(i % 251);
    const std::string text = "plaintext of a segment";
    const Bytes shorter(text.begin(), text.end());
    vectors_ = {{"A", kVersion1, shorter},
                {"B", kVersion2, shorter},
                {"C", kVersion2, longer},
                {"D", kVersion2, shorter, picture()}};
  }

  /// Writes the vector's file with the IV a0..ab and the salt c0..df.
  Bytes make(const Vector& vector) {
    const crypto::ScopedRandomSource fixed([](uint8_t* out, size_t size) {
      for (size_t i = 0; i < size; ++i)
        out[i] = static_cast<uint8_t>((size == 12 ? 0xa0 : 0xc0) + i);
      return true;
    });
    WriterOptions options = writerOptions(vector.name, vector.version);
    options.key = std::make_shared<const crypto::SecretKey>(dek_);
    options.keyId = parseUuid("01234567-89ab-cdef-0123-456789abcdef");
    options.cameraId = "gate";
    options.startMs = 1'769'414'400'000;
    options.sequence = 42;
    options.cover = vector.cover;
    Writer writer(options);
    writer.write(vector.plaintext);
    writer.finish();
    return slurp(options.path);
  }

  /// The vector's lines as the document prints them.
  static std::string describe(const Vector& vector, const Bytes& file) {
    std::ostringstream out;
    const auto line = [&](const char* name, ByteView bytes) {
      out << name << " = " << toHex(bytes) << '\n';
    };
    const auto integer = [&](const char* name, uint64_t value) {
      out << name << " = " << value << '\n';
    };
    const ByteView view(file);
    integer("fileSize", file.size());
    line("fileSha256", crypto::sha256(file));
    if (vector.name != "C") {
      line("file", file);
      return out.str();
    }
    const Header header = parseHeader(file);
    const ByteView prefix = view.first(header.size - kCommitmentSize);
    ByteWriter info;
    info.bytes(asBytes(std::string_view("fluxvision/segment/v2\0", 22)));
    info.bytes(crypto::sha256(prefix));
    Bytes dek(32);
    for (size_t i = 0; i < dek.size(); ++i) dek[i] = static_cast<uint8_t>(i);
    const Bytes derived = crypto::hkdfExpand(dek, info.view(), 64);
    line("header before commitment", prefix);
    line("its SHA-256", crypto::sha256(prefix));
    line("segment key", ByteView(derived).first(32));
    line("commitment", ByteView(derived).last(32));
    const ByteView first = view.subspan(header.size, kPiece),
                   last = view.subspan(header.size + kPiece);
    line("chunk 0, first 32 bytes", first.first(32));
    line("chunk 0, last 32 bytes", first.last(32));
    integer("chunk 1 size", last.size());
    line("chunk 1, first 32 bytes", last.first(32));
    line("chunk 1, last 32 bytes", last.last(32));
    return out.str();
  }

  /// Runs the stand-alone reader; its exit status, and its output in `out`.
  int runReader(const std::string& file, const std::string& arguments, Bytes& out) const {
    const std::string command = "python3 '" + kDocs + "segment-reader.py' '" + file + "' " +
                                toHex(dek_) + " " + arguments + " 2>'" + path("stderr") + "'";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::array<uint8_t, 4096> buffer;
    while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    }
    const int status = ::pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] std::string readerComplaint() const {
    const Bytes text = slurp(path("stderr"));
    return {text.begin(), text.end()};
  }

  Bytes dek_ = Bytes(32);
  std::vector<Vector> vectors_;
};

TEST_F(SegmentVectorsTest, TheDocumentPrintsWhatTheCodeMakes) {
  const Bytes bytes = slurp(kDocs + "segment-format.md");
  const std::string document(bytes.begin(), bytes.end());
  ASSERT_FALSE(document.empty());
  for (const Vector& vector : vectors_) {
    const std::string expected = describe(vector, make(vector));
    EXPECT_NE(document.find(expected), std::string::npos)
        << "vector " << vector.name << " should read\n"
        << expected;
  }
}

TEST_F(SegmentVectorsTest, TheReaderReadsTheFilesThatTheDocumentPrints) {
  const Bytes bytes = slurp(kDocs + "segment-format.md");
  std::istringstream document(std::string(bytes.begin(), bytes.end()));
  size_t found = 0;
  for (std::string line; std::getline(document, line);) {
    if (!line.starts_with("file = ")) continue;
    if (found == 2) ++found;  // C is too long to be printed whole
    const Vector& vector = vectors_.at(found++);
    spit(path("printed"), fromHex(line.substr(7)));
    ReaderOptions options;
    options.path = path("printed");
    options.key = std::make_shared<const crypto::SecretKey>(dek_);
    options.cameraId = "gate";
    options.startMs = 1'769'414'400'000;
    Reader reader(options);
    EXPECT_EQ(reader.header().version, vector.version);
    EXPECT_EQ(readAll(reader), vector.plaintext);
    EXPECT_EQ(formatUuid(reader.header().keyId), "01234567-89ab-cdef-0123-456789abcdef");
  }
  EXPECT_EQ(found, vectors_.size());
}

TEST_F(SegmentVectorsTest, AReaderWrittenByTheDocumentAloneReadsThemToo) {
  for (const Vector& vector : vectors_) {
    make(vector);
    Bytes out;
    ASSERT_EQ(runReader(path(vector.name), "gate 1769414400000", out), 0)
        << readerComplaint() << " (the test needs python3)";
    EXPECT_EQ(out, vector.plaintext) << vector.name;
  }
}

TEST_F(SegmentVectorsTest, AndItRefusesAlteredOnes) {
  for (const Vector& vector : vectors_) {
    const Bytes file = make(vector);
    const auto expectRefused = [&](const std::string& what) {
      Bytes out;
      EXPECT_EQ(runReader(path(vector.name), "gate 1769414400000", out), 1)
          << vector.name << ": " << what << ": " << readerComplaint();
      EXPECT_TRUE(out.empty()) << what;
      spit(path(vector.name), file);
    };
    flip(path(vector.name), 25, 1);
    expectRefused("IV altered");
    flip(path(vector.name), file.size() - 20, 0x80);
    expectRefused("ciphertext altered");
    std::filesystem::resize_file(path(vector.name), file.size() - 1);
    expectRefused("cut");
  }
}

}  // namespace
}  // namespace flux::segment
