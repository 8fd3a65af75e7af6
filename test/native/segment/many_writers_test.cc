// Writers of many threads, which share nothing but what the process has once.
#include <thread>

#include "segment/writer.h"
#include "segment_fixture.h"

namespace flux::segment {
namespace {

using ManyWritersTest = SegmentTest;

TEST_F(ManyWritersTest, MayWorkAtOnce) {
  const Bytes content = plaintext(50'000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i)
        write(content, kVersion2, std::to_string(t) + "/" + std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < 4; ++t) {
    for (int i = 0; i < 5; ++i) {
      Reader reader(readerOptions(std::to_string(t) + "/" + std::to_string(i)));
      EXPECT_EQ(readAll(reader), content);
    }
  }
}

}  // namespace
}  // namespace flux::segment
