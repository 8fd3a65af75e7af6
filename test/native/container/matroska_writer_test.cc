#include "container/matroska_writer.h"

#include <gtest/gtest.h>

#include "codec/h264.h"
#include "generated_clip.h"

namespace flux {
namespace {

using test::readPackets;

struct Recording {
  Bytes bytes;
  MatroskaWriter::Sink sink() { return test::appendTo(bytes); }
};

std::vector<Packet> readBack(ByteView bytes) {
  PacketReader reader(test::memorySource(bytes));
  return readPackets(reader);
}

int64_t wholeMillis(int64_t micros) {
  return (micros + 500) / 1000 * 1000;
}

void expectSameFrames(const std::vector<Packet>& expected, const std::vector<Packet>& actual,
                      size_t count) {
  ASSERT_EQ(actual.size(), count);
  for (size_t i = 0; i < count; ++i) {
    SCOPED_TRACE("frame " + std::to_string(i));
    EXPECT_EQ(actual[i].data, expected[i].data);
    EXPECT_EQ(actual[i].ptsMicros, wholeMillis(expected[i].ptsMicros));
    EXPECT_EQ(actual[i].keyFrame, expected[i].keyFrame);
  }
}

class MatroskaWriterTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    test::ClipShape shape;
    shape.bFrames = GetParam();
    const auto reader = PacketReader::openFile(test::generatedClip(shape));
    parameters_ = reader->parameters();
    frames_ = readPackets(*reader);
    ASSERT_EQ(frames_.size(), 75U);
  }

  test::TemporaryDirectory dir_;
  CodecParametersPtr parameters_;
  std::vector<Packet> frames_;
};

INSTANTIATE_TEST_SUITE_P(BFrames, MatroskaWriterTest, testing::Values(0, 3));

TEST_P(MatroskaWriterTest, KeepsEveryByteTimeAndKeyFlag) {
  Recording recording;
  MatroskaWriter writer({parameters_}, recording.sink());
  for (const Packet& frame : frames_) writer.write(0, frame.data, frame.ptsMicros, frame.keyFrame);
  writer.finish();

  expectSameFrames(frames_, readBack(recording.bytes), frames_.size());
  PacketReader reader(test::memorySource(recording.bytes));
  EXPECT_EQ(reader.parameters()->decoderConfiguration, parameters_->decoderConfiguration);
}

TEST_P(MatroskaWriterTest, EveryFrameIsInTheSinkAfterEachFlush) {
  for (const size_t every : {size_t{1}, size_t{7}, size_t{25}}) {
    Recording recording;
    MatroskaWriter writer({parameters_}, recording.sink());
    for (size_t i = 0; i < frames_.size(); ++i) {
      writer.write(0, frames_[i].data, frames_[i].ptsMicros, frames_[i].keyFrame);
      if ((i + 1) % every != 0) continue;
      writer.flush();
      SCOPED_TRACE("after " + std::to_string(i + 1));
      expectSameFrames(frames_, readBack(recording.bytes), i + 1);
    }
  }
}

TEST_P(MatroskaWriterTest, PaddingBetweenClustersIsSkipped) {
  Recording recording;
  MatroskaWriter writer({parameters_}, recording.sink());
  size_t size = 2;
  for (size_t i = 0; i < frames_.size(); ++i) {
    writer.write(0, frames_[i].data, frames_[i].ptsMicros, frames_[i].keyFrame);
    if (i % 5 != 4) continue;
    writer.flush();
    const Bytes padding = MatroskaWriter::padding(size);
    recording.bytes.insert(recording.bytes.end(), padding.begin(), padding.end());
    expectSameFrames(frames_, readBack(recording.bytes), i + 1);
    size = size * 2 + 1;
  }
  writer.finish();
  expectSameFrames(frames_, readBack(recording.bytes), frames_.size());
}

