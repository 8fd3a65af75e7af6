// The picture of nothing: a JPEG like any other, and never the same twice.
#include "container/cover_picture.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>

#include "../temporary_directory.h"

namespace flux {
namespace {

std::string outputOf(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string out;
  std::array<char, 256> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.append(buffer.data(), count);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

TEST(CoverPicture, IsAJpegThatFfmpegDecodesWithoutAComplaint) {
  const test::TemporaryDirectory folder;
  const std::string path = folder.file("cover.jpg");
  const Bytes picture = makeCoverPicture(1);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(picture.data()),
             static_cast<std::streamsize>(picture.size()));
  EXPECT_EQ(outputOf("ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 '" +
                     path + "' 2>&1"),
            "mjpeg,320,180\n");
  EXPECT_EQ(outputOf("ffmpeg -v error -xerror -i '" + path + "' -f null - 2>&1"), "");
}

TEST(CoverPicture, IsAFewKilobytesWithAJfifHeaderAndNoMakersName) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Bytes picture = makeCoverPicture(seed);
    EXPECT_GT(picture.size(), 1000U);
    EXPECT_LT(picture.size(), 32'000U);
    EXPECT_EQ(toHex(ByteView(picture).first(4)), "ffd8ffe0");
    EXPECT_EQ(asText(ByteView(picture).subspan(6, 4)), "JFIF");
    EXPECT_EQ(toHex(ByteView(picture).last(2)), "ffd9");
    EXPECT_EQ(asText(picture).find("Lavc"), std::string_view::npos);
  }
}

TEST(CoverPicture, IsAnotherForEverySeed) {
  std::set<Bytes> pictures;
  for (uint64_t seed = 0; seed < 50; ++seed) pictures.insert(makeCoverPicture(seed));
  EXPECT_EQ(pictures.size(), 50U);
}

}  // namespace
}  // namespace flux
