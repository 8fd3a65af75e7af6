#include "container/matroska_cluster.h"

#include <algorithm>
#include <utility>

namespace flux {
namespace {

constexpr uint32_t kCluster = 0x1F43B675;
constexpr uint8_t kTimestamp = 0xE7;
constexpr uint8_t kSimpleBlock = 0xA3;
constexpr uint8_t kKeyFrame = 0x80;
constexpr uint64_t kEightByteSize = uint64_t{1} << 56;  // RFC 8794 §4: the marker of an 8-byte size
constexpr uint32_t kFourByteSize = uint32_t{1} << 28;
constexpr size_t kBlockHead = 4;  // track number, relative timestamp, flags

void append(Bytes& out, uint64_t value, unsigned width) {
  for (unsigned i = width; i > 0; --i) out.push_back(static_cast<uint8_t>(value >> (8 * (i - 1))));
}

}  // namespace

bool MatroskaCluster::reaches(int64_t timestampMs) const noexcept {
  if (isEmpty()) return true;
  const int64_t relative = timestampMs - timestamp_;
  return relative >= INT16_MIN && relative <= INT16_MAX;
}

void MatroskaCluster::add(unsigned track, ByteView unit, int64_t timestampMs, bool keyFrame,
                          std::shared_ptr<const void> owner) {
  if (track < 1 || track > 126) {
    throw Error("ERR_INVALID_ARGUMENT", "a Matroska file has tracks 1 to 126 here");
  }
  if (unit.size() >= kFourByteSize - kBlockHead - 1) {
    throw Error("ERR_MUX", "a frame of 256 MiB and more cannot be written");
  }
  if (isEmpty()) {
    timestamp_ = timestampMs;
    own_.resize(kHeadRoom);
  }
  own_.push_back(kSimpleBlock);
  append(own_, kFourByteSize | (unit.size() + kBlockHead), 4);
  own_.push_back(static_cast<uint8_t>(0x80 | track));
  append(own_, static_cast<uint16_t>(timestampMs - timestamp_), 2);
  own_.push_back(keyFrame ? kKeyFrame : 0);
  if (owner == nullptr) {
    own_.insert(own_.end(), unit.begin(), unit.end());
    return;
  }
  referred_.push_back({own_.size(), unit, std::move(owner)});
  referredBytes_ += unit.size();
}

std::vector<ByteView> MatroskaCluster::finish() {
  Bytes head;
  head.reserve(kHeadRoom);
  append(head, kCluster, 4);
  append(head, kEightByteSize | (size() - 4 - 8), 8);
  head.push_back(kTimestamp);
  head.push_back(0x80 | 8);
  append(head, static_cast<uint64_t>(timestamp_), 8);
  std::ranges::copy(head, own_.begin());
  std::vector<ByteView> pieces;
  pieces.reserve(2 * referred_.size() + 1);
  size_t done = 0;
  for (const Referred& each : referred_) {
    pieces.push_back(ByteView(own_).subspan(done, each.at - done));
    pieces.push_back(each.bytes);
    done = each.at;
  }
  pieces.push_back(ByteView(own_).subspan(done));
  return pieces;
}

}  // namespace flux
