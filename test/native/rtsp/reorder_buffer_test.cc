#include "rtsp/reorder_buffer.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"

namespace flux::rtsp {
namespace {

Bytes rtp(uint16_t sequence, uint32_t ssrc = 7) {
  ByteWriter out;
  out.u8(0x80).u8(96).u16(sequence).u32(0).u32(ssrc).u16(sequence);
  return out.take();
}

uint16_t sequenceOf(ByteView packet) {
  return static_cast<uint16_t>(packet[2] << 8 | packet[3]);
}

using Sequences = std::vector<uint16_t>;

Sequences popAll(ReorderQueue& queue) {
  Sequences out;
  while (const auto packet = queue.pop()) {
    EXPECT_EQ(asText(packet->bytes), asText(rtp(sequenceOf(packet->bytes))));
    out.push_back(sequenceOf(packet->bytes));
  }
  return out;
}

Sequences push(ReorderQueue& queue, const Sequences& sequences, int64_t micros = 1000) {
  Sequences out;
  for (const uint16_t sequence : sequences) {
    const Bytes packet = rtp(sequence);
    queue.push(packet, {micros, 0});
    for (const uint16_t released : popAll(queue)) out.push_back(released);
  }
  return out;
}

TEST(ReorderQueue, ReleasesAtOnceWhatIsInOrder) {
  ReorderQueue queue;
  EXPECT_EQ(push(queue, {10}), Sequences({10}));
  EXPECT_EQ(push(queue, {11}), Sequences({11}));
  EXPECT_EQ(queue.held(), 0U);
  EXPECT_FALSE(queue.dueMicros().has_value());
}

TEST(ReorderQueue, HoldsPacketsUntilTheMissingOneComes) {
  ReorderQueue queue;
  EXPECT_EQ(push(queue, {10, 13, 12}), Sequences({10}));
  EXPECT_EQ(queue.held(), 2U);
  EXPECT_EQ(push(queue, {11}), Sequences({11, 12, 13}));
  EXPECT_EQ(queue.reordered(), 2U);
}

TEST(ReorderQueue, KeepsTheOrderOverTheWrapOfSequenceNumbers) {
  ReorderQueue queue;
  EXPECT_EQ(push(queue, {65534, 1, 0, 65535, 3, 2}), Sequences({65534, 65535, 0, 1, 2, 3}));
  EXPECT_EQ(push(queue, {65535}), Sequences());
  EXPECT_EQ(queue.duplicates(), 1U);
}

TEST(ReorderQueue, DropsDuplicatesWhetherHeldOrReleased) {
  ReorderQueue queue;
  EXPECT_EQ(push(queue, {10, 10, 12, 12, 11, 12}), Sequences({10, 11, 12}));
  EXPECT_EQ(queue.duplicates(), 3U);
  EXPECT_EQ(queue.late(), 0U);
}

TEST(ReorderQueue, GivesUpWhatIsMissingAfterTheWaitAndDropsItWhenItComesLate) {
  ReorderQueue queue({64, 500});
  EXPECT_EQ(push(queue, {10}, 1000), Sequences({10}));
  EXPECT_EQ(push(queue, {12}, 2000), Sequences());
  EXPECT_EQ(push(queue, {15}, 2400), Sequences());
  EXPECT_EQ(queue.dueMicros(), 2500);
  queue.expire(2499);
  EXPECT_EQ(popAll(queue), Sequences());
  queue.expire(2500);
  EXPECT_EQ(popAll(queue), Sequences({12}));
  EXPECT_EQ(queue.dueMicros(), 2900);
  EXPECT_EQ(push(queue, {11, 13}), Sequences({13}));
  EXPECT_EQ(queue.late(), 1U);
  EXPECT_EQ(queue.duplicates(), 0U);
}

TEST(ReorderQueue, NeverHoldsMoreThanItsLimit) {
  ReorderQueue queue({4, 1000000});
  EXPECT_EQ(push(queue, {0, 2, 3, 5, 7}), Sequences({0}));
  EXPECT_EQ(queue.held(), 4U);
  EXPECT_EQ(push(queue, {9}), Sequences({2, 3}));
  EXPECT_EQ(queue.held(), 3U);
  queue.flush();
  EXPECT_EQ(popAll(queue), Sequences({5, 7, 9}));
}

TEST(ReorderQueue, KeepsTheArrivalOfEachPacket) {
  ReorderQueue queue;
  push(queue, {1}, 100);
  push(queue, {3}, 300);
  const Bytes missing = rtp(2);
  queue.push(missing, {400, 4});
  EXPECT_EQ(queue.pop()->arrival.micros, 400);
  EXPECT_EQ(queue.pop()->arrival.micros, 300);
}

TEST(ReorderQueue, FollowsASourceThatBeginsAnew) {
  ReorderQueue queue;
  EXPECT_EQ(push(queue, {100, 102}), Sequences({100}));
  const Bytes other = rtp(40, 8);
  queue.push(other, {});
  EXPECT_EQ(sequenceOf(queue.pop()->bytes), 102);  // nothing that was held is lost
  EXPECT_EQ(sequenceOf(queue.pop()->bytes), 40);
  EXPECT_FALSE(queue.pop().has_value());
  const Bytes leap = rtp(30000, 8);
  queue.push(leap, {});
  EXPECT_EQ(sequenceOf(queue.pop()->bytes), 30000);
}

TEST(ReorderQueue, PassesOnWhatIsNoRtp) {
  ReorderQueue queue;
  push(queue, {1});
  const Bytes nonsense = {1, 2, 3};
  queue.push(nonsense, {});
  EXPECT_EQ(queue.pop()->bytes.size(), 3U);
}

TEST(ReorderBuffer, ReleasesByItsTimerWhatWaitsForALostPacket) {
  std::mutex mutex;
  std::condition_variable changed;
  Sequences released;
  EventLoop loop("reorder");
  std::unique_ptr<ReorderBuffer> buffer;
  loop.runAndWait([&] {
    buffer = std::make_unique<ReorderBuffer>(
        loop,
        [&](ByteView packet, const ClientConnection::Arrival&) {
          const std::lock_guard lock(mutex);
          released.push_back(sequenceOf(packet));
          changed.notify_one();
        },
        ReorderLimits{64, 1000});
    for (const uint16_t sequence : Sequences{10, 12, 13}) {
      buffer->push(rtp(sequence), {monotonicMicros(), 0});
    }
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return released.size() == 3; });
    EXPECT_EQ(released, Sequences({10, 12, 13}));
  }
  loop.runAndWait([&] { buffer.reset(); });
}

TEST(ReorderBuffer, MayBeDestroyedByItsOwnCallback) {
  Sequences released;
  EventLoop loop("reorder");
  loop.runAndWait([&] {
    std::unique_ptr<ReorderBuffer> buffer;
    buffer = std::make_unique<ReorderBuffer>(
        loop, [&](ByteView packet, const ClientConnection::Arrival&) {
          released.push_back(sequenceOf(packet));
          if (released.size() == 2) buffer.reset();
        });
    for (const uint16_t sequence : Sequences{10, 12, 13, 11}) {
      buffer->push(rtp(sequence), {monotonicMicros(), 0});
    }
  });
  EXPECT_EQ(released, Sequences({10, 11}));
}

}  // namespace
}  // namespace flux::rtsp