TEST_P(MatroskaWriterTest, ATornFileReadsUpToItsLastWholeFrame) {
  Recording recording;
  std::vector<size_t> flushed;
  MatroskaWriter writer({parameters_}, recording.sink());
  for (const Packet& frame : frames_) {
    writer.write(0, frame.data, frame.ptsMicros, frame.keyFrame);
    writer.flush();
    flushed.push_back(recording.bytes.size());
  }
  for (size_t i = 1; i < flushed.size(); i += 5) {
    for (const size_t missing : {size_t{1}, size_t{17}, (flushed[i] - flushed[i - 1]) / 2}) {
      SCOPED_TRACE(std::to_string(missing) + " bytes of cluster " + std::to_string(i));
      expectSameFrames(frames_, readBack(ByteView(recording.bytes).first(flushed[i] - missing)), i);
    }
  }
}

TEST_P(MatroskaWriterTest, FfmpegDecodesTheStreamWithoutAnError) {
  Recording recording;
  MatroskaWriter writer({parameters_}, recording.sink());
  for (const Packet& frame : frames_) writer.write(0, frame.data, frame.ptsMicros, frame.keyFrame);
  writer.finish();
  const std::string path = dir_.file("out.mkv");
  FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_EQ(std::fwrite(recording.bytes.data(), 1, recording.bytes.size(), file),
            recording.bytes.size());
  std::fclose(file);

  EXPECT_EQ(test::decodeErrors(path), "");
  EXPECT_EQ(test::probe(path, "stream=nb_read_frames"), "75\n");
}

TEST_P(MatroskaWriterTest, AnErrorOfTheSinkReachesTheCaller) {
  bool full = false;
  MatroskaWriter writer({parameters_}, [&](ByteViews) {
    if (full) throw Error("ERR_STORAGE_FULL", "no space");
  });
  full = true;
  writer.write(0, frames_[0].data, 0, true);
  try {
    writer.flush();
    FAIL() << "flush() reported nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_STORAGE_FULL");
  }
}

TEST_P(MatroskaWriterTest, TakesPresentationTimesInAnyOrder) {
  Recording recording;
  MatroskaWriter writer({parameters_}, recording.sink());
  const std::vector<int64_t> times = {0, 200000, 40000, 160000, 120000, 90000000, 3000, 3000};
  for (size_t i = 0; i < times.size(); ++i) {
    writer.write(0, frames_[i].data, times[i], frames_[i].keyFrame);
  }
  writer.finish();
  const std::vector<Packet> packets = readBack(recording.bytes);
  ASSERT_EQ(packets.size(), times.size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_EQ(packets[i].ptsMicros, times[i]);
}

TEST(MatroskaPadding, HasExactlyTheSizeAskedFor) {
  for (const size_t size : {2, 3, 9, 127, 128, 129, 130, 65536, 1 << 20}) {
    const Bytes padding = MatroskaWriter::padding(static_cast<size_t>(size));
    ASSERT_EQ(padding.size(), size);
    EXPECT_EQ(padding[0], 0xEC);
    uint64_t body = padding[1] & 0x7FU;
    size_t head = 2;
    if ((padding[1] & 0x80) == 0) {
      ASSERT_EQ(padding[1], 0x01);
      body = 0;
      for (head = 2; head < 9; ++head) body = body << 8 | padding[head];
    } else {
      EXPECT_NE(body, 0x7FU) << "that would be an unknown size";
    }
    EXPECT_EQ(head + body, size);
  }
}

TEST(MatroskaPadding, CannotBeSmallerThanAnElement) {
  EXPECT_THROW(MatroskaWriter::padding(1), Error);
  EXPECT_THROW(MatroskaWriter::padding(0), Error);
}

TEST(MatroskaWriterErrors, RefusesAStreamWithoutParameterSets) {
  const auto empty = std::make_shared<const CodecParameters>();
  try {
    MatroskaWriter writer({empty}, [](ByteViews) {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_MUX");
  }
}

}  // namespace
}  // namespace flux
