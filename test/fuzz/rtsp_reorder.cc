// Packets in any order, of several sources, with any delays: each comes out once or is counted,
// none comes out behind a later one, and never is more held than the limit.
#include <cstdlib>
#include <optional>
#include <vector>

#include "rtsp/reorder_buffer.h"

namespace {

using namespace flux;
using namespace flux::rtsp;

constexpr size_t kMaxHeld = 8;
constexpr uint16_t kHistory = 512;

struct Output {
  uint8_t ssrc = 0;
  uint16_t sequence = 0;
};

class Run final {
 public:
  void push(uint16_t sequence, uint8_t ssrc, int64_t nowMicros) {
    const auto id = static_cast<uint32_t>(seen_.size());
    seen_.push_back(false);
    ByteWriter packet;
    packet.u8(0x80).u8(96).u16(sequence).u32(0).u32(ssrc).u32(id);
    const Bytes bytes = packet.take();
    queue_.push(bytes, {nowMicros, 0});
    popAll();
  }
  void expire(int64_t nowMicros) {
    queue_.expire(nowMicros);
    popAll();
    if (const auto due = queue_.dueMicros(); due && *due <= nowMicros) std::abort();
  }
  void finish() {
    queue_.flush();
    popAll();
    if (queue_.held() != 0) std::abort();
    if (popped_ + queue_.duplicates() + queue_.late() != seen_.size()) std::abort();
  }

 private:
  void popAll() {
    while (const auto packet = queue_.pop()) {
      ByteReader reader(packet->bytes);
      reader.skip(2);
      const uint16_t sequence = reader.u16();
      reader.skip(4);
      const auto ssrc = static_cast<uint8_t>(reader.u32());
      const uint32_t id = reader.u32();
      if (seen_.at(id)) std::abort();
      seen_[id] = true;
      ++popped_;
      if (last_ && last_->ssrc == ssrc) {
        const auto step = static_cast<uint16_t>(sequence - last_->sequence - 1);
        if (step > 0xFFFF - kHistory) std::abort();
      }
      last_ = Output{ssrc, sequence};
    }
    if (queue_.held() > kMaxHeld) std::abort();
  }

  ReorderQueue queue_{{kMaxHeld, 1000}};
  std::vector<bool> seen_;
  size_t popped_ = 0;
  std::optional<Output> last_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input({data, size});
  Run run;
  int64_t now = 1;
  uint16_t base = 65500;
  while (input.remaining() >= 3) {
    const uint8_t what = input.u8();
    now += input.u8() * 16;
    // Mostly near the last one, as a network does it; sometimes anywhere.
    const auto offset = static_cast<int8_t>(input.u8());
    base = static_cast<uint16_t>(what % 16 == 15 ? base + offset * 256 : base + offset % 8);
    run.push(base, what % 16 == 14 ? 2 : 1, now);
    if ((what & 0x80) != 0) run.expire(now);
  }
  run.finish();
  return 0;
}
